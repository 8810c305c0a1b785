/** How long ago something went wrong, or somebody worked on the group: what must hold in peace is judged by that. */
import type { Agenda } from "./agenda.ts";

export class Calm {
  readonly #agenda: Agenda;
  #faultMicros = 0;
  #workMicros = 0;
  #unsettled = 0;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** Something went wrong just now, or ended. */
  disturb(): void {
    this.#faultMicros = this.#agenda.nowMicros;
  }

  /** Somebody works on the group as he may. */
  planned(): void {
    this.#workMicros = this.#agenda.nowMicros;
  }

  /** Something goes wrong all the time. @returns what ends it */
  unsettle(): () => void {
    this.#unsettled += 1;
    return () => {
      this.#unsettled -= 1;
      this.disturb();
    };
  }

  /** Since the last fault. */
  get peaceMicros(): number {
    return this.#unsettled > 0 ? 0 : this.#agenda.nowMicros - this.#faultMicros;
  }

  /** Since the last fault or work. */
  get quietMicros(): number {
    return Math.min(this.peaceMicros, this.#agenda.nowMicros - this.#workMicros);
  }
}
