/**
 * Lines of text as octets outside of the garbage-collected heap, used again and again: a recorder that runs for months
 * and forgets as much as it notes leaves nothing to collect.
 *
 *   | line \n line \n line \n | free            |
 *   0                     octets        capacity, doubled when a line needs it
 */
export class LineBuffer {
  #memory: Buffer;
  #octets = 0;

  /** @param capacity octets to begin with */
  constructor(capacity: number) {
    this.#memory = Buffer.allocUnsafeSlow(capacity);
  }

  /** Of the lines, their ends included. */
  get octets(): number {
    return this.#octets;
  }

  /** @param line without an end of line in it */
  append(line: string): void {
    const needed = this.#octets + Buffer.byteLength(line) + 1;
    if (needed > this.#memory.length) this.#grow(needed);
    this.#octets += this.#memory.write(`${line}\n`, this.#octets);
  }

  lines(): string[] {
    return this.#memory.toString("utf8", 0, this.#octets).split("\n").slice(0, -1);
  }

  clear(): void {
    this.#octets = 0;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length));
    this.#memory.copy(larger, 0, 0, this.#octets);
    this.#memory = larger;
  }
}
