/**
 * The priority algebra of one virtual router: over all its nodes and the combinations of their failed checks, who would
 * be master, and which checks can never change that. Values only; priorityTable.ts writes them as text.
 */

import { ownEntry } from "../fields/ownEntry.ts";
import {
  type Candidate,
  compareStrength,
  type Demotion,
  type Group,
  healthyCandidates,
  masterOf,
  type Strength,
  withFailed,
} from "./contest.ts";
import { combinationsOf, type FailureCombination } from "./failureCombinations.ts";

export type { CarpContender, Demotion, Group, VrrpContender } from "./contest.ts";

/** More outcomes than this nobody reads; above, only those with failures on one node at a time are listed. */
const MAX_OUTCOMES = 1_024;
const MAX_DEMOTION = 254;
/** Above every `order`: 254 seconds in 256ths, and a skew. */
const LARGEST_ORDER = 65_536;

/** One node's part of an outcome. */
export interface NodeOutcome extends FailureCombination {
  readonly node: string;
}

/** One combination of failed checks, and who is master once it has settled. Before it, every check was good. */
export interface Outcome {
  readonly nodes: readonly NodeOutcome[];
  /** Undefined: nobody. */
  readonly master: string | undefined;
}

/** One failed check of one node, or none, with everything else good. */
export interface Single {
  readonly node: string;
  /** Undefined: every check is good. */
  readonly check: string | undefined;
  readonly configured: Strength | undefined;
  /** What is left of it; undefined: held back. */
  readonly effective: Strength | undefined;
  readonly master: string | undefined;
}

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

/** Failed checks that make two nodes equal, so that their addresses or who was there first decide. */
export interface Tie {
  readonly kind: "tie";
  readonly severity: "warning";
  readonly nodes: readonly [NodeOutcome, NodeOutcome];
}

export type Finding = StuckCheck | Tie;

/** What is listed is worked out when it is read: a group of many nodes has more of it than anybody looks at. */
export interface DemotionAnalysis {
  readonly group: Group;
  /** With every check good; undefined: the group is empty. */
  readonly master: string | undefined;
  /** By node, in the order of the group: all good, then each of its checks failed. */
  readonly singles: readonly Single[];
  readonly outcomes: readonly Outcome[];
  /** Which combinations the outcomes are. The findings rest on all of them in any case. */
  readonly coverage: "every-combination" | "one-node-at-a-time";
  /** How many outcomes there would be with every combination. */
  readonly combinations: number;
  readonly findings: readonly Finding[];
}

/** Works out one group. The findings come in the order refused, then warnings. */
export function analysisOf(group: Group): DemotionAnalysis {
  const candidates = healthyCandidates(group);
  const failures = candidates.map(combinationsOf);
  const combinations = failures.reduce((product, each) => product * each.length, 1);
  const isEvery = combinations <= MAX_OUTCOMES;
  const master = masterOf(candidates, undefined);
  const ladder = ladderOf(candidates);
  return {
    group,
    master,
    get singles() {
      return candidates.flatMap((candidate) => singlesOf(candidates, candidate, master));
    },
    get outcomes() {
      const drawn = isEvery ? product(failures) : oneNodeAtATime(failures);
      return drawn.map((each) => outcomeOf(candidates, each, master));
    },
    coverage: isEvery ? "every-combination" : "one-node-at-a-time",
    combinations,
    findings: [...stuckChecks(ladder), ...tiesOf(candidates, failures)],
  };
}

/** Whether this check of the master-to-be is stuck in the whole group. */
export function stuckInGroup(group: Group, check: string): StuckCheck | undefined {
  const ladder = ladderOf(healthyCandidates(group));
  return ladder.ranked.length < 2 ? undefined : stuckCheck(ladder, 0, check);
}

function singlesOf(candidates: readonly Candidate[], candidate: Candidate, incumbent: string | undefined): Single[] {
  const { node, track, strength: configured } = candidate;
  return [undefined, ...Object.keys(track)].map((check) => {
    const failed = withFailed(candidate, check === undefined ? [] : [check]);
    const master = masterOf(
      candidates.map((each) => (each === candidate ? failed : each)),
      incumbent,
    );
    return { node, check, configured, effective: failed.strength, master };
  });
}

