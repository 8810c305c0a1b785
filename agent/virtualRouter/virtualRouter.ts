/** One virtual router on this node: its part in the election, who was heard, what was counted, what it holds. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { HoldReason, Role } from "../election/election.ts";
import { earliest } from "../election/timers.ts";
import { type Announcement, hasAll } from "../interfaces/addressOwnership.ts";
import type { WantedAddress } from "../interfaces/addressPlan.ts";
import type { Link } from "../interfaces/kernel.ts";
import { createParticipant } from "../participant/createParticipant.ts";
import { type Action, type Participant, type ParticipantEvent } from "../participant/participant.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";
import { Attachment } from "./attachment.ts";
import { Configured } from "./configured.ts";
import { Counting } from "./counters.ts";
import { type Dependencies, Effects } from "./effects.ts";
import { ELIGIBLE, type Eligibility, type Member } from "./eligibility.ts";
import { HeardPeers } from "./heardPeers.ts";
import { stateOf, type VirtualRouterState } from "./nodeState.ts";
import type { Obstacle, ObstacleStatus } from "./obstacles.ts";
import { statusOf, type VirtualRouterStatus } from "./status.ts";

/** A handover and a conflict of masters are over by then, and the segment has heard of it. */
const SETTLED_AFTER_MICROS = 2_000_000;

export class VirtualRouter extends Configured implements ProtocolEndpoint {
  readonly counting = new Counting();
  readonly #heardPeers = new HeardPeers();
  readonly #effects: Effects;
  readonly #changed: () => void;
  readonly #attachment: Attachment;
  readonly #participant: Participant;
  #nodeState: VirtualRouterState | undefined;
  /** See `deadline`; to be found out again after anything that happened here. */
  #deadline: number | undefined | "unknown" = "unknown";
  #claim: Eligibility = ELIGIBLE;

