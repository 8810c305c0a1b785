/** What is to happen and when, on one virtual clock: a heap, in which what is due at one moment keeps its order. */

interface Entry {
  readonly atMicros: number;
  readonly order: number;
  readonly run: () => void;
}

/** More at once than any group needs: something makes work without end (L2). */
const MOST_ENTRIES = 100_000;
/** So many at one moment mean that somebody wants to be woken for something that he does not do then. */
const MOST_AT_ONE_MOMENT = 20_000;

export class Agenda {
  nowMicros = 0;
  /** Entries that were carried out. */
  count = 0;
  #order = 0;
  #atThisMoment = 0;
  readonly #heap: Entry[] = [];

  /** Not earlier than now. */
  at(atMicros: number, run: () => void): void {
    if (this.#heap.length >= MOST_ENTRIES) throw new Error(`L2: the agenda grows without end at ${this.nowMicros} µs`);
    this.#push({ atMicros: Math.max(atMicros, this.nowMicros), order: this.#order++, run });
  }

  in(micros: number, run: () => void): void {
    this.at(this.nowMicros + micros, run);
  }

  /** Carries out what is due until then. @param after called after each entry; says whether to go on */
  runUntil(endMicros: number, after: () => boolean): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMicros > endMicros) break;
      this.#pop();
      this.#atThisMoment = next.atMicros > this.nowMicros ? 0 : this.#atThisMoment + 1;
      if (this.#atThisMoment > MOST_AT_ONE_MOMENT) throw new Error(`somebody spins at ${this.nowMicros} µs`);
      this.nowMicros = next.atMicros;
      this.count += 1;
      next.run();
      if (!after()) return;
    }
    this.nowMicros = endMicros;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (isBefore(last, least)) break;
      heap[place] = least;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMicros < b.atMicros || (a.atMicros === b.atMicros && a.order < b.order);
}
