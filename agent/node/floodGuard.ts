/**
 * When packets that nobody here has a use for come faster than they can be looked at one by one without harm to the
 * machine's other work: a bucket of tokens, one for each. While it is empty the sockets hear the configured senders
 * alone; after a while everybody is heard again, so that what is dropped is counted and told of as long as it is little.
 */

/** A segment's noise, or some neighbours with another configuration, stay far below. */
const TOKENS_PER_SECOND = 5_000;
const BURST = 10_000;
const CLOSED_MICROS = 10_000_000;
const MICROS_PER_SECOND = 1_000_000;

export class FloodGuard {
  #tokens = BURST;
  #countedAtMicros = 0;
  #closedUntilMicros: number | undefined;

  /** Whether only the configured senders are to be heard. */
  get isClosed(): boolean {
    return this.#closedUntilMicros !== undefined;
  }

  /** When everybody is to be heard again; undefined while everybody is. */
  deadline(): number | undefined {
    return this.#closedUntilMicros;
  }

  /** A packet was refused. @returns whether that was one too many: only the configured senders from now on. */
  refuse(nowMicros: number): boolean {
    const gained = ((nowMicros - this.#countedAtMicros) * TOKENS_PER_SECOND) / MICROS_PER_SECOND;
    this.#tokens = Math.min(BURST, this.#tokens + gained) - 1;
    this.#countedAtMicros = nowMicros;
    if (this.#tokens >= 0 || this.isClosed) return false;
    this.#closedUntilMicros = nowMicros + CLOSED_MICROS;
    return true;
  }

  /** @returns whether the time is over: everybody from now on. */
  reopen(nowMicros: number): boolean {
    if (this.#closedUntilMicros === undefined || nowMicros < this.#closedUntilMicros) return false;
    this.#closedUntilMicros = undefined;
    this.#tokens = BURST;
    this.#countedAtMicros = nowMicros;
    return true;
  }
}
