/**
 * What the main thread does around the elections: checks and named states, hooks, the peer link, the operator's word, the
 * standing on disk. It is told of every change of role, and tells the elections what this node may claim and who is lost.
 */

import { Health } from "../checks/health.ts";
import type { AgentConfig } from "../config/schema/document.ts";
import { MetricsServer } from "../control/metricsServer.ts";
import { type Log } from "../logging/log.ts";
import type { Troubles } from "../logging/troubles.ts";
import type { AgentStatus } from "../operator/agentStatus.ts";
import { planHandover } from "../operator/handover.ts";
import { Operator } from "../operator/operator.ts";
import type { OperatorStatus } from "../operator/operatorState.ts";
import type { HandoverOrder, HandoverResult, OperatorOrder, Refusal } from "../operator/orders.ts";
import { Hooks } from "../programs/hooks.ts";
import { PendingDownHooks } from "../programs/pendingDownHooks.ts";
import { PublicAddresses } from "../publicAddress/publicAddresses.ts";
import type { Eligibilities, Eligibility, RouterEvent } from "../virtualRouter/eligibility.ts";
import type { NodeState } from "../virtualRouter/nodeState.ts";
import type { NodeReport } from "../virtualRouter/report.ts";
import { AcceptMode } from "./acceptMode.ts";
import { logReport } from "./logReport.ts";
import type { Directories, NodeStateFile } from "./nodeStateFile.ts";
import { PeerBridge } from "./peerBridge.ts";
import type { QuestionName, Questions, ThreadSettings } from "./protocolThread/threadMessages.ts";
import type { ThreadHandle } from "./threadHandle.ts";

export class MainThread {
  readonly #log: Log;
  readonly #nodeStateFile: NodeStateFile;
  readonly #troubles: Troubles;
  readonly #health: Health;
  readonly #hooks: Hooks;
  readonly #operator: Operator;
  readonly #publicAddresses: PublicAddresses;
  readonly #acceptMode: AcceptMode;
  readonly #metrics: MetricsServer;
  #config: AgentConfig;
  #thread: ThreadHandle | undefined;
  #peers: PeerBridge | undefined;
  #nodeState: NodeState | undefined;
  /** Not yet heeded. */
  readonly #reports: NodeReport[] = [];

