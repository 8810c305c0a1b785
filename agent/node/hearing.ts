/** Whom a virtual router has heard, when, and with which priority. */
import type { PeerStatus } from "./status.ts";

interface Heard {
  readonly atMicros: number;
  readonly priority: number;
}

const MICROS_PER_MS = 1_000;

export class Hearing {
  readonly #heard = new Map<string, Heard>();

  /** An advertisement came. */
  note(from: string, priority: number, nowMicros: number): void {
    this.#heard.set(from, { atMicros: nowMicros, priority });
  }

  /** Forgets everybody who is no peer any more. */
  keepOnly(peers: readonly string[]): void {
    for (const address of this.#heard.keys()) if (!peers.includes(address)) this.#heard.delete(address);
  }

  status(peers: readonly string[], nowMicros: number): PeerStatus[] {
    return peers.map((address) => {
      const heard = this.#heard.get(address);
      if (heard === undefined) return { address, lastHeardAgoMs: null, priority: null };
      const lastHeardAgoMs = Math.round((nowMicros - heard.atMicros) / MICROS_PER_MS);
      return { address, lastHeardAgoMs, priority: heard.priority };
    });
  }
}
