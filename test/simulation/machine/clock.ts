/** The clocks of one machine: a monotonic one that drifts and may stand still while the machine does, and one for people that may be set. */
import type { Agenda } from "./agenda.ts";

const EPOCH_MS = Date.parse("2026-11-21T00:00:00.000Z");
const MICROS_PER_MS = 1_000;

export class MachineClock {
  readonly #agenda: Agenda;
  readonly #rate: number;
  /** What the monotonic clock showed at a moment of the agenda. */
  #shown: number;
  #thenMicros = 0;
  #isStanding = false;
  #wallOffsetMs = 0;

  /** @param rate microseconds that it counts in one of the agenda's; @param shown what it shows now */
  constructor(agenda: Agenda, rate: number, shown: number) {
    this.#agenda = agenda;
    this.#rate = rate;
    this.#shown = shown;
    this.#thenMicros = agenda.nowMicros;
  }

  /** Monotonic microseconds. */
  get micros(): number {
    if (this.#isStanding) return this.#shown;
    return Math.floor(this.#shown + (this.#agenda.nowMicros - this.#thenMicros) * this.#rate);
  }

  /** Milliseconds since 1970: time servers keep it right, unless somebody sets it. */
  get wallMs(): number {
    return EPOCH_MS + this.#wallOffsetMs + Math.floor(this.#agenda.nowMicros / MICROS_PER_MS);
  }

  /** When it will show so many: never before they are full. */
  whenMicros(micros: number): number {
    if (this.#isStanding) return Infinity;
    return this.#thenMicros + Math.ceil((micros - this.#shown) / this.#rate) + 1;
  }

  stand(): void {
    this.#shown = this.micros;
    this.#isStanding = true;
  }

  go(): void {
    this.#thenMicros = this.#isStanding ? this.#agenda.nowMicros : this.#thenMicros;
    this.#isStanding = false;
  }

  /** Somebody sets the wall clock. */
  step(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
