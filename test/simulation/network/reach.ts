/** Who can send to whom on one network, and how well: cuts one way and both, loss, copies, delays. Several may last at once. */
import type { Random } from "../machine/random.ts";

/** What befalls datagrams while it lasts. */
export interface Weather {
  /** Of those lost, 0..1. */
  readonly loss: number;
  /** Of those that come twice, 0..1. */
  readonly copies: number;
  /** The most that is added to a way, at random: what is sent later may arrive sooner. */
  readonly jitterMicros: number;
}

const FAIR: Weather = { loss: 0, copies: 0, jitterMicros: 0 };
const SHORTEST_WAY_MICROS = 80;
const WAY_SPREAD_MICROS = 240;

export class Reach {
  readonly #random: Random;
  /** How many cuts there are on a way, by its ends. */
  readonly #cuts = new Map<string, number>();
  readonly #weathers = new Set<Weather>();
  #worst = FAIR;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether every way is as good as it can be. */
  get isFair(): boolean {
    return this.#weathers.size === 0;
  }

  /** Whether nothing is cut. */
  get isWhole(): boolean {
    return this.#cuts.size === 0;
  }

  passes(from: string, to: string): boolean {
    return this.#cuts.size === 0 || !this.#cuts.has(`${from}>${to}`);
  }

  /** Cuts ways. @returns what mends them */
  cut(ways: readonly (readonly [from: string, to: string])[]): () => void {
    const names = ways.map(([from, to]) => `${from}>${to}`);
    for (const name of names) this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1);
    return () => {
      for (const name of names) {
        const left = (this.#cuts.get(name) ?? 0) - 1;
        if (left > 0) this.#cuts.set(name, left);
        else this.#cuts.delete(name);
      }
    };
  }

  /** Makes the weather worse. @returns what ends that */
  worsen(weather: Weather): () => void {
    this.#weathers.add(weather);
    this.#judge();
    return () => {
      this.#weathers.delete(weather);
      this.#judge();
    };
  }

  /** How long each copy of a datagram is under way; none: it is lost. */
  waysMicros(from: string, to: string): number[] {
    const { loss, copies, jitterMicros } = this.#worst;
    if (!this.passes(from, to)) return [];
    if (this.#weathers.size === 0) return [this.#wayMicros(0)];
    if (this.#random.chance(loss)) return [];
    const first = this.#wayMicros(jitterMicros);
    return this.#random.chance(copies) ? [first, this.#wayMicros(jitterMicros)] : [first];
  }

  #wayMicros(jitterMicros: number): number {
    return SHORTEST_WAY_MICROS + this.#random.below(WAY_SPREAD_MICROS + jitterMicros);
  }

  #judge(): void {
    const all = [...this.#weathers];
    const worst = (of: (weather: Weather) => number): number => Math.max(0, ...all.map(of));
    this.#worst = {
      loss: worst(({ loss }) => loss),
      copies: worst(({ copies }) => copies),
      jitterMicros: worst(({ jitterMicros }) => jitterMicros),
    };
  }
}
