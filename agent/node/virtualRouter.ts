/** One virtual router on this node: its election, who was heard, what was counted, and when it announces. */
import { isDeepStrictEqual } from "node:util";
import { isHeld, parseAddress, type WantedAddress } from "../claims/address.ts";
import {
  type AnnouncementSchedule,
  afterAnnouncement,
  announcementDeadline,
  isAnnouncementDue,
  SILENT,
  startAnnouncing,
} from "../claims/announcement.ts";
import type { VirtualRouterConfig } from "../config/document.ts";
import type { Output, Role } from "../election/election.ts";
import {
  createVrrpRouter,
  deadlineOf,
  explain,
  roleOf,
  stepVrrpRouter,
  type VrrpRouterEvent,
  type VrrpRouterState,
} from "../election/vrrpRouter.ts";
import { vrrpRouterConfig } from "../election/vrrpRouterConfig.ts";
import type { VrrpEndpoint } from "../protocol/reception.ts";
import type { VrrpAdvertisement } from "../protocol/vrrp.ts";
import { Advertiser, type AdvertiserSurroundings } from "./advertiser.ts";
import { linkOf } from "./endpoints.ts";
import { Hearing } from "./hearing.ts";
import type { Link } from "./kernel.ts";
import type { Report } from "./report.ts";
import type { VirtualRouterStanding } from "./standing.ts";
import type { TransitionStatus, VirtualRouterStatus } from "./status.ts";
import { Tally } from "./tally.ts";

const REMEMBERED_TRANSITIONS = 20;

/** What a virtual router needs of its node. */
export interface Surroundings extends AdvertiserSurroundings {
  /** Wall-clock time for people, in milliseconds since 1970. */
  wallClockMs(): number;
  readonly report: Report;
  /** Hears that the role changed, or what is to be held: the node has to look at its interfaces. */
  readonly changed: () => void;
}

export class VirtualRouter implements VrrpEndpoint {
  readonly dropped = new Tally();
  readonly #surroundings: Surroundings;
  readonly #advertiser: Advertiser;
  readonly #hearing = new Hearing();
  #config: VirtualRouterConfig;
  #state: VrrpRouterState;
  #announcement: AnnouncementSchedule = SILENT;
  #holding = false;
  #linkUp = true;
  #since: string;
  #transitions: readonly TransitionStatus[] = [];
  #received = 0;

  constructor(config: VirtualRouterConfig, surroundings: Surroundings) {
    this.#config = config;
    this.#state = createVrrpRouter(vrrpRouterConfig(config));
    this.#surroundings = surroundings;
    this.#advertiser = new Advertiser(surroundings);
    this.#since = this.#wallClock();
  }

