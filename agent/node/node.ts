/**
 * One machine's agent: several virtual routers over one kernel. Events come in, and what the elections ask for is
 * carried out at once. It never waits and never asks for the time, so that a loop on the real kernel and a simulation
 * drive the same code.
 */

import type { AgentConfig } from "../config/schema/document.ts";
import { nameOf } from "../interfaces/interfaceAddresses.ts";
import type { Kernel, Reactor } from "../interfaces/kernel.ts";
import { LimitedLog } from "../logging/rateLimit.ts";
import { FlightRecorder } from "../participant/flightRecorder.ts";
import type { ParticipantEvent } from "../participant/participant.ts";
import type { Packet } from "../protocol/packet/packet.ts";
import { receive } from "../protocol/reception.ts";
import { type Dependencies } from "../virtualRouter/effects.ts";
import type { Eligibility } from "../virtualRouter/eligibility.ts";
import type { Report } from "../virtualRouter/report.ts";
import type { NodeStatus } from "../virtualRouter/status.ts";
import { VirtualRouter } from "../virtualRouter/virtualRouter.ts";
import { AddressChanges } from "./addressChanges.ts";
import { DroppedPackets } from "./droppedPackets.ts";
import { Impediments } from "./impediments.ts";
import { Listening } from "./listening.ts";
import { NetworkState } from "./networkState.ts";
import { NodeStateReporter } from "./nodeStateReporter.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import { RouterSet } from "./routerSet.ts";

export class AgentNode implements Reactor {
  readonly #log: LimitedLog;
  readonly #networkState: NetworkState;
  readonly #recorder: FlightRecorder;
  readonly #droppedPackets: DroppedPackets;
  readonly #routers: RouterSet;
  readonly #listening: Listening;
  readonly #changes: AddressChanges;
  readonly #impediments: Impediments;
  readonly #nodeStates: NodeStateReporter<VirtualRouter>;
  #config: AgentConfig;
  /** Those that something happened to after which their addresses may have to change; of all: the interfaces changed. */
  readonly #unsettled = new Set<VirtualRouter>();
  #allUnsettled = false;
  #stopping = false;

  constructor(config: AgentConfig, kernel: Kernel, report: Report) {
    this.#nodeStates = new NodeStateReporter(report);
    this.#recorder = new FlightRecorder(config.node, () => kernel.wallClockMs());
    this.#log = new LimitedLog(report);
    const warn = this.#log.warn.bind(this.#log);
    this.#networkState = new NetworkState(kernel, report, warn);
    this.#droppedPackets = new DroppedPackets(warn);
    const dependencies: Dependencies<VirtualRouter> = {
      socketOf: (need) => this.#networkState.socketOf(need),
      wallClockMs: () => kernel.wallClockMs(),
      randomOctets: (length) => kernel.randomOctets(length),
      report,
      recorder: this.#recorder,
      changed: (router) => {
        this.#unsettled.add(router);
      },
      warn,
    };
    this.#config = config;
    this.#routers = new RouterSet(config.virtualRouters, (router) => new VirtualRouter(router, dependencies));
    this.#listening = new Listening(this.#networkState, this.#routers, config);
    this.#changes = new AddressChanges(this.#routers, this.#networkState, this.#log);
    this.#impediments = new Impediments(this.#routers, config.syncGroups);
  }

