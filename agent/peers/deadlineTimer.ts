/** A timer at a time of the monotonic clock that says how late it rang: how long this process was stalled, if it was. */

const MICROS_PER_MS = 1_000;
/** The longest that setTimeout takes. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class DeadlineTimer {
  readonly #clock: () => number;
  readonly #ring: (lateMicros: number) => void;
  #atMicros = Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param clock monotonic microseconds */
  constructor(clock: () => number, ring: (lateMicros: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** When it rings; Infinity: not at all. */
  get atMicros(): number {
    return this.#atMicros;
  }

  /** Rings then, once, and no more at the time set before. Infinity: not at all. */
  set(atMicros: number): void {
    clearTimeout(this.#timer);
    this.#atMicros = atMicros;
    if (atMicros === Infinity) return;
    const waitMs = Math.ceil((atMicros - this.#clock()) / MICROS_PER_MS);
    this.#timer = setTimeout(
      () => {
        const lateMicros = this.#clock() - atMicros;
        // Node's timers go by milliseconds of their own and may be early.
        if (lateMicros < 0) {
          this.set(atMicros);
          return;
        }
        this.#atMicros = Infinity;
        this.#ring(lateMicros);
      },
      Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS),
    );
  }
}
