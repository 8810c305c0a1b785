/** Whom a virtual router has heard, when, and how good a master they claim to be. */
import { type AdvertisedPreference, priorityOf } from "../participant/participant.ts";
import type { PeerStatus } from "./status.ts";

interface Heard {
  readonly atMicros: number;
  readonly claim: AdvertisedPreference;
}

const MICROS_PER_MS = 1_000;
/** With multicast anybody on the segment may speak; so many are remembered, those heard last. */
const MAX_HEARD = 512;

export class HeardPeers {
  readonly #heard = new Map<string, Heard>();

  #lastMicros = -Infinity;

  /** When anybody was heard last, in monotonic microseconds; before everything else: nobody yet. */
  get lastMicros(): number {
    return this.#lastMicros;
  }

  /** An advertisement came. */
  note(from: string, claim: AdvertisedPreference, nowMicros: number): void {
    this.#lastMicros = nowMicros;
    // Set anew, so that the map is in the order of hearing.
    this.#heard.delete(from);
    this.#heard.set(from, { atMicros: nowMicros, claim });
    const [oldest] = this.#heard.keys();
    if (oldest !== undefined && this.#heard.size > MAX_HEARD) this.#heard.delete(oldest);
  }

  /** Forgets everybody who is no peer any more; without peers everybody may stay. */
  keepOnly(peers: readonly string[]): void {
    if (peers.length === 0) return;
    for (const address of this.#heard.keys()) if (!peers.includes(address)) this.#heard.delete(address);
  }

  /** The peers in their order, then others that were heard. */
  status(peers: readonly string[], nowMicros: number): PeerStatus[] {
    const strangers = [...this.#heard.keys()].filter((address) => !peers.includes(address)).sort();
    return [...peers, ...strangers].map((address) => {
      const heard = this.#heard.get(address);
      if (heard === undefined) return { address, lastHeardAgoMs: null, priority: null, claim: null };
      const lastHeardAgoMs = Math.round((nowMicros - heard.atMicros) / MICROS_PER_MS);
      return { address, lastHeardAgoMs, priority: priorityOf(heard.claim), claim: heard.claim };
    });
  }
}
