/**
 * No path to a peer is left, and it may live all the same: how long it has to be back before it is lost.
 *
 * A process that was stalled for longer than its peers put up with was given up by them, and finds only connections
 * that they closed, or that are silent for good. That is its own fault and no news of anybody, until a peer answers to
 * something that was said since. Times are microseconds of a monotonic clock.
 */

/** How the last path ended. `dismissed`: the peer said that it goes on. */
export type Ended = "closed" | "silent" | "dismissed";

/** So long a peer has to connect again: a call that the stall cut short, the longest pause after it, another call. */
const RECONNECTION_MICROS = 4_000_000;

export class ReconnectGrace {
  #untilMicros = Infinity;
  #ended: Ended = "dismissed";
  #stalledAtMicros = Infinity;
  #excusedUntilMicros = -Infinity;

  /** When it is over and the peer is lost; Infinity: a path is up, or the peer is not expected. */
  get untilMicros(): number {
    return this.#untilMicros;
  }

  /** How it began; undefined: a path is up, or the peer is not expected. */
  get ended(): Ended | undefined {
    return this.#untilMicros === Infinity ? undefined : this.#ended;
  }

  /** From now on, until then; longer after a stall. */
  begin(ended: Ended, untilMicros: number): void {
    this.#ended = ended;
    this.#untilMicros = Math.max(untilMicros, this.#excusedUntilMicros);
  }

  /** The peer is back, or nobody expects it any more. */
  end(): void {
    this.#untilMicros = Infinity;
    this.#stalledAtMicros = Infinity;
    this.#excusedUntilMicros = -Infinity;
  }

  /** This process wakes up so late. @param toleratedMicros what its peers put up with */
  excuse(lateMicros: number, toleratedMicros: number, nowMicros: number): void {
    this.#untilMicros += lateMicros;
    if (lateMicros < toleratedMicros) return;
    this.#stalledAtMicros = nowMicros;
    this.#excusedUntilMicros = nowMicros + RECONNECTION_MICROS;
  }

  /** Whether paths may be down because of this process. */
  isExcused(nowMicros: number): boolean {
    return nowMicros < this.#excusedUntilMicros;
  }

  /** The peer answered what was said at that time. */
  answered(saidMicros: number): void {
    if (saidMicros >= this.#stalledAtMicros) this.#excusedUntilMicros = -Infinity;
  }
}