  /**
   * Starts every virtual router, and clears up what an earlier life left on the interfaces and nobody goes on with.
   * @param handedOver names of virtual routers that were handed over in that life: they preempt nobody.
   */
  start(nowMicros: number, handedOver: ReadonlySet<string> = new Set()): void {
    this.#followLinks(nowMicros);
    const { links } = this.#networkState;
    for (const router of this.#routers.current) router.start(links, handedOver.has(router.name), nowMicros);
    for (const change of this.#networkState.applyAddresses(this.#routers.current, nowMicros)) {
      this.#log.line("warn", `leftover of an earlier run: ${nameOf(change)}`);
    }
    this.#reportStanding(this.#routers.present);
    this.#settle(nowMicros);
  }

  receive(packet: Packet, nowMicros: number): void {
    const result = receive(packet, this.#routers.present);
    const fault = result.ok ? result.value.endpoint.receive(result.value, nowMicros) : result.fault;
    if (fault !== undefined) this.#refuse(packet, fault, nowMicros);
    this.#settle(nowMicros);
  }

  #refuse(packet: Packet, fault: string, nowMicros: number): void {
    this.#droppedPackets.count(packet, fault, this.#routers.present, nowMicros);
    if (!this.#listening.refuse(nowMicros)) return;
    this.#log.warn("flood", "flood of packets for nobody here: only the configured senders are heard", {}, nowMicros);
  }

  overhear(frame: Uint8Array, nowMicros: number): void {
    this.#networkState.overhear(
      frame,
      (address) => this.#routers.having(address).find(({ ownsAddresses: isHolding }) => isHolding),
      nowMicros,
    );
    this.#settle(nowMicros);
  }

  networkChanged(nowMicros: number): void {
    this.#followLinks(nowMicros);
    // A node that stalled is to know it before it puts back what it lost meanwhile.
    for (const router of this.#routers.present) router.tick(nowMicros);
    this.#allUnsettled = true;
    this.#settle(nowMicros);
  }

  tick(nowMicros: number): void {
    for (const router of this.#routers.present)
      if ((router.deadline() ?? Infinity) <= nowMicros) router.tick(nowMicros);
    this.#listening.tick(nowMicros);
    const retry = this.#networkState.retryDeadline();
    if (retry !== undefined && retry <= nowMicros) {
      this.#followLinks(nowMicros);
      this.#allUnsettled = true;
    }
    for (const address of this.#networkState.dueLeases(nowMicros))
      for (const router of this.#routers.having(address)) this.#unsettled.add(router);
    this.#settle(nowMicros);
  }

  deadline(): number | undefined {
    let first = Math.min(this.#networkState.deadline() ?? Infinity, this.#listening.deadline() ?? Infinity);
    for (const router of this.#routers.present) first = Math.min(first, router.deadline() ?? Infinity);
    return first === Infinity ? undefined : first;
  }

  /** Hands everything over; `finished` when that is done. */
  shutdown(nowMicros: number): void {
    this.#stopping = true;
    for (const router of this.#routers.current) router.step({ kind: "shutdown" }, nowMicros);
    this.#settle(nowMicros);
  }

  get finished(): boolean {
    return this.#stopping && this.#routers.present.every(({ role }) => role === "initialize");
  }

  /** What checks and operators make of this node, by virtual router; one that is not named is unhindered. */
  setEligibilities(claims: ReadonlyMap<string, Eligibility>, nowMicros: number): void {
    this.#impediments.claims = claims;
    this.#impediments.impose(nowMicros);
    this.#settle(nowMicros);
  }

  /** Lets something happen to one virtual router, or to all; a name that is not there is nobody's. */
  dispatch(event: ParticipantEvent, name: string | undefined, nowMicros: number): void {
    for (const router of this.#routers.present) {
      // Who is held back for a reason of its own is readmitted when that is over, by its claim.
      const isHeld = event.kind === "readmit" && router.member().held !== undefined;
      if (!isHeld && (name === undefined || router.name === name)) router.step(event, nowMicros);
    }
    this.#settle(nowMicros);
  }

  /** What a virtual router asked to be done before its addresses are taken is done. */
  prepared(name: string, nowMicros: number): void {
    for (const router of this.#routers.present) if (router.name === name) router.prepared(nowMicros);
    this.#settle(nowMicros);
  }

  /** Takes over another configuration. What is the same in both goes on undisturbed. */
  reconfigure(config: AgentConfig, nowMicros: number): Reconfiguration {
    this.#config = config;
    this.#listening.config = config;
    this.#impediments.groups = config.syncGroups;
    const { added, removed, changed } = this.#routers.replace(config.virtualRouters);
    for (const router of removed) router.step({ kind: "shutdown" }, nowMicros);

    this.#listening.open(nowMicros);
    this.#allUnsettled = true;
    this.#settle(nowMicros);
    for (const router of changed) router.reelect(nowMicros);
    this.#followLinks(nowMicros);
    if (!this.#stopping) for (const router of added) router.start([], false, nowMicros);
    this.#reportStanding(this.#routers.present);
    this.#settle(nowMicros);
    const names = (routers: readonly VirtualRouter[]): string[] => routers.map(({ name }) => name);
    const obstacles = [...added, ...changed].flatMap((router) =>
      router.obstacles().map((obstacle) => ({ virtualRouter: router.name, ...obstacle })),
    );
    return { added: names(added), removed: names(removed), changed: names(changed), obstacles };
  }

  status(nowMicros: number): NodeStatus {
    const links = this.#networkState.lookAround(nowMicros);
    return {
      virtualRouters: this.#routers.present.map((router) =>
        router.status(links, this.#networkState.conflictsOf(router), nowMicros),
      ),
      dropped: this.#droppedPackets.unassigned(),
      flooded: this.#listening.isFlooded,
    };
  }

  /** What led to the latest changes of role, see flightRecorder.ts. */
  recording(): string[] {
    return this.#recorder.dump();
  }

  /** Brings sockets and elections in step with the links, after what holds them back on these. */
  #followLinks(nowMicros: number): void {
    this.#listening.open(nowMicros);
    for (const router of this.#routers.present) {
      router.noticeLinks(this.#networkState.links, this.#networkState.obstaclesOf(router.config), nowMicros);
    }
    this.#impediments.impose(nowMicros);
    for (const router of this.#routers.present) router.followLink(nowMicros);
  }

  /** Carries out what the elections decided: addresses first, then their announcements. */
  #settle(nowMicros: number): void {
    if (this.#allUnsettled || this.#unsettled.size > 0) {
      // What is in the way of a backup is not in the way of a master, so each change of role may hold one back.
      const changed = this.#routers.current.filter((router) => this.#unsettled.has(router));
      this.#impediments.impose(nowMicros, this.#allUnsettled ? this.#routers.current : changed);
      if (!this.#stopping) this.#impediments.agree(nowMicros);
      const present = this.#routers.present;
      // One that leaves may have an address in common with one that came.
      const isOfAll = this.#allUnsettled || this.#routers.isAnyLeaving;
      const concerned = isOfAll ? present : [...this.#unsettled];
      this.#allUnsettled = false;
      this.#unsettled.clear();
      for (const change of this.#networkState.applyAddresses(present, nowMicros, concerned))
        this.#changes.follow(change, nowMicros);
      this.#routers.forgetLeft();
      this.#reportStanding(concerned);
    }
    this.#networkState.announce(this.#routers.present, nowMicros);
  }

  /** @param concerned those that may be others than before. */
  #reportStanding(concerned: readonly VirtualRouter[]): void {
    this.#nodeStates.tell(this.#config.node, this.#routers.present, concerned);
  }
}
