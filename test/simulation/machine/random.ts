/** Chance from a seed: the same numbers from the same seed on every machine (Doty-Humphrey's sfc32). */

const WARM_UP_ROUNDS = 15;
const RANGE = 2 ** 32;

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param stream tells apart what is drawn for different ends, so that one more draw here changes nothing there. */
  constructor(seed: number, stream = "") {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / RANGE) >>> 0;
    this.#c = hashOf(stream);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#next();
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.#next() / RANGE;
  }

  /** A whole number from 0 to below a bound. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("there is nothing to pick from");
    return item;
  }

  /** Of several orders of magnitude each as often as the others. */
  magnitude(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.unit());
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.unit() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  return (
    new TextEncoder().encode(text).reduce((hash, octet) => Math.imul(hash ^ octet, 16_777_619), 2_166_136_261) >>> 0
  );
}
