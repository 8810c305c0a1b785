/** Counts by reason. Reasons come from closed lists, so a tally stays small. */
export class Counter {
  readonly #counts = new Map<string, number>();

  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** The counts so far, as a plain object. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
