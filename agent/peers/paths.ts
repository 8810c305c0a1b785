/** All the paths to one peer, taken together. */
import type { Connection } from "./connections/connection.ts";
import type { Pace } from "./detector.ts";
import { Path } from "./path.ts";
import type { Message } from "./protocol/message.ts";

export class Paths {
  readonly #paths: Map<number, Path>;

  constructor(addresses: readonly string[]) {
    this.#paths = new Map(addresses.map((address, index) => [index, new Path(address)]));
  }

  /** The path of this number; one that the configuration does not know is added, with the address it came from. */
  at(index: number, address: string): Path {
    const known = this.#paths.get(index);
    if (known !== undefined) return known;
    const path = new Path(address);
    this.#paths.set(index, path);
    return path;
  }

  of(connection: Connection): Path | undefined {
    return this.#all().find((path) => path.is(connection));
  }

  /** Whether any of them was heard as lately as one that runs is. */
  someBeats(pace: Pace, nowMicros: number): boolean {
    return this.#all().some((path) => path.beats(pace, nowMicros));
  }

  /** Whether the path of this number is. */
  beatsAt(index: number, pace: Pace, nowMicros: number): boolean {
    return this.#paths.get(index)?.beats(pace, nowMicros) ?? false;
  }

  get up(): boolean {
    return this.#all().some((path) => path.up);
  }

  send(message: Message): void {
    for (const path of this.#all()) path.send(message);
  }

  beat(nowMicros: number): void {
    for (const path of this.#all()) path.beat(nowMicros);
  }

  forget(): void {
    for (const path of this.#all()) path.forget();
  }

  excuse(pace: Pace, lateMicros: number, nowMicros: number): void {
    for (const path of this.#all()) path.excuse(pace, lateMicros, nowMicros);
  }

  /** Those that are silent by this time. */
  silent(pace: Pace, nowMicros: number): readonly Path[] {
    return this.#all().filter((path) => (path.silentAtMicros(pace) ?? Infinity) <= nowMicros);
  }

  /** When the first path is silent, if nothing is heard until then; Infinity: none is up. */
  silentAtMicros(pace: Pace): number {
    return Math.min(...this.#all().map((path) => path.silentAtMicros(pace) ?? Infinity));
  }

  /** So much silence makes the peer lost: every path that is up has to be silent. */
  limitMicros(pace: Pace): number {
    const up = this.#all().filter((path) => path.up);
    return Math.max(...(up.length === 0 ? this.#all() : up).map((path) => path.limitMicros(pace)));
  }

  /** When something was heard last, on any path; undefined: never. */
  get heardMicros(): number | undefined {
    const latest = Math.max(...this.#all().map(({ heardMicros = -Infinity }) => heardMicros));
    return latest === -Infinity ? undefined : latest;
  }

  /** Of the quickest path. */
  get roundTripMicros(): number | undefined {
    const quickest = Math.min(...this.#all().map(({ roundTripMicros = Infinity }) => roundTripMicros));
    return quickest === Infinity ? undefined : quickest;
  }

  view(): readonly { readonly address: string; readonly up: boolean }[] {
    return this.#all().map(({ address, up }) => ({ address, up }));
  }

  #all(): readonly Path[] {
    return [...this.#paths.values()];
  }
}
