/**
 * Which virtual routers a peer has configured otherwise than this node, and for how long. The nodes of a group are
 * reloaded in turn, so a difference is worth an alarm only when it stays.
 *
 * Two nodes need not have the same virtual routers: compared are those of the same name. Time is an argument, in
 * microseconds of a monotonic clock.
 */
import type { RouterView } from "./protocol/view.ts";

/** A difference that is older than this is no reload under way. */
const TOLERATED_MICROS = 10_000_000;

type Digested = Pick<RouterView, "name" | "digest">;

interface Difference {
  readonly sinceMicros: number;
  readonly isTaken: boolean;
}

export class ConfigurationMismatch {
  /** By the names of virtual routers. */
  #differences: ReadonlyMap<string, Difference> = new Map();

  /** The virtual routers are now these, on this node and on the peer. A difference that was there before goes on. */
  follow(own: readonly Digested[], theirs: readonly Digested[], nowMicros: number): void {
    const digests = new Map(theirs.map(({ name, digest }) => [name, digest]));
    const differing = own.filter(({ name, digest }) => (digests.get(name) ?? digest) !== digest);
    this.#differences = new Map(
      differing.map(({ name }) => [name, this.#differences.get(name) ?? { sinceMicros: nowMicros, isTaken: false }]),
    );
  }

  /** The names of those that differ now. */
  get differing(): readonly string[] {
    return [...this.#differences.keys()];
  }

  /** The names of those that have differed for too long. Each is given once, until it matched again. */
  takeOverdue(nowMicros: number): readonly string[] {
    const isOverdue = ({ sinceMicros, isTaken }: Difference): boolean =>
      !isTaken && nowMicros - sinceMicros >= TOLERATED_MICROS;
    const overdue = [...this.#differences].filter(([, difference]) => isOverdue(difference));
    if (overdue.length === 0) return [];
    const taken = overdue.map(([name, { sinceMicros }]): [string, Difference] => [
      name,
      { sinceMicros, isTaken: true },
    ]);
    this.#differences = new Map([...this.#differences, ...taken]);
    return overdue.map(([name]) => name);
  }
}