  get name(): string {
    return this.#config.name;
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

  get role(): Role {
    return roleOf(this.#state);
  }

  /** Starts to take part. */
  start(nowMicros: number): void {
    this.#step({ kind: "startup" }, nowMicros);
  }

  /** Stops taking part; a master hands over first. */
  shutdown(nowMicros: number): void {
    this.#step({ kind: "shutdown" }, nowMicros);
  }

  /** Takes notice of whether this virtual router can be heard. */
  setLink(up: boolean, nowMicros: number): void {
    if (up === this.#linkUp) return;
    this.#linkUp = up;
    this.#step({ kind: up ? "link-up" : "link-down" }, nowMicros);
  }

  /** An advertisement for this virtual router, checked. */
  receive(from: string, advertisement: VrrpAdvertisement, nowMicros: number): void {
    this.#received += 1;
    this.#hearing.note(from, advertisement.priority, nowMicros);
    this.#step({ kind: "advertisement", from, advertisement }, nowMicros);
  }

  /** Lets the election act if its time has come. */
  tick(nowMicros: number): void {
    const deadline = deadlineOf(this.#state);
    if (deadline !== undefined && deadline <= nowMicros) this.#step({ kind: "tick" }, nowMicros);
  }

  /**
   * Gives it another configuration. The node must have the addresses of the new one held between this and `reelect`,
   * as the election's contract asks.
   * @returns whether anything is different.
   */
  reconfigure(config: VirtualRouterConfig): boolean {
    if (isDeepStrictEqual(config, this.#config)) return false;
    this.#hearing.keepOnly(config.peers);
    this.#config = config;
    return true;
  }

  /** Lets the election know the configuration that `reconfigure` brought. */
  reelect(nowMicros: number): void {
    this.#step({ kind: "reconfigure", config: vrrpRouterConfig(this.#config) }, nowMicros);
  }

  /** The addresses that have to be on the interface: all of them while holding, none otherwise. */
  wanted(links: readonly Link[]): WantedAddress[] {
    return this.#holding ? this.#places(links) : [];
  }

  /** Starts to announce anew, e.g. because an address had to be put back. */
  announceAgain(nowMicros: number): void {
    if (this.#holding) this.#announcement = startAnnouncing(this.#config.announcement, nowMicros);
  }

  /** The addresses to announce now; each call counts as one announcement made. */
  takeAnnouncement(nowMicros: number): readonly string[] {
    if (!isAnnouncementDue(this.#announcement, nowMicros)) return [];
    this.#announcement = afterAnnouncement(this.#announcement, this.#config.announcement, nowMicros);
    return this.#config.addresses.map((text) => parseAddress(text).address);
  }

  /** When this virtual router wants a tick. */
  deadline(): number | undefined {
    const election = deadlineOf(this.#state);
    const announcement = announcementDeadline(this.#announcement);
    if (election === undefined || announcement === undefined) return election ?? announcement;
    return Math.min(election, announcement);
  }

  status(links: readonly Link[], nowMicros: number): VirtualRouterStatus {
    const { name, protocol, virtualRouterId, priority, addresses, peers } = this.#config;
    const places = this.#places(links);
    return {
      name,
      protocol,
      virtualRouterId,
      role: this.role,
      since: this.#since,
      priority,
      masterAddress: explain(this.#state).masterAddress ?? null,
      lastTransition: this.#transitions.at(-1) ?? null,
      transitions: this.#transitions,
      peers: this.#hearing.status(peers, nowMicros),
      addresses,
      held: places.length > 0 && places.every((place) => isHeld(place, links)),
      counters: { ...this.#advertiser.counters(), received: this.#received, dropped: this.dropped.counts() },
    };
  }

  standing(): VirtualRouterStanding {
    const { name, virtualRouterId, sourceAddress, peers, addresses, advertisementInterval } = this.#config;
    const advertisementIntervalMicros = advertisementInterval;
    return { name, virtualRouterId, role: this.role, sourceAddress, peers, addresses, advertisementIntervalMicros };
  }

  /** Where the addresses belong: on the link that has the own address. */
  #places(links: readonly Link[]): WantedAddress[] {
    const link = linkOf(this.#config.sourceAddress, links);
    if (link === undefined) return [];
    return this.#config.addresses.map((text) => ({ linkIndex: link.index, ...parseAddress(text) }));
  }

  #step(event: VrrpRouterEvent, nowMicros: number): void {
    const { state, outputs } = stepVrrpRouter(this.#state, event, nowMicros);
    this.#state = state;
    for (const output of outputs) this.#carryOut(output, nowMicros);
  }

  #carryOut(output: Output<VrrpAdvertisement>, nowMicros: number): void {
    switch (output.kind) {
      case "send":
        this.#advertiser.send(output.advertisement, this.#config, nowMicros);
        return;
      case "acquire":
        this.#holding = true;
        this.#surroundings.changed();
        this.announceAgain(nowMicros);
        return;
      case "announce":
        this.announceAgain(nowMicros);
        return;
      case "release":
        this.#holding = false;
        this.#surroundings.changed();
        this.#announcement = SILENT;
        return;
      case "transition": {
        const { from, to, reason } = output;
        const transition = { from, to, reason, at: this.#wallClock() };
        this.#since = transition.at;
        this.#transitions = [...this.#transitions, transition].slice(-REMEMBERED_TRANSITIONS);
        this.#surroundings.report({ kind: "transition", virtualRouter: this.name, ...transition });
        this.#surroundings.changed();
        return;
      }
      case "notice": {
        const { notice, from } = output;
        this.#surroundings.warn(
          `${this.name} ${notice} ${from}`,
          notice,
          { virtualRouter: this.name, from },
          nowMicros,
        );
        return;
      }
    }
  }

  #wallClock(): string {
    return new Date(this.#surroundings.wallClockMs()).toISOString();
  }
}
