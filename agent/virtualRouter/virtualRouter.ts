/** One virtual router on this node: its part in the election, who was heard, what was counted, what it holds. */
import { isDeepStrictEqual } from "node:util";
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { HoldReason, Role } from "../election/election.ts";
import { earliest } from "../election/timers.ts";
import { type Announcement, Holding, placesOf, sharedAddressesOf } from "../interfaces/addressOwnership.ts";
import { isHeld, type WantedAddress } from "../interfaces/addressPlan.ts";
import type { Link } from "../interfaces/kernel.ts";
import { linkOf } from "../interfaces/protocolSockets.ts";
import type { Tally } from "../logging/counter.ts";
import { createParticipant } from "../participant/createParticipant.ts";
import {
  type Action,
  type Participant,
  type ParticipantEvent,
  preferenceOf,
  priorityOf,
} from "../participant/participant.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";
import { Advertiser } from "./advertiser.ts";
import { Counting } from "./counters.ts";
import { type ClaimState, UNHINDERED } from "./eligibility.ts";
import { Hearing } from "./heardPeers.ts";
import { unlessSame, type VirtualRouterStanding } from "./nodeState.ts";
import { type Obstacle, ObstacleLog, type ObstacleStatus } from "./obstacles.ts";
import { Preparation } from "./prepareHook.ts";
import { RoleHistory } from "./roleHistory.ts";
import { SendTroubles } from "./sendFailures.ts";
import type { VirtualRouterStatus } from "./status.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Member } from "./syncGroups.ts";

/** A handover and a conflict of masters are over by then, and the segment has heard of it. */
const SETTLED_AFTER_MICROS = 2_000_000;

export class VirtualRouter implements ProtocolEndpoint {
  readonly #history: RoleHistory;
  readonly #counting = new Counting();
  readonly #troubles = new SendTroubles();
  readonly #surroundings: Surroundings<VirtualRouter>;
  readonly #advertiser: Advertiser;
  readonly #hearing = new Hearing();
  readonly #holding = new Holding();
  readonly #preparation = new Preparation();
  readonly #obstacles: ObstacleLog;
  readonly #participant: Participant;
  #config: VirtualRouterConfig;
  #addresses: readonly string[];
  #standing: VirtualRouterStanding | undefined;
  /** See `deadline`; to be found out again after anything that happened here. */
  #deadline: number | undefined | "unknown" = "unknown";
  #claim: ClaimState = UNHINDERED;
  #linkUp = true;
  #linkIndex = 0;

  constructor(config: VirtualRouterConfig, surroundings: Surroundings<VirtualRouter>) {
    this.#config = config;
    this.#addresses = sharedAddressesOf(config);
    this.#surroundings = surroundings;
    const note = surroundings.recorder.noteFor(config.name);
    this.#participant = createParticipant(config, note, surroundings);
    this.#advertiser = new Advertiser(surroundings);
    this.#obstacles = new ObstacleLog(surroundings.report);
    this.#history = new RoleHistory(this.#wallClock());
  }

  get config(): VirtualRouterConfig {
    return this.#config;
  }

  get name(): string {
    return this.#config.name;
  }

  /** By reason, what came and did not reach the election. */
  get dropped(): Tally {
    return this.#counting.dropped;
  }

  get protocol(): VirtualRouterConfig["protocol"] {
    return this.#config.protocol;
  }

  get virtualRouterId(): number {
    return this.#config.virtualRouterId;
  }

  get sourceAddress(): string {
    return this.#config.sourceAddress;
  }

  get peers(): readonly string[] {
    return this.#config.peers;
  }

  get multicast(): boolean {
    return this.#config.multicast;
  }

  get isAsked(): boolean {
    return this.multicast && this.role === "master";
  }

  get minimumTtl(): number {
    return this.#config.minimumTtl;
  }

  /** The link it is heard on; 0 while there is none. */
  get linkIndex(): number {
    return this.#linkIndex;
  }

  get role(): Role {
    return this.#participant.role;
  }

  /** Whether it is a backup that hears a master. */
  get followsMaster(): boolean {
    return this.role === "backup" && this.#participant.explain().masterAddress !== undefined;
  }

