/** What a virtual router counts since the agent started, but for what it sends and the changes of its role. */

import { Counter } from "../logging/counter.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";
import type { Counters } from "./status.ts";

export class Counting {
  /** By reason, what came and did not reach the election. */
  readonly dropped = new Counter();
  readonly #checksums = new Counter();
  #received = 0;
  #repairs = 0;

  /** An advertisement reached the election. */
  received(received: Received<ProtocolEndpoint>): void {
    this.#received += 1;
    if (received.protocol === "vrrp") this.#checksums.count(received.checksum);
  }

  /** Somebody removed an address, and it was put back. @returns how often that was so. */
  repaired(): number {
    this.#repairs += 1;
    return this.#repairs;
  }

  status(): Pick<Counters, "received" | "repairs" | "checksums" | "dropped"> {
    return {
      received: this.#received,
      repairs: this.#repairs,
      checksums: this.#checksums.counts(),
      dropped: this.dropped.counts(),
    };
  }
}