  constructor(config: VirtualRouterConfig, dependencies: Dependencies<VirtualRouter>) {
    super(config);
    this.#changed = () => {
      dependencies.changed(this);
    };
    this.#effects = new Effects(dependencies, {
      changed: this.#changed,
      demoted: (nowMicros) => {
        this.#demote(nowMicros);
      },
    });
    const note = dependencies.recorder.noteFor(config.name);
    this.#participant = createParticipant(config, note, dependencies);
    this.#attachment = new Attachment(dependencies.report);
  }

  get isAsked(): boolean {
    return this.multicast && this.role === "master";
  }

  /** The link it is heard on; 0 while there is none. */
  get linkIndex(): number {
    return this.#attachment.linkIndex;
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
    const lastMicros = Math.max(this.#effects.history.last.changedAtMicros, this.#heardPeers.lastMicros);
    return this.role === "master" && this.ownsAddresses && nowMicros - lastMicros >= SETTLED_AFTER_MICROS;
  }

  /** Whether the addresses are to be on this machine. */
  get ownsAddresses(): boolean {
    return this.#effects.ownership.addresses.ownsAddresses;
  }

  /** As its sync group sees it. */
  member(): Member {
    return {
      name: this.name,
      role: this.role,
      held: this.#claim.held,
      linkUp: this.#attachment.linkUp,
      ...this.#effects.history.last,
    };
  }

  /**
   * Starts to take part; goes on with the addresses of an earlier life when all of them are still there.
   * @param deferential whether it was handed over in that life: it preempts nobody then.
   */
  start(links: readonly Link[], deferential: boolean, nowMicros: number): void {
    const resume = hasAll(this.config, links);
    if (resume) this.#effects.ownership.keep();
    this.step({ kind: "startup", resume, deferential }, nowMicros);
  }

  /** Lets something happen to it: an event of the peer link, an operator, or the end. */
  step(event: ParticipantEvent, nowMicros: number): void {
    this.#carryOut(this.#participant.step(event, nowMicros), nowMicros);
  }

  /** Takes notice of the links, and of what is in its way on this machine. */
  noticeLinks(links: readonly Link[], obstacles: readonly Obstacle[], nowMicros: number): void {
    this.#attachment.notice(this.config, links, obstacles);
    this.#effects.ownership.addresses.followAttachment(this.config, links, nowMicros);
  }

  /** Takes part or not, by the links that it took notice of: after it was told what holds it back on them. */
  followLink(nowMicros: number): void {
    const event = this.#attachment.change();
    if (event !== undefined) this.step(event, nowMicros);
  }

  /**
   * Why it may not become master on this machine. A master stays one: it answers for the address already, and another
   * one would have to share it with this machine.
   */
  get heldByMachine(): HoldReason | undefined {
    return this.ownsAddresses ? undefined : this.#attachment.hold;
  }

  /** Takes notice of what demotes it or holds it back. */
  setEligibility(claim: Eligibility, nowMicros: number): void {
    const before = this.#claim;
    this.#claim = claim;
    if (claim.demotion !== before.demotion) this.#demote(nowMicros);
    if (claim.held === before.held) return;
    this.#changed();
    this.step(claim.held === undefined ? { kind: "readmit" } : { kind: "hold-back", reason: claim.held }, nowMicros);
  }

  /** What had to come before the addresses is done. */
  prepared(nowMicros: number): void {
    this.#deadline = "unknown";
    this.#effects.ownership.prepared(this.config, nowMicros);
  }

  /** A packet for this virtual router. @returns why it is refused, if it is. */
  receive(received: Received<ProtocolEndpoint>, nowMicros: number): string | undefined {
    const heardPeers = this.#participant.hear(received, nowMicros);
    if (heardPeers.kind === "refused") return heardPeers.fault;
    this.counting.received(received);
    this.#heardPeers.note(received.from, heardPeers.claim, nowMicros);
    this.#carryOut(heardPeers.actions, nowMicros);
    return undefined;
  }

  /** Lets the election act if its time has come. */
  tick(nowMicros: number): void {
    if (this.#isOverdue(nowMicros)) this.step({ kind: "tick" }, nowMicros);
    if (this.#effects.ownership.isOverdue(nowMicros)) this.prepared(nowMicros);
  }

  /** Gives it another configuration of the same virtual router. @returns whether anything is different. */
  reconfigure(config: VirtualRouterConfig): boolean {
    if (!this.replaceConfig(config)) return false;
    this.#heardPeers.keepOnly(config.peers);
    return true;
  }

  /**
   * Lets the election know the configuration that `reconfigure` brought. In between the node must have its addresses
   * held, as the election's contract asks.
   */
  reelect(nowMicros: number): void {
    this.#carryOut(this.#participant.reconfigure(this.config, nowMicros), nowMicros);
  }

  /** The addresses that have to be on interfaces now. */
  wanted(links: readonly Link[], nowMicros: number): WantedAddress[] {
    return this.#effects.ownership.addresses.wanted(this.config, links, !this.#isOverdue(nowMicros));
  }

  announceAgain(nowMicros: number): void {
    this.#deadline = "unknown";
    this.#effects.ownership.addresses.announceAgain(this.config, nowMicros);
  }

  isAnnouncementDue(nowMicros: number): boolean {
    return this.#effects.ownership.addresses.isAnnouncementDue(nowMicros);
  }

  /** The announcements that are due; each call that gives some counts as made. */
  takeAnnouncements(links: () => readonly Link[], nowMicros: number): Announcement[] {
    if (this.#isOverdue(nowMicros)) return [];
    this.#deadline = "unknown";
    return this.#effects.ownership.addresses.takeAnnouncements(this.config, links, nowMicros);
  }

  /** When this virtual router wants a tick. */
  deadline(): number | undefined {
    if (this.#deadline === "unknown")
      this.#deadline = earliest([this.#participant.deadline(), this.#effects.ownership.deadline()]);
    return this.#deadline;
  }

  /** @param conflicts what the node knows of other hosts that answer for its addresses. */
  status(links: readonly Link[], conflicts: VirtualRouterStatus["conflicts"], nowMicros: number): VirtualRouterStatus {
    return statusOf(this.config, {
      role: this.role,
      history: this.#effects.history,
      startsAt: this.role === "initialize" ? this.#effects.clockAt(this.#participant.deadline(), nowMicros) : null,
      explanation: this.#participant.explain(),
      peers: this.#heardPeers.status(this.peers, nowMicros),
      isWhole: hasAll(this.config, links),
      obstacles: this.obstacles(),
      conflicts,
      counters: { ...this.#effects.advertiser.counters(), ...this.counting.status() },
    });
  }

  /** What is in its way on this machine. */
  obstacles(): readonly ObstacleStatus[] {
    return this.#attachment.status();
  }

  /** The same object as long as it is the same but for the memory, which is another one with every message. */
  nodeState(): VirtualRouterState {
    this.#nodeState = stateOf(this.config, this.#participant, this.#nodeState);
    return this.#nodeState;
  }

  /** An election that is overdue has the word first: this node may have stalled, and another be master by now. */
  #isOverdue(nowMicros: number): boolean {
    return (this.#participant.deadline() ?? Infinity) <= nowMicros;
  }

  #carryOut(actions: readonly Action[], nowMicros: number): void {
    this.#deadline = "unknown";
    for (const action of actions) this.#effects.run(action, this.config, nowMicros);
  }

  #demote(nowMicros: number): void {
    this.#changed();
    const demotion = this.#claim.demotion + this.#effects.demotion(this.config);
    this.step({ kind: "demote", demotion }, nowMicros);
  }
}