  /** Whether it has been master, and heard no other, for long enough to be the only one that should answer. */
  isUndisputed(nowMicros: number): boolean {
    const lastMicros = Math.max(this.#history.last.changedAtMicros, this.#hearing.lastMicros);
    return this.role === "master" && this.isHolding && nowMicros - lastMicros >= SETTLED_AFTER_MICROS;
  }

  /** The shared addresses, without prefix lengths. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Whether the addresses are to be on this machine. */
  get isHolding(): boolean {
    return this.#holding.isHolding;
  }

  /** As its sync group sees it. */
  member(): Member {
    return { name: this.name, role: this.role, held: this.#claim.held, linkUp: this.#linkUp, ...this.#history.last };
  }

  /**
   * Starts to take part; goes on with the addresses of an earlier life when all of them are still there.
   * @param deferential whether it was handed over in that life: it preempts nobody then.
   */
  start(links: readonly Link[], deferential: boolean, nowMicros: number): void {
    const places = placesOf(this.#config, links);
    const resume = places.length === this.#config.addresses.length && places.every((place) => isHeld(place, links));
    if (resume) this.#keep();
    this.step({ kind: "startup", resume, deferential }, nowMicros);
  }

  /** Lets something happen to it: an event of the peer link, an operator, or the end. */
  step(event: ParticipantEvent, nowMicros: number): void {
    this.#carryOut(this.#participant.step(event, nowMicros), nowMicros);
  }

  /** Takes notice of the links, and of what is in its way on this machine. */
  noticeLinks(links: readonly Link[], obstacles: readonly Obstacle[], nowMicros: number): void {
    this.#linkIndex = linkOf(this.#config, links)?.index ?? 0;
    this.#obstacles.replace(this.name, obstacles);
    this.#holding.followAttachment(this.#config, links, nowMicros);
  }

  /** Takes part or not, by the links that it took notice of: after it was told what holds it back on them. */
  followLink(nowMicros: number): void {
    const { loss } = this.#obstacles;
    if ((loss === undefined) === this.#linkUp) return;
    this.#linkUp = loss === undefined;
    this.step(loss === undefined ? { kind: "link-up" } : { kind: "link-down", reason: loss }, nowMicros);
  }

  /**
   * Why it may not become master on this machine. A master stays one: it answers for the address already, and another
   * one would have to share it with this machine.
   */
  get heldByMachine(): HoldReason | undefined {
    return this.isHolding ? undefined : this.#obstacles.hold;
  }

  /** Takes notice of what demotes it or holds it back. */
  setClaim(claim: ClaimState, nowMicros: number): void {
    const before = this.#claim;
    this.#claim = claim;
    if (claim.demotion !== before.demotion) this.#demote(nowMicros);
    if (claim.held === before.held) return;
    this.#surroundings.changed(this);
    this.step(claim.held === undefined ? { kind: "readmit" } : { kind: "hold-back", reason: claim.held }, nowMicros);
  }

  /** What had to come before the addresses is done. */
  prepared(nowMicros: number): void {
    this.#deadline = "unknown";
    if (this.#preparation.end()) this.#acquire(nowMicros);
  }

  /** A packet for this virtual router. @returns why it is refused, if it is. */
  receive(received: Received<ProtocolEndpoint>, nowMicros: number): string | undefined {
    const hearing = this.#participant.hear(received, nowMicros);
    if (hearing.kind === "refused") return hearing.fault;
    this.#counting.received(received);
    this.#hearing.note(received.from, hearing.claim, nowMicros);
    this.#carryOut(hearing.actions, nowMicros);
    return undefined;
  }

  /** Lets the election act if its time has come. */
  tick(nowMicros: number): void {
    if (this.#isOverdue(nowMicros)) this.step({ kind: "tick" }, nowMicros);
    if (this.#preparation.isOver(nowMicros)) this.prepared(nowMicros);
  }

  /** Gives it another configuration of the same virtual router. @returns whether anything is different. */
  reconfigure(config: VirtualRouterConfig): boolean {
    if (isDeepStrictEqual(config, this.#config)) return false;
    this.#hearing.keepOnly(config.peers);
    this.#config = config;
    this.#addresses = sharedAddressesOf(config);
    return true;
  }

  /**
   * Lets the election know the configuration that `reconfigure` brought. In between the node must have its addresses
   * held, as the election's contract asks.
   */
  reelect(nowMicros: number): void {
    this.#carryOut(this.#participant.reconfigure(this.#config, nowMicros), nowMicros);
  }

  /** The addresses that have to be on interfaces now. */
  wanted(links: readonly Link[], nowMicros: number): WantedAddress[] {
    return this.#holding.wanted(this.#config, links, !this.#isOverdue(nowMicros));
  }

  /** Somebody removed one of its addresses, and it was put back. @returns how often that was so. */
  countRepair(): number {
    return this.#counting.repaired();
  }

  announceAgain(nowMicros: number): void {
    this.#deadline = "unknown";
    this.#holding.announceAgain(this.#config, nowMicros);
  }

  isAnnouncementDue(nowMicros: number): boolean {
    return this.#holding.isAnnouncementDue(nowMicros);
  }

  /** The announcements that are due; each call that gives some counts as made. */
  takeAnnouncements(links: () => readonly Link[], nowMicros: number): Announcement[] {
    if (this.#isOverdue(nowMicros)) return [];
    this.#deadline = "unknown";
    return this.#holding.takeAnnouncements(this.#config, links, nowMicros);
  }

  /** When this virtual router wants a tick. */
  deadline(): number | undefined {
    if (this.#deadline === "unknown")
      this.#deadline = earliest([this.#participant.deadline(), this.#holding.deadline(), this.#preparation.deadline()]);
    return this.#deadline;
  }

  /** @param conflicts what the node knows of other hosts that answer for its addresses. */
  status(links: readonly Link[], conflicts: VirtualRouterStatus["conflicts"], nowMicros: number): VirtualRouterStatus {
    const { name, protocol, virtualRouterId, addresses, peers, multicast } = this.#config;
    const { configured, effective, demotion, held, masterAddress } = this.#participant.explain();
    const places = placesOf(this.#config, links);
    return {
      name,
      protocol,
      virtualRouterId,
      role: this.role,
      ...this.#history.status(),
      startsAt: this.#startsAt(nowMicros),
      priority: priorityOf(configured),
      claim: { configured, effective, demotion, held: held ?? null },
      masterAddress: masterAddress ?? null,
      multicast,
      peers: this.#hearing.status(peers, nowMicros),
      addresses: addresses.map(({ address }) => address),
      held: places.length === addresses.length && places.every((place) => isHeld(place, links)),
      obstacles: this.obstacles(),
      conflicts,
      counters: {
        ...this.#advertiser.counters(),
        ...this.#counting.status(),
        transitions: this.#history.counts(),
      },
    };
  }

  /** What is in its way on this machine. */
  obstacles(): readonly ObstacleStatus[] {
    return this.#obstacles.status();
  }

  /** The same object as long as it is the same but for the memory, which is another one with every message. */
  standing(): VirtualRouterStanding {
    const preference = preferenceOf(this.#participant.explain().effective);
    const standing = { config: this.#config, role: this.role, preference, memory: this.#participant.memory() };
    this.#standing = unlessSame(this.#standing, standing);
    return this.#standing;
  }

  /** An election that is overdue has the word first: this node may have stalled, and another be master by now. */
  #isOverdue(nowMicros: number): boolean {
    return (this.#participant.deadline() ?? Infinity) <= nowMicros;
  }

  #carryOut(actions: readonly Action[], nowMicros: number): void {
    this.#deadline = "unknown";
    for (const action of actions) this.#do(action, nowMicros);
  }

  #do(action: Action, nowMicros: number): void {
    switch (action.kind) {
      case "send":
        this.#noteSent(this.#advertiser.send(action.messageFor, this.#config, nowMicros), nowMicros);
        return;
      case "solicit": {
        // A dead one may be out of reach: that says nothing about this node's own sending.
        const toOne = { ...this.#config, multicast: false, peers: [action.to] };
        this.#advertiser.send(action.messageFor, toOne, nowMicros);
        return;
      }
      case "acquire":
        if (this.#preparation.begin(this.#config, nowMicros, this.#surroundings.report)) return;
        this.#acquire(nowMicros);
        return;
      case "announce":
        this.announceAgain(nowMicros);
        return;
      case "release":
        this.#preparation.end();
        this.#holding.release();
        this.#surroundings.changed(this);
        return;
      case "transition":
        if (action.to === "resigning" || action.to === "resuming") this.#keep();
        this.#noteTransition(action, nowMicros);
        return;
      case "notice": {
        const { notice, from } = action;
        const fields = { virtualRouter: this.name, from };
        this.#surroundings.warn(`${this.name} ${notice} ${from}`, notice, fields, nowMicros);
        return;
      }
    }
  }

  #demote(nowMicros: number): void {
    this.#surroundings.changed(this);
    const demotion = this.#claim.demotion + this.#troubles.demotion(this.#config);
    this.step({ kind: "demote", demotion }, nowMicros);
  }

  #noteSent(hasLeft: boolean, nowMicros: number): void {
    if (this.#troubles.note(hasLeft, this.#config)) this.#demote(nowMicros);
  }

  #acquire(nowMicros: number): void {
    this.#holding.acquire(this.#config, nowMicros);
    this.#surroundings.changed(this);
  }

  /** Somebody else has the addresses soon, or already: what is here stays, but this node no longer speaks for it. */
  #keep(): void {
    this.#preparation.end();
    this.#holding.keep();
  }

  #noteTransition(action: Extract<Action, { kind: "transition" }>, nowMicros: number): void {
    const noted = this.#history.note(action, this.#wallClock(), nowMicros);
    this.#surroundings.report({ kind: "transition", virtualRouter: this.name, ...noted });
    this.#surroundings.changed(this);
  }

  /** Nothing but the start-up delay has an end while a node takes no part. */
  #startsAt(nowMicros: number): string | null {
    const deadlineMicros = this.role === "initialize" ? this.#participant.deadline() : undefined;
    return deadlineMicros === undefined ? null : this.#wallClock((deadlineMicros - nowMicros) / 1_000);
  }

  #wallClock(inMs = 0): string {
    return new Date(this.#surroundings.wallClockMs() + inMs).toISOString();
  }
}