  /** @param status for the metrics that are served. */
  constructor(
    config: AgentConfig,
    directories: Directories,
    nodeStateFile: NodeStateFile,
    troubles: Troubles,
    status: () => Promise<AgentStatus>,
    log: Log,
  ) {
    this.#config = config;
    this.#log = log;
    this.#nodeStateFile = nodeStateFile;
    this.#troubles = troubles;
    this.#operator = new Operator(directories.persistent, log, this.#machineChanged);
    this.#publicAddresses = new PublicAddresses(config, log, () => this.#peers?.peers() ?? [], this.#machineChanged);
    this.#health = new Health(config, log, this.#imposeEligibilities);
    this.#hooks = new Hooks(log, new PendingDownHooks(directories.persistent, troubles), (virtualRouter, signal) =>
      this.#publicAddresses.arrival(virtualRouter, signal),
    );
    this.#acceptMode = new AcceptMode(log, troubles);
    this.#metrics = new MetricsServer(status, log, troubles);
  }

  get config(): AgentConfig {
    return this.#config;
  }

  /** What must be so before the first election, and what the protocol's thread is to begin with. */
  async prepare(): Promise<Omit<ThreadSettings, "wakeFd" | "packetFds" | "stateDirectory">> {
    await this.#acceptMode.apply(this.#config);
    this.#health.start();
    return { config: this.#config, claims: this.#claims(), handedOver: this.#operator.handedOver };
  }

  /** Goes on with the protocol's thread running. */
  async start(thread: ThreadHandle): Promise<void> {
    this.#thread = thread;
    this.#metrics.follow(this.#config.metrics);
    await this.#followPeerLink();
  }

  /** Ends in good order: the elections have handed everything over. */
  async stop(): Promise<void> {
    // What happens from now on concerns no election.
    this.#thread = undefined;
    this.#health.stop();
    this.#publicAddresses.stop();
    this.#operator.stop();
    await this.#hooks.settled();
    await this.#peers?.stop("stopped");
    this.#metrics.stop();
    await this.#acceptMode.remove();
  }

  /** Hears what the protocol's thread reports. All that has come is heeded at once, as soon as this thread gets to it. */
  take(reports: readonly NodeReport[]): void {
    if (this.#reports.length === 0)
      setImmediate(() => {
        this.heed();
      });
    this.#reports.push(...reports);
  }

  /** Does what was reported and is not yet heeded. */
  heed(): void {
    const reports = this.#reports.splice(0);
    const nodeState = reports.findLast((report) => report.kind === "standing")?.nodeState;
    // The peers first: a successor waits for this word, and the log and the disk can wait for it.
    if (nodeState !== undefined) this.#peers?.publish(nodeState);
    for (const report of reports) {
      if (report.kind === "transition" && report.reason === "peer-lost") this.#peers?.succeeded(report.virtualRouter);
      logReport(this.#log, report);
      if (report.kind === "trouble") this.#troubles.begin(report.trouble, report.what);
      if (report.kind === "prepare") this.#prepareAddresses(report.virtualRouter);
      if (report.kind === "transition" && report.to === "master") this.#operator.becameMaster(report.virtualRouter);
    }
    if (nodeState !== undefined) this.#follow(nodeState);
  }

  /** Takes another configuration over, which the protocol's thread has already. */
  async reconfigure(config: AgentConfig): Promise<void> {
    this.#config = config;
    this.#health.reconfigure(config);
    await this.#acceptMode.apply(config);
    this.#metrics.follow(config.metrics);
    this.#publicAddresses.reconfigure(config);
    await this.#followPeerLink();
  }

  /** The part of the status that this thread knows. */
  status(): Pick<
    AgentStatus,
    "checks" | "states" | "hooks" | "publicAddresses" | "operator" | "peerLink" | "troubles"
  > {
    return {
      checks: this.#health.checks(),
      states: this.#health.states() ?? null,
      hooks: this.#hooks.status(),
      publicAddresses: this.#publicAddresses.status(),
      operator: this.#operator.status(),
      peerLink: this.#peers?.status() ?? null,
      troubles: this.#troubles.status(),
    };
  }

  /** Gives roles to another node. */
  async handOver(order: HandoverOrder, status: AgentStatus): Promise<HandoverResult | Refusal> {
    const plan = planHandover(order, status);
    if ("problems" in plan) return plan;
    this.#operator.handOver(plan.handedOver);
    for (const virtualRouter of plan.handedOver) {
      if (plan.to !== null) this.#peers?.nameHeir(virtualRouter, plan.to);
      await this.#thread?.ask("happen", { event: { kind: "hand-over" }, virtualRouter });
    }
    return plan;
  }

  /** Takes the node out of service, or puts it back. */
  async obey(order: OperatorOrder): Promise<OperatorStatus> {
    this.#operator.obey(order);
    this.#describeMachine();
    await this.#thread?.ask("claims", this.#claims());
    // Also ends what handovers began, of which no claim tells.
    if (order.kind === "undrain") await this.#thread?.ask("happen", { event: { kind: "readmit" } });
    return this.#operator.status();
  }

  /** Tells the peers whether the protocol's thread answers. */
  setProtocolAlive(isAlive: boolean): void {
    this.#peers?.setProtocolAlive(isAlive);
  }

  #follow(nodeState: NodeState): void {
    this.#nodeState = nodeState;
    this.#health.follow(nodeState);
    // Before the hooks: the way to the API takes longest.
    this.#publicAddresses.follow(nodeState);
    this.#hooks.follow(nodeState);
    this.#nodeStateFile.keep(nodeState);
  }

  /** Runs what has to come before the addresses; the protocol's thread waits, but not forever. */
  #prepareAddresses(virtualRouter: string): void {
    const router = this.#config.virtualRouters.find(({ name }) => name === virtualRouter);
    if (router !== undefined)
      void this.#hooks.prepare(router).then(() => {
        this.#tell("prepared", { virtualRouter });
      });
  }

  readonly #imposeEligibilities = (): void => {
    this.#tell("claims", this.#claims());
  };

  readonly #machineChanged = (): void => {
    this.#describeMachine();
    this.#imposeEligibilities();
  };

  /** What checks leave of the claims; the loss of a cloud's API is above them, the operator's word above all. */
  #claims(): Eligibilities {
    const released = this.#publicAddresses.releasedByWitness();
    const impose = ([name, claim]: [string, Eligibility]): [string, Eligibility] => {
      return [name, { ...claim, held: this.#operator.hold ?? (released.has(name) ? "witness-lost" : claim.held) }];
    };
    return Object.fromEntries(Object.entries(this.#health.claims()).map(impose));
  }

  #describeMachine(): void {
    const { instanceId } = this.#publicAddresses;
    this.#peers?.describeMachine({ instanceId, inMaintenance: this.#operator.status().maintenance !== null });
  }

  /** Brings the peer link in step with the configuration. */
  async #followPeerLink(): Promise<void> {
    const { node, peerLink, syncGroups } = this.#config;
    if (peerLink === undefined) {
      const peers = this.#peers;
      this.#peers = undefined;
      await peers?.stop("no longer configured");
      return;
    }
    if (this.#peers !== undefined) {
      await this.#peers.reconfigure(peerLink, syncGroups);
      return;
    }
    const happen = (event: RouterEvent): void => {
      this.#tell("happen", event);
    };
    this.#peers = new PeerBridge(peerLink, node, syncGroups, happen, this.#log, () => {
      this.#publicAddresses.groupChanged();
    });
    this.#describeMachine();
    // One that a reload switches on has missed what was reported before.
    if (this.#nodeState !== undefined) this.#peers.publish(this.#nodeState);
    await this.#peers.start();
  }

  /** Says something to the protocol's thread, if it is there; what it answers is of no interest. */
  #tell<Name extends QuestionName>(name: Name, question: Questions[Name]["question"]): void {
    this.#thread?.ask(name, question).catch((error: unknown) => {
      this.#log.error({ error: String(error) }, "the protocol's thread was not told");
    });
  }
}
