/**
 * How many requests may be made: OVH means one credential to make 60 a minute at most, and all nodes of a group share
 * one, so each keeps to its part. A sliding window, with no clock of its own.
 */

const MINUTE_MS = 60_000;

export class RequestBudget {
  readonly #perMinute: number;
  /** When those of the last minute were made, oldest first. */
  #made: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes one request if there is one left. @returns 0, or in how many milliseconds there will be. */
  take(nowMs: number): number {
    this.#made = this.#made.filter((atMs) => atMs > nowMs - MINUTE_MS);
    const [oldest] = this.#made;
    if (oldest !== undefined && this.#made.length >= this.#perMinute) return oldest + MINUTE_MS - nowMs;
    this.#made.push(nowMs);
    return 0;
  }
}
