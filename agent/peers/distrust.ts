/**
 * Connections that were closed without a goodbye by nobody who died: a forged reset, a firewall, a NAT that forgot.
 *
 * A closed connection makes the elections ask for the peer's masters at once. Where it was wrong again and again, it is
 * believed no longer, and only silence tells that the peer is gone. Time is an argument, in microseconds.
 */

/** So many of them within the window are no accident. */
const BELIEVED = 3;
const WINDOW_MICROS = 60_000_000;

export class Distrust {
  /** When the latest of them were disproved. */
  #recent: readonly number[] = [];
  #count = 0;

  /** Since the start. */
  get count(): number {
    return this.#count;
  }

  /** The peer is back: the process that had the connection lives. @returns whether closings are believed no longer from now on */
  disprove(nowMicros: number): boolean {
    const before = this.believes(nowMicros);
    this.#count += 1;
    this.#recent = [...this.#recent, nowMicros].slice(-BELIEVED);
    return before && !this.believes(nowMicros);
  }

  /** Whether a closed connection is worth a question to the masters of that peer. */
  believes(nowMicros: number): boolean {
    const [oldest = -Infinity] = this.#recent;
    return this.#recent.length < BELIEVED || nowMicros - oldest >= WINDOW_MICROS;
  }
}