function outcomeOf(
  candidates: readonly Candidate[],
  drawn: readonly FailureCombination[],
  incumbent: string | undefined,
): Outcome {
  const now = candidates.map((candidate, index) => ({ ...candidate, strength: drawn[index]?.strength }));
  const nodes = drawn.map((lot, index) => ({ node: candidates[index]?.node ?? "", ...lot }));
  return { nodes, master: masterOf(now, incumbent) };
}

/** Candidates from the strongest to the weakest, each the master once those before it are gone. */
interface Ladder {
  readonly ranked: readonly Candidate[];
  /** By place, the strongest behind it that may take over from a master that lives. */
  readonly takers: readonly (Strength | undefined)[];
}

function ladderOf(candidates: readonly Candidate[]): Ladder {
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
function stuckChecks(ladder: Ladder): StuckCheck[] {
  return ladder.ranked
    .slice(0, -1)
    .flatMap(({ track }, place) => Object.keys(track).flatMap((check) => stuckCheck(ladder, place, check) ?? []));
}

function stuckCheck(ladder: Ladder, place: number, check: string): StuckCheck | undefined {
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

/** @param best the strongest of the others */
function stuckReason(master: Candidate, demotion: number, best: Strength | undefined): StuckReason {
  if (master.owner) return "owner";
  const comparison = best === undefined ? 1 : compareStrength(best, master.demotedBy(demotion));
  if (comparison < 0) return "no-preempt";
  return comparison === 0 ? "tie" : "too-small";
}

/**
 * Of each two nodes the tie that takes the fewest failed checks, unless they are equal from the start. That both are as
 * low as it gets is none: there is nothing left of either, and no number would change it.
 */
function tiesOf(candidates: readonly Candidate[], combinations: readonly (readonly FailureCombination[])[]): Tie[] {
  const able = candidates.map(({ node, limit }, index) => {
    const drawn = (combinations[index] ?? []).filter(
      ({ strength, demotion }) => strength !== undefined && (demotion === 0 || demotion < limit),
    );
    return { node, drawn, byStrength: new Map(drawn.map((lot) => [keyOf(lot.strength), lot])) };
  });
  return able.flatMap((one, index) =>
    able.slice(index + 1).flatMap((other): Tie[] => {
      const [mine, theirs] = fewestFailed(one.drawn, other.byStrength) ?? [];
      if (mine === undefined || theirs === undefined || mine.failed.length + theirs.failed.length === 0) return [];
      const nodes = [
        { node: one.node, ...mine },
        { node: other.node, ...theirs },
      ] as const;
      return [{ kind: "tie", severity: "warning", nodes }];
    }),
  );
}

/** A node has one lot for each strength, so that equal ones are found by it. */
function fewestFailed(
  ours: readonly FailureCombination[],
  theirs: ReadonlyMap<number, FailureCombination>,
): readonly [FailureCombination, FailureCombination] | undefined {
  let fewest: readonly [FailureCombination, FailureCombination] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const mine of ours) {
    const equal = theirs.get(keyOf(mine.strength));
    const failures = mine.failed.length + (equal?.failed.length ?? Number.POSITIVE_INFINITY);
    if (equal === undefined || failures >= least) continue;
    least = failures;
    fewest = [mine, equal];
  }
  return fewest;
}

/** One number for what is compared. */
function keyOf(strength: Strength | undefined): number {
  return strength === undefined ? -1 : strength.count * LARGEST_ORDER + strength.order;
}

function product(combinations: readonly (readonly FailureCombination[])[]): FailureCombination[][] {
  return combinations.reduce<FailureCombination[][]>(
    (drawn, each) => drawn.flatMap((some) => each.map((lot) => [...some, lot])),
    [[]],
  );
}

function oneNodeAtATime(combinations: readonly (readonly FailureCombination[])[]): FailureCombination[][] {
  const healthy = combinations.map(([first]) => first).filter((lot) => lot !== undefined);
  const failures = combinations.flatMap((each, index) => each.slice(1).map((lot) => healthy.with(index, lot)));
  return [healthy, ...failures];
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
