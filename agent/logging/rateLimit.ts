/** Keeps what a network can trigger at will from filling the log: one line of a kind a minute, and how many were left out. */

const WINDOW_MICROS = 60_000_000;

interface Window {
  readonly untilMicros: number;
  suppressed: number;
}

/** Keys come from closed lists (names, reasons, configured addresses), so there is a bound to how many there are. */
export class LogLimit {
  readonly #windows = new Map<string, Window>();

  /**
   * Whether a line of this kind may be written now.
   * @returns how many were left out since the last one; undefined: leave this one out too.
   */
  admit(key: string, nowMicros: number): number | undefined {
    const window = this.#windows.get(key);
    if (window !== undefined && nowMicros < window.untilMicros) {
      window.suppressed += 1;
      return undefined;
    }
    this.#windows.set(key, { untilMicros: nowMicros + WINDOW_MICROS, suppressed: 0 });
    return window?.suppressed ?? 0;
  }
}
