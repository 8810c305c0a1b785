/** Looks again and again on an absolute schedule, one look at a time, each within its timeout. */

import { nextOnSchedule } from "../election/timers.ts";
import { monotonicMicros } from "../linux/system/clock.ts";
import { messageOf } from "../logging/messageOf.ts";
import type { Probe } from "./probe.ts";

const MICROS_PER_MS = 1_000;

export interface PollingSettings {
  readonly everyMicros: number;
  readonly timeoutMicros: number;
  /** How much later than the first look the schedule begins, so that many checks do not look at the same moments. */
  readonly spreadMicros: number;
}

/** What is looked at, and who is told. */
export interface PollingOf<Found> {
  readonly look: Probe<Found>;
  /** What is found where a look found nothing, for this reason: it took too long, or failed. */
  readonly nothing: (reason: string) => Found;
  /** Takes what was found, and how long it took. */
  readonly take: (found: Found, tookMicros: number) => void;
}

export class Polling<Found> {
  readonly #of: PollingOf<Found>;
  readonly #settings: PollingSettings;
  #dueMicros = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The look that has not gone yet. */
  #running: AbortController | undefined;
  #stopped = false;

  constructor(of: PollingOf<Found>, settings: PollingSettings) {
    this.#of = of;
    this.#settings = settings;
  }

  /** Looks at once, and then by its schedule. */
  start(): void {
    this.#dueMicros = monotonicMicros() + this.#settings.spreadMicros;
    this.#beginLook();
    this.#schedule();
  }

  /** Looks no more; what is under way is ended and not heard. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#running?.abort();
  }

  #schedule(): void {
    const nowMicros = monotonicMicros();
    this.#dueMicros = nextOnSchedule(this.#dueMicros, this.#settings.everyMicros, nowMicros);
    // A timer drops the fraction of its milliseconds: rounded up, no look is early.
    const waitMs = Math.ceil((this.#dueMicros - nowMicros) / MICROS_PER_MS);
    this.#timer = setTimeout(() => {
      this.#beginLook();
      this.#schedule();
    }, waitMs);
  }

  #beginLook(): void {
    const { look, nothing, take } = this.#of;
    if (this.#running !== undefined) {
      take(nothing("the look before has not ended yet, so there is no other"), 0);
      return;
    }
    const controller = new AbortController();
    this.#running = controller;
    const startedMicros = monotonicMicros();
    let isOpen = true;
    const found = (result: Found): void => {
      if (!isOpen || this.#stopped) return;
      isOpen = false;
      take(result, monotonicMicros() - startedMicros);
    };
    const timeoutMs = this.#settings.timeoutMicros / MICROS_PER_MS;
    const timeUp = setTimeout(() => {
      // A process that stood still finds its timers due and its answers waiting: those that wait come first.
      setImmediate(() => {
        found(nothing(`no result within ${timeoutMs} ms`));
        controller.abort();
      });
    }, timeoutMs);
    const { result, gone } = look(controller.signal);
    result.then(found, (error: unknown) => {
      found(nothing(messageOf(error)));
    });
    void gone.then(() => {
      clearTimeout(timeUp);
      this.#running = undefined;
    });
  }
}
