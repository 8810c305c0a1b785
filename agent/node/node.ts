/**
 * One machine's agent: several virtual routers over one kernel. Events come in, and what the elections ask for is
 * carried out at once. It never waits and never asks for the time, so that a loop on the real kernel and a simulation
 * drive the same code.
 */

import type { AgentConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import type { AddressChange } from "../interfaces/addressPlan.ts";
import { nameOf } from "../interfaces/interfaceAddresses.ts";
import type { Kernel, Reactor } from "../interfaces/kernel.ts";
import type { LogFields } from "../logging/logLine.ts";
import { LogLimit } from "../logging/rateLimit.ts";
import { FlightRecorder } from "../participant/flightRecorder.ts";
import type { ParticipantEvent } from "../participant/participant.ts";
import type { Packet } from "../protocol/packet/packet.ts";
import { receive } from "../protocol/reception.ts";
import { type ClaimState, UNHINDERED } from "../virtualRouter/eligibility.ts";
import type { Report } from "../virtualRouter/report.ts";
import type { NodeStatus } from "../virtualRouter/status.ts";
import { type Surroundings } from "../virtualRouter/surroundings.ts";
import { type GroupOrder, ordersOf } from "../virtualRouter/syncGroups.ts";
import { VirtualRouter } from "../virtualRouter/virtualRouter.ts";
import { Drops } from "./droppedPackets.ts";
import { FloodGuard } from "./floodGuard.ts";
import { Premises } from "./networkState.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import { StandingReporter } from "./stateReporter.ts";

/** Groups that contain each other in a ring of orders would never be silent; theirs is a handful of rounds. */
const MAX_GROUP_ROUNDS = 16;

export class AgentNode implements Reactor {
  readonly #report: Report;
  readonly #premises: Premises;
  readonly #surroundings: Surroundings<VirtualRouter>;
  readonly #recorder: FlightRecorder;
  readonly #logLimit = new LogLimit();
  readonly #drops: Drops;
  readonly #floodGuard = new FloodGuard();
  #config: AgentConfig;
  #routers: readonly VirtualRouter[];
  /** Taken out of the configuration, but still handing over. */
  #leaving: readonly VirtualRouter[] = [];
  /** What checks and operators say, by virtual router. */
  #claims: ReadonlyMap<string, ClaimState> = new Map();
  /** Held back for the sake of their group, by name. */
  readonly #heldByGroup = new Set<string>();
  /** Those that something happened to after which their addresses may have to change; of all: the interfaces changed. */
  readonly #unsettled = new Set<VirtualRouter>();
  #allUnsettled = false;
  #stopping = false;
  readonly #standings: StandingReporter<VirtualRouter>;
  /** Who has a shared address by the configuration; two only while one of them leaves. */
  #byAddress: ReadonlyMap<string, readonly VirtualRouter[]> = new Map();

  constructor(config: AgentConfig, kernel: Kernel, report: Report) {
    this.#report = report;
    this.#standings = new StandingReporter(report);
    this.#recorder = new FlightRecorder(config.node, () => kernel.wallClockMs());
    const warn = this.#warn.bind(this);
    this.#premises = new Premises(kernel, report, warn);
    this.#drops = new Drops(warn);
    this.#surroundings = {
      socketOf: (need) => this.#premises.socketOf(need),
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
    this.#routers = config.virtualRouters.map((router) => new VirtualRouter(router, this.#surroundings));
    this.#indexAddresses();
  }

  /**
   * Starts every virtual router, and clears up what an earlier life left on the interfaces and nobody goes on with.
   * @param handedOver names of virtual routers that were handed over in that life: they preempt nobody.
   */
  start(nowMicros: number, handedOver: ReadonlySet<string> = new Set()): void {
    this.#followLinks(nowMicros);
    const { links } = this.#premises;
    for (const router of this.#routers) router.start(links, handedOver.has(router.name), nowMicros);
    for (const change of this.#premises.hold(this.#routers, nowMicros)) {
      this.#log("warn", `leftover of an earlier run: ${nameOf(change)}`, {});
    }
    this.#reportStanding(this.#present());
    this.#settle(nowMicros);
  }

  receive(packet: Packet, nowMicros: number): void {
    const result = receive(packet, this.#present());
    const fault = result.ok ? result.value.endpoint.receive(result.value, nowMicros) : result.fault;
    if (fault !== undefined) this.#refuse(packet, fault, nowMicros);
    this.#settle(nowMicros);
  }

  #refuse(packet: Packet, fault: string, nowMicros: number): void {
    this.#drops.count(packet, fault, this.#present(), nowMicros);
    if (!this.#floodGuard.refuse(nowMicros)) return;
    this.#premises.hearOnly(this.#needs());
    this.#warn("flood", "flood of packets for nobody here: only the configured senders are heard", {}, nowMicros);
  }

  overhear(frame: Uint8Array, nowMicros: number): void {
    this.#premises.overhear(
      frame,
      (address) => this.#byAddress.get(address)?.find(({ isHolding }) => isHolding),
      nowMicros,
    );
    this.#settle(nowMicros);
  }

  networkChanged(nowMicros: number): void {
    this.#followLinks(nowMicros);
    // A node that stalled is to know it before it puts back what it lost meanwhile.
    for (const router of this.#present()) router.tick(nowMicros);
    this.#allUnsettled = true;
    this.#settle(nowMicros);
  }

  tick(nowMicros: number): void {
    for (const router of this.#present()) if ((router.deadline() ?? Infinity) <= nowMicros) router.tick(nowMicros);
    if (this.#floodGuard.reopen(nowMicros)) this.#premises.hearEverybody();
    const retry = this.#premises.retryDeadline();
    if (retry !== undefined && retry <= nowMicros) {
      this.#followLinks(nowMicros);
      this.#allUnsettled = true;
    }
    for (const address of this.#premises.dueLeases(nowMicros))
      for (const router of this.#byAddress.get(address) ?? []) this.#unsettled.add(router);
    this.#settle(nowMicros);
  }

  deadline(): number | undefined {
    let first = Math.min(this.#premises.deadline() ?? Infinity, this.#floodGuard.deadline() ?? Infinity);
    for (const router of this.#present()) first = Math.min(first, router.deadline() ?? Infinity);
    return first === Infinity ? undefined : first;
  }

  /** Hands everything over; `finished` when that is done. */
  shutdown(nowMicros: number): void {
    this.#stopping = true;
    for (const router of this.#routers) router.step({ kind: "shutdown" }, nowMicros);
    this.#settle(nowMicros);
  }

  get finished(): boolean {
    return this.#stopping && this.#present().every(({ role }) => role === "initialize");
  }

  /** What checks and operators make of this node, by virtual router; one that is not named is unhindered. */
  setClaims(claims: ReadonlyMap<string, ClaimState>, nowMicros: number): void {
    this.#claims = claims;
    this.#imposeClaims(nowMicros);
    this.#settle(nowMicros);
  }

  /** Lets something happen to one virtual router, or to all; a name that is not there is nobody's. */
  happen(event: ParticipantEvent, name: string | undefined, nowMicros: number): void {
    for (const router of this.#present()) {
      // Who is held back for a reason of its own is readmitted when that is over, by its claim.
      const isHeld = event.kind === "readmit" && router.member().held !== undefined;
      if (!isHeld && (name === undefined || router.name === name)) router.step(event, nowMicros);
    }
    this.#settle(nowMicros);
  }

  /** What a virtual router asked to be done before its addresses are taken is done. */
  prepared(name: string, nowMicros: number): void {
    for (const router of this.#present()) if (router.name === name) router.prepared(nowMicros);
    this.#settle(nowMicros);
  }

  /** Takes over another configuration. What is the same in both goes on undisturbed. */
  reconfigure(config: AgentConfig, nowMicros: number): Reconfiguration {
    const before = new Map(this.#routers.map((router) => [identityOf(router), router]));
    const added: VirtualRouter[] = [];
    const changed: VirtualRouter[] = [];
    this.#config = config;
    const grouped = config.syncGroups.flatMap(({ members }) => members);
    for (const name of this.#heldByGroup) if (!grouped.includes(name)) this.#heldByGroup.delete(name);
    this.#routers = config.virtualRouters.map((document) => {
      const router = before.get(identityOf(document)) ?? this.#newcomer(document, added);
      before.delete(identityOf(document));
      if (router.reconfigure(document)) changed.push(router);
      return router;
    });
    const removed = [...before.values()];
    this.#leaving = [...this.#leaving, ...removed];
    for (const router of removed) router.step({ kind: "shutdown" }, nowMicros);

    this.#indexAddresses();
    this.#openPremises(nowMicros);
    this.#allUnsettled = true;
    this.#settle(nowMicros);
    for (const router of changed) router.reelect(nowMicros);
    this.#followLinks(nowMicros);
    if (!this.#stopping) for (const router of added) router.start([], false, nowMicros);
    this.#reportStanding(this.#present());
    this.#settle(nowMicros);
    const names = (routers: readonly VirtualRouter[]): string[] => routers.map(({ name }) => name);
    const obstacles = [...added, ...changed].flatMap((router) =>
      router.obstacles().map((obstacle) => ({ virtualRouter: router.name, ...obstacle })),
    );
    return { added: names(added), removed: names(removed), changed: names(changed), obstacles };
  }

  status(nowMicros: number): NodeStatus {
    const links = this.#premises.lookAround(nowMicros);
    return {
      virtualRouters: this.#present().map((router) =>
        router.status(links, this.#premises.conflictsOf(router), nowMicros),
      ),
      dropped: this.#drops.unassigned(),
      flooded: this.#floodGuard.isClosed,
    };
  }

  /** What led to the latest changes of role, see flightRecorder.ts. */
  recording(): string[] {
    return this.#recorder.dump();
  }

  #present(): readonly VirtualRouter[] {
    return this.#leaving.length === 0 ? this.#routers : [...this.#routers, ...this.#leaving];
  }

  #newcomer(document: VirtualRouterConfig, added: VirtualRouter[]): VirtualRouter {
    // One that is still leaving and is wanted again ends here: the addresses go, and it starts as a backup.
    this.#leaving = this.#leaving.filter((router) => identityOf(router) !== identityOf(document));
    const router = new VirtualRouter(document, this.#surroundings);
    added.push(router);
    return router;
  }

  #indexAddresses(): void {
    const index = new Map<string, readonly VirtualRouter[]>();
    for (const router of this.#present())
      for (const address of router.addresses) index.set(address, [...(index.get(address) ?? []), router]);
    this.#byAddress = index;
  }

  /** Brings sockets and elections in step with the links, after what holds them back on these. */
  #followLinks(nowMicros: number): void {
    this.#openPremises(nowMicros);
    for (const router of this.#present()) {
      router.noticeLinks(this.#premises.links, this.#premises.obstaclesOf(router.config), nowMicros);
    }
    this.#imposeClaims(nowMicros);
    for (const router of this.#present()) router.followLink(nowMicros);
  }

  /** What has to be heard. */
  #needs(): readonly VirtualRouterConfig[] {
    const isAsked = this.#config.peerLink !== undefined;
    // A peer that suspects a master asks it by unicast, whatever the group does.
    return this.#present().flatMap(({ config }) =>
      isAsked && config.multicast ? [config, { ...config, multicast: false }] : [config],
    );
  }

  #openPremises(nowMicros: number): void {
    this.#premises.open(this.#needs(), nowMicros);
    if (this.#floodGuard.isClosed) this.#premises.hearOnly(this.#needs());
  }

  /** Tells every virtual router what hinders it: its own reasons first, then this machine's, then its group's. */
  #imposeClaims(nowMicros: number, routers: readonly VirtualRouter[] = this.#routers): void {
    for (const router of routers) {
      const own = this.#claims.get(router.name) ?? UNHINDERED;
      const byGroup = this.#heldByGroup.has(router.name) ? "sync-group" : undefined;
      router.setClaim({ ...own, held: own.held ?? router.heldByMachine ?? byGroup }, nowMicros);
    }
  }

  /** Makes the members of each sync group agree. */
  #agree(nowMicros: number): void {
    if (this.#stopping || this.#config.syncGroups.length === 0) return;
    for (let round = 0; round < MAX_GROUP_ROUNDS; round++) {
      const members = new Map(this.#routers.map((router) => [router.name, router.member()]));
      const orders = this.#config.syncGroups.flatMap((group) =>
        ordersOf(
          group,
          group.members.flatMap((name) => members.get(name) ?? []),
        ),
      );
      if (orders.length === 0) return;
      for (const order of orders) this.#obey(order, nowMicros);
    }
  }

  #obey({ kind, name }: GroupOrder, nowMicros: number): void {
    if (kind === "hold-back") this.#heldByGroup.add(name);
    if (kind === "readmit") this.#heldByGroup.delete(name);
    if (kind === "hold-back" || kind === "readmit") this.#imposeClaims(nowMicros);
    else for (const router of this.#routers) if (router.name === name) router.step({ kind }, nowMicros);
  }

  /** Carries out what the elections decided: addresses first, then their announcements. */
  #settle(nowMicros: number): void {
    if (this.#allUnsettled || this.#unsettled.size > 0) {
      // What is in the way of a backup is not in the way of a master, so each change of role may hold one back.
      const changed = this.#routers.filter((router) => this.#unsettled.has(router));
      this.#imposeClaims(nowMicros, this.#allUnsettled ? this.#routers : changed);
      this.#agree(nowMicros);
      const present = this.#present();
      // One that leaves may have an address in common with one that came.
      const isOfAll = this.#allUnsettled || this.#leaving.length > 0;
      const concerned = isOfAll ? present : [...this.#unsettled];
      this.#allUnsettled = false;
      this.#unsettled.clear();
      for (const change of this.#premises.hold(present, nowMicros, concerned)) {
        const routers = this.#byAddress.get(change.address.address) ?? [];
        const holder = change.kind === "add" ? routers.find(({ isHolding }) => isHolding) : undefined;
        holder?.announceAgain(nowMicros);
        if (change.isRepair === true) this.#noteRepair(change, holder, nowMicros);
        else this.#log("info", nameOf(change), {});
        if (change.kind === "remove") this.#redirect(change, nowMicros);
      }
      this.#leaving = this.#leaving.filter(({ role }) => role !== "initialize");
      this.#reportStanding(concerned);
    }
    this.#premises.announce(this.#present(), nowMicros);
  }

  /** What another master has now, neighbours are to find there. */
  #redirect({ linkIndex, address: { address } }: AddressChange, nowMicros: number): void {
    const router = this.#byAddress.get(address)?.find(({ followsMaster }) => followsMaster);
    if (router === undefined) return;
    this.#premises.redirect({ virtualRouter: router.name, address, linkIndex }, nowMicros);
  }

  #noteRepair({ address, linkName }: AddressChange, holder: VirtualRouter | undefined, nowMicros: number): void {
    const text = `${address.address}/${address.prefixLength}`;
    const repairs = holder?.countRepair() ?? 0;
    const fields = { virtualRouter: holder?.name ?? "", repairs };
    this.#warn(
      `repair ${text}`,
      `${text} was removed from ${linkName} by somebody else, and is put back`,
      fields,
      nowMicros,
    );
  }

  /** @param concerned those that may be others than before. */
  #reportStanding(concerned: readonly VirtualRouter[]): void {
    this.#standings.tell(this.#config.node, this.#present(), concerned);
  }

  #warn(kind: string, message: string, fields: LogFields, nowMicros: number): void {
    const suppressed = this.#logLimit.admit(kind, nowMicros);
    if (suppressed !== undefined) this.#log("warn", message, suppressed > 0 ? { ...fields, suppressed } : fields);
  }

  #log(level: "info" | "warn", message: string, fields: LogFields): void {
    this.#report({ kind: "log", level, message, fields });
  }
}

/** What makes a virtual router the same one under another configuration: protocol, id, and its segment told by the own address. */
function identityOf({ protocol, virtualRouterId, sourceAddress }: Identity): string {
  return `${protocol} ${virtualRouterId} on ${sourceAddress}`;
}

type Identity = Pick<VirtualRouterConfig, "protocol" | "virtualRouterId" | "sourceAddress">;
