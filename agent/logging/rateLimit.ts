/** Keeps what a network can trigger at will from filling the log: one line of a kind a minute, and how many were left out. */

import type { LogFields, LogLevel, WriteLogLine } from "./logLine.ts";

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

/** Writes lines of a log, warnings of one kind at most once a minute. */
export class LimitedLog {
  readonly #limit = new LogLimit();
  readonly #write: WriteLogLine;

  constructor(write: WriteLogLine) {
    this.#write = write;
  }

  line(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#write({ kind: "log", level, message, fields });
  }

  warn(kind: string, message: string, fields: LogFields, nowMicros: number): void {
    const suppressed = this.#limit.admit(kind, nowMicros);
    if (suppressed !== undefined) this.line("warn", message, suppressed > 0 ? { ...fields, suppressed } : fields);
  }
}
