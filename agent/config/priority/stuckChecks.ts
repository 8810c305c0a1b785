/** Checks whose demotion never moves a virtual router from its best node. */
import { ownEntry } from "../fields/ownEntry.ts";
import { type Candidate, compareStrength, type Demotion, type Strength } from "./contest.ts";
import { combinationsOf } from "./failureCombinations.ts";

const MAX_DEMOTION = 254;

/**
 * Why a failed check leaves the address where it is.
 *
 * - `owner`: the address owner (priority 255) is never demoted.
 * - `no-preempt`: another node would be better, and none of those may take over from a master that lives.
 * - `tie`: it is only as good as the next one then, and a tie leaves the master in place.
 * - `too-small`: it is still better than all others.
 */
export type StuckReason = "owner" | "no-preempt" | "tie" | "too-small";

/** A check of the master-to-be whose failure alone, with everything else good, does not move the address. */
export interface StuckCheck {
  readonly kind: "stuck";
  /** `refused`: the group is complete. `warning`: it takes nodes that are gone (`without`) to get there. */
  readonly severity: "refused" | "warning";
  readonly node: string;
  readonly check: string;
  readonly demotion: Demotion;
  readonly reason: StuckReason;
  /** The smallest demotion, 1..254, that would move the address; undefined: only `all` does. */
  readonly least: number | undefined;
  /** Other checks of the node with which together it does move the address, the fewest; undefined: none. */
  readonly movesWith: readonly string[] | undefined;
  /** Nodes that are taken for dead here. */
  readonly without: readonly string[];
}

/** Candidates from the strongest to the weakest, each the master once those before it are gone. */
export interface Ladder {
  readonly ranked: readonly Candidate[];
  /** By place, the strongest behind it that may take over from a master that lives. */
  readonly takers: readonly (Strength | undefined)[];
}

export function ladderOf(candidates: readonly Candidate[]): Ladder {
  const ranked = candidates.flatMap((candidate) =>
    candidate.strength === undefined ? [] : [{ candidate, strength: candidate.strength }],
  );
  ranked.sort((a, b) => compareStrength(a.strength, b.strength));
  let taker: Strength | undefined;
  const takers = ranked.toReversed().map(({ candidate: { preempt }, strength }) => {
    const behind = taker;
    if (preempt) taker = strength;
    return behind;
  });
  return { ranked: ranked.map(({ candidate }) => candidate), takers: takers.reverse() };
}

/** First of the whole group, then of what is left of it when its best node is gone, and so on. */
export function stuckChecks(ladder: Ladder): StuckCheck[] {
  return ladder.ranked
    .slice(0, -1)
    .flatMap(({ track }, place) => Object.keys(track).flatMap((check) => stuckCheck(ladder, place, check) ?? []));
}

/** @param best the strongest of the others */
function stuckReason(master: Candidate, demotion: number, best: Strength | undefined): StuckReason {
  if (master.owner) return "owner";
  const comparison = best === undefined ? 1 : compareStrength(best, master.demotedBy(demotion));
  if (comparison < 0) return "no-preempt";
  return comparison === 0 ? "tie" : "too-small";
}

function withoutCheck(track: Readonly<Record<string, Demotion>>, check: string): Readonly<Record<string, Demotion>> {
  return Object.fromEntries(Object.entries(track).filter(([name]) => name !== check));
}

/** The smallest number from 1 to `max` at which something holds that holds for all larger ones, too. */
function firstWhere(max: number, holds: (points: number) => boolean): number | undefined {
  let [low, high] = [1, max + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low > max ? undefined : low;
}

export function stuckCheck(ladder: Ladder, place: number, check: string): StuckCheck | undefined {
  const { ranked, takers } = ladder;
  const [master, next] = ranked.slice(place, place + 2);
  const demotion = master === undefined ? undefined : ownEntry(master.track, check);
  if (master === undefined || next === undefined || demotion === undefined || demotion === "all") return undefined;
  const [best, taker] = [next.strength, takers[place]];
  // Of the others all checks are good: the strongest of them is next, and who may preempt is known.
  const staysAt = (points: number): boolean => {
    const left = master.demotedBy(points);
    const isOutcounted = best !== undefined && best.count < left.count;
    return !isOutcounted && (taker === undefined || compareStrength(taker, left) >= 0);
  };
  if (!staysAt(demotion)) return undefined;
  return {
    kind: "stuck",
    severity: place === 0 ? "refused" : "warning",
    node: master.node,
    check,
    demotion,
    reason: stuckReason(master, demotion, best),
    get least() {
      return firstWhere(MAX_DEMOTION, (points) => !staysAt(points));
    },
    get movesWith() {
      const partner = combinationsOf({ ...master, track: withoutCheck(master.track, check) }).find(
        ({ strength, demotion: sum }) => strength !== undefined && staysAt(sum) && !staysAt(sum + demotion),
      );
      return partner?.failed;
    },
    without: ranked.slice(0, place).map(({ node }) => node),
  };
}
