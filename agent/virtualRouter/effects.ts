/** Carries out what a virtual router's election decided: sends, takes and releases its addresses, tells of its roles. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { FlightRecorder } from "../participant/flightRecorder.ts";
import type { Action } from "../participant/participant.ts";
import { SendTroubles } from "../participant/sendFailures.ts";
import { Advertiser, type AdvertiserDependencies } from "./advertiser.ts";
import { Ownership } from "./ownership.ts";
import type { Report } from "./report.ts";
import { RoleHistory } from "./roleHistory.ts";

/** What a virtual router needs of its node. */
export interface Dependencies<Router> extends AdvertiserDependencies {
  /** Wall-clock time in milliseconds since 1970. */
  wallClockMs(): number;
  randomOctets(length: number): Uint8Array;
  readonly report: Report;
  readonly recorder: FlightRecorder;
  /** Hears that the role changed, or what is to be held: the node has to look at its interfaces. */
  readonly changed: (router: Router) => void;
}

/** What hears of effects that concern more than this virtual router's own packets. */
interface Ears {
  /** The role changed, or other addresses have to be on the interfaces. */
  changed(): void;
  /** Sending fails for long, or works again: the demotion for it is another one. */
  demoted(nowMicros: number): void;
}

const MICROS_PER_MS = 1_000;

export class Effects {
  readonly advertiser: Advertiser;
  readonly ownership: Ownership;
  readonly history: RoleHistory;
  readonly #failures = new SendTroubles();
  readonly #dependencies: Omit<Dependencies<never>, "changed">;
  readonly #ears: Ears;

  constructor(dependencies: Omit<Dependencies<never>, "changed">, ears: Ears) {
    this.#dependencies = dependencies;
    this.#ears = ears;
    this.advertiser = new Advertiser(dependencies);
    this.ownership = new Ownership(dependencies.report, () => {
      ears.changed();
    });
    this.history = new RoleHistory(this.#wallClock());
  }

  /** What failing to send adds to the demotion now. */
  demotion(config: VirtualRouterConfig): number {
    return this.#failures.demotion(config);
  }

  run(action: Action, config: VirtualRouterConfig, nowMicros: number): void {
    switch (action.kind) {
      case "send": {
        const hasLeft = this.advertiser.send(action.messageFor, config, nowMicros);
        if (this.#failures.note(hasLeft, config)) this.#ears.demoted(nowMicros);
        return;
      }
      case "solicit": {
        // A dead one may be out of reach: that says nothing about this node's own sending.
        const toOne = { ...config, multicast: false, peers: [action.to] };
        this.advertiser.send(action.messageFor, toOne, nowMicros);
        return;
      }
      case "acquire":
        this.ownership.acquire(config, nowMicros);
        return;
      case "announce":
        this.ownership.addresses.announceAgain(config, nowMicros);
        return;
      case "release":
        this.ownership.release();
        return;
      case "transition":
        if (action.to === "resigning" || action.to === "resuming") this.ownership.keep();
        this.#noteTransition(action, config, nowMicros);
        return;
      case "notice": {
        const { notice, from } = action;
        const fields = { virtualRouter: config.name, from };
        this.#dependencies.warn(`${config.name} ${notice} ${from}`, notice, fields, nowMicros);
        return;
      }
    }
  }

  /** What the wall clock shows at a time of the monotonic one, ISO 8601 in UTC; null for no time. */
  clockAt(atMicros: number | undefined, nowMicros: number): string | null {
    return atMicros === undefined ? null : this.#wallClock((atMicros - nowMicros) / MICROS_PER_MS);
  }

  #wallClock(inMs = 0): string {
    return new Date(this.#dependencies.wallClockMs() + inMs).toISOString();
  }

  #noteTransition(
    action: Extract<Action, { kind: "transition" }>,
    { name }: VirtualRouterConfig,
    nowMicros: number,
  ): void {
    const noted = this.history.note(action, this.#wallClock(), nowMicros);
    this.#dependencies.report({ kind: "transition", virtualRouter: name, ...noted });
    this.#ears.changed();
  }
}
