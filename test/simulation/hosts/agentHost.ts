/**
 * A machine with the agent on it, as systemd runs it: starts it, ends it, resigns for one that was killed, starts it again;
 * and what outlives a process: configuration, the operator's word, the standing.
 */
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import { AgentNode } from "../../../agent/node/node.ts";
import { expired, type OperatorState, UNTOUCHED } from "../../../agent/operator/operatorState.ts";
import { Resignation } from "../../../agent/resign/resignation.ts";
import type { NodeState } from "../../../agent/virtualRouter/nodeState.ts";
import type { NodeReport } from "../../../agent/virtualRouter/report.ts";
import type { MemberPlan } from "../machine/group.ts";
import type { Host } from "../machine/host.ts";
import type { Server } from "../machine/server.ts";
import { MainPart } from "./mainPart.ts";
import type { ClaimSurroundings } from "./publicClaim.ts";
import type { Surroundings } from "./surroundings.ts";

const MICROS_PER_MS = 1_000;
/** From a report in the protocol's thread to the main thread's reaction to it. */
const HOP_MICROS = 300;
/** From the end of a process to the program that resigns for it, and from there to the next start (RestartSec). */
const RESIGN_AFTER_MICROS = 120_000;
const RESTART_AFTER_MICROS = 1_000_000;

export class AgentHost implements Host {
  readonly runs = "agent";
  readonly name: string;
  readonly server: Server;
  readonly world: Surroundings;
  readonly #plan: MemberPlan;
  config: AgentConfig;
  operator: OperatorState = UNTOUCHED;
  #standing: NodeState | undefined;
  #node: AgentNode | undefined;
  #main: MainPart | undefined;
  /** Counts what systemd was asked for: what was set up for an earlier order is void. */
  #order = 0;
  /** Whether the agent is to run, as far as its unit knows. */
  isWanted = false;
  isStopping = false;

  constructor(plan: MemberPlan, server: Server, world: Surroundings) {
    this.#plan = plan;
    this.name = plan.name;
    this.server = server;
    this.world = world;
    this.config = plan.config;
  }

