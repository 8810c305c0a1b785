/** What the operating system refused: logged once for as long as it lasts, and due to be tried again every second. */
import type { WriteLogLine } from "../logging/logLine.ts";

const RETRY_MICROS = 1_000_000;

interface Scope {
  /** The errno by what was tried, such as `add 10.25.0.10/32 on eth0`. */
  readonly refused: ReadonlyMap<string, string>;
  readonly retryAtMicros: number;
}

export class FailedOperations {
  readonly #log: WriteLogLine;
  readonly #scopes = new Map<string, Scope>();

  constructor(log: WriteLogLine) {
    this.#log = log;
  }

  /** Notes all that is refused now in one field of work; what was before and is not any more is forgotten. */
  replace(scope: string, refused: ReadonlyMap<string, string>, nowMicros: number): void {
    const known = this.#scopes.get(scope);
    for (const [attempt, error] of refused) {
      if (known?.refused.get(attempt) === error) continue;
      this.#log({ kind: "log", level: "error", message: `cannot ${attempt}`, fields: { error } });
    }
    if (refused.size === 0) {
      this.#scopes.delete(scope);
      return;
    }
    // What was refused before was not tried again by what happened to others.
    const isWaiting = known !== undefined && known.retryAtMicros > nowMicros;
    const retryAtMicros = isWaiting ? known.retryAtMicros : nowMicros + RETRY_MICROS;
    this.#scopes.set(scope, { refused, retryAtMicros });
  }

  /** When to try again; undefined when nothing is refused. */
  deadline(): number | undefined {
    if (this.#scopes.size === 0) return undefined;
    return Math.min(...Array.from(this.#scopes.values(), ({ retryAtMicros }) => retryAtMicros));
  }
}