  /** Whether it could be master of everything it has, as far as it goes. */
  get isFit(): boolean {
    const { server } = this;
    if (!server.runs || !server.answers || this.#node === undefined || this.isStopping) return false;
    return [...(this.#main?.claims().values() ?? [])].every(({ held }) => held === undefined);
  }

  get node(): AgentNode | undefined {
    return this.#node;
  }

  get main(): MainPart | undefined {
    return this.#main;
  }

  /** Starts the agent, as a boot or `systemctl start` does. */
  start(): void {
    if (this.#node !== undefined || this.server.power !== "on") return;
    this.isWanted = true;
    this.#order += 1;
    this.#begin();
  }

  /** `systemctl stop`: hands over, and ends. */
  stop(): void {
    this.isWanted = false;
    this.#order += 1;
    this.server.tell((nowMicros) => {
      this.isStopping = true;
      this.#node?.shutdown(nowMicros);
    });
  }

  /** SIGKILL, or a fault of the program: what it held stays on the kernel. */
  kill(): void {
    if (this.#node === undefined) return;
    this.#forget("killed");
    const order = ++this.#order;
    const { agenda } = this.world;
    const standing = this.#plan.resigns ? this.#standing : undefined;
    if (standing !== undefined) {
      agenda.in(RESIGN_AFTER_MICROS, () => {
        if (order === this.#order) this.#resign(standing);
      });
    }
    agenda.in(RESTART_AFTER_MICROS, () => {
      this.#restart(order);
    });
  }

  /** The machine is switched off without a word. */
  crash(): void {
    this.#forget("switched-off");
    this.#order += 1;
    this.#standing = undefined;
    this.server.cut();
  }

  boot(): void {
    if (this.server.power !== "off") return;
    this.server.boot();
    this.start();
  }

  /** Called after each step of the machine. */
  afterStep(): void {
    if (!this.isStopping || this.#node?.finished !== true) return;
    this.#forget("goodbye");
    this.#standing = undefined;
  }

  reload(config: AgentConfig, done: () => void): void {
    this.server.tell((nowMicros) => {
      if (this.#node === undefined || this.isStopping) return;
      this.config = config;
      this.#node.reconfigure(config, nowMicros);
      done();
      this.#main?.imposeClaims();
    });
  }

  /** An operator says something that outlives the process. */
  obey(change: (state: OperatorState, nowMs: number) => OperatorState): void {
    this.server.tell((nowMicros) => {
      this.operator = change(this.operator, this.server.clock.wallMs);
      this.#main?.imposeClaims();
      this.#awaitMaintenanceEnd();
      // Also ends what handovers began, of which no claim tells.
      if (this.operator === UNTOUCHED) this.#node?.dispatch({ kind: "readmit" }, undefined, nowMicros);
    });
  }

  noteHandedOver(virtualRouter: string): void {
    const handedOver = [...new Set([...this.operator.handedOver, virtualRouter])];
    this.operator = { ...this.operator, handedOver };
  }

  claimSurroundings(main: MainPart): ClaimSurroundings {
    const { agenda, random, cloud } = this.world;
    return {
      agenda,
      random,
      cloud,
      server: this.server,
      moves: (isSecond) => {
        this.world.noteMove(this, isSecond);
      },
      witnessChanged: () => {
        this.world.calm.disturb();
        main.imposeClaims();
      },
    };
  }

  #begin(): void {
    const { server, world } = this;
    this.isStopping = false;
    const node: AgentNode = new AgentNode(this.config, server.kernel, (report) => {
      this.#take(node, report);
    });
    const main = new MainPart(this, node);
    this.#node = node;
    this.#main = main;
    this.operator = expired(this.operator, server.clock.wallMs);
    if (this.config.peerLink !== undefined) world.peerLinks.begin(this.name, server, this.config.peerLink, main);
    server.run(node, (nowMicros) => {
      node.setEligibilities(main.claims(), nowMicros);
      node.start(nowMicros, new Set(this.operator.handedOver));
    });
    this.#awaitMaintenanceEnd();
  }

  #resign(standing: NodeState): void {
    const { server, world } = this;
    if (server.power !== "on") return;
    const resignation = new Resignation(standing, server.kernel, (report) => {
      world.noteReport(this, report);
    });
    this.#standing = undefined;
    server.run(resignation, (nowMicros) => {
      resignation.start(nowMicros);
    });
  }

  /** Once the program that resigns is done. */
  #restart(order: number): void {
    if (order !== this.#order || !this.isWanted) return;
    const { agenda } = this.world;
    if (this.server.power === "paused" || (this.server.program !== undefined && !this.server.program.finished)) {
      agenda.in(RESTART_AFTER_MICROS / 4, () => {
        this.#restart(order);
      });
      return;
    }
    this.server.end();
    this.#begin();
  }

  #forget(how: "killed" | "goodbye" | "switched-off"): void {
    this.#main?.stop();
    this.#node = undefined;
    this.#main = undefined;
    this.isStopping = false;
    this.server.end();
    this.world.peerLinks.end(this.name, how);
    this.world.noteEnd(this);
  }

  #take(node: AgentNode, report: NodeReport): void {
    this.world.noteReport(this, report);
    if (report.kind === "log" || report.kind === "trouble") return;
    if (report.kind === "standing") this.#standing = report.nodeState;
    this.world.agenda.in(HOP_MICROS, () => {
      this.server.tell((nowMicros) => {
        if (node !== this.#node) return;
        if (report.kind === "standing") this.#main?.follow(report.nodeState);
        else if (report.kind === "prepare") node.prepared(report.virtualRouter, nowMicros);
        else if (report.to === "master") this.#becameMaster(report);
      });
    });
  }

  #becameMaster({ virtualRouter, reason }: Extract<NodeReport, { kind: "transition" }>): void {
    if (reason === "peer-lost") this.world.peerLinks.confirmLoss(this.name, virtualRouter);
    const handedOver = this.operator.handedOver.filter((name) => name !== virtualRouter);
    this.operator = { ...this.operator, handedOver };
  }

  #awaitMaintenanceEnd(): void {
    const main = this.#main;
    const { maintenance } = this.operator;
    if (maintenance === undefined || main === undefined) return;
    const leftMs = Date.parse(maintenance.until) - this.server.clock.wallMs;
    this.world.agenda.in(Math.max(0, leftMs) * MICROS_PER_MS, () => {
      if (main === this.#main) this.obey(expired);
    });
  }
}
