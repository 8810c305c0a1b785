/**
 * The priority algebra of one virtual router: over all its nodes and the combinations of their failed checks, who would
 * be master, and which checks can never change that. Values only; priorityTable.ts writes them as text.
 */
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
import { type Lot, lotsOf } from "./lots.ts";

export type { CarpContender, Demotion, Group, VrrpContender } from "./contest.ts";

/** More outcomes than this nobody reads; above, only those with failures on one node at a time are listed. */
const MAX_OUTCOMES = 1_024;
const MAX_DEMOTION = 254;

/** One node's part of an outcome. */
export interface NodeOutcome extends Lot {
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

export interface Algebra {
  readonly group: Group;
  /** With every check good; undefined: the group is empty. */
  readonly master: string | undefined;
  /** By node, in the order of the group: all good, then each of its checks failed. */
  readonly singles: readonly Single[];
  readonly outcomes: readonly Outcome[];
  /** Which combinations the outcomes are. The findings rest on all of them in any case. */
  readonly coverage: "every-combination" | "one-node-at-a-time";
  readonly findings: readonly Finding[];
}

/** Works out one group. The findings come in the order refused, then warnings. */
export function algebraOf(group: Group): Algebra {
  const candidates = healthyCandidates(group);
  const lots = candidates.map(lotsOf);
  const count = lots.reduce((product, each) => product * each.length, 1);
  const combinations = count <= MAX_OUTCOMES ? product(lots) : oneNodeAtATime(lots);
  const master = masterOf(candidates, undefined);
  return {
    group,
    master,
    singles: candidates.flatMap((candidate) => singlesOf(candidates, candidate, master)),
    outcomes: combinations.map((drawn) => outcomeOf(candidates, drawn, master)),
    coverage: count <= MAX_OUTCOMES ? "every-combination" : "one-node-at-a-time",
    findings: [...stuckChecks(candidates), ...ties(candidates, lots)],
  };
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

function outcomeOf(candidates: readonly Candidate[], drawn: readonly Lot[], incumbent: string | undefined): Outcome {
  const now = candidates.map((candidate, index) => ({ ...candidate, strength: drawn[index]?.strength }));
  const nodes = drawn.map((lot, index) => ({ node: candidates[index]?.node ?? "", ...lot }));
  return { nodes, master: masterOf(now, incumbent) };
}

/** First of the whole group, then of what is left of it when its best node is gone, and so on. */
function stuckChecks(candidates: readonly Candidate[]): StuckCheck[] {
  const found: StuckCheck[] = [];
  const without: string[] = [];
  let rest = candidates;
  while (rest.length >= 2) {
    const master = rest.find(({ node }) => node === masterOf(rest, undefined));
    if (master === undefined) break;
    for (const check of Object.keys(master.track)) {
      const stuck = stuckCheck(rest, master, check);
      const severity = without.length === 0 ? "refused" : "warning";
      if (stuck !== undefined) found.push({ ...stuck, severity, without: [...without] });
    }
    without.push(master.node);
    rest = rest.filter((candidate) => candidate !== master);
  }
  return found;
}

function stuckCheck(
  candidates: readonly Candidate[],
  master: Candidate,
  check: string,
): Omit<StuckCheck, "severity" | "without"> | undefined {
  const demotion = master.track[check];
  const others = candidates.filter((candidate) => candidate !== master);
  const staysAt = (strength: Strength | undefined): boolean =>
    masterOf([{ ...master, strength }, ...others], master.node) === master.node;
  if (demotion === undefined || demotion === "all" || !staysAt(master.demotedBy(demotion))) return undefined;
  const least = firstWhere(MAX_DEMOTION, (points) => !staysAt(master.demotedBy(points)));
  const alone = { ...master, track: withoutCheck(master.track, check) };
  const partner = lotsOf(alone).find(
    ({ strength, demotion: sum }) =>
      strength !== undefined && staysAt(strength) && !staysAt(master.demotedBy(sum + demotion)),
  );
  const reason = stuckReason(master, demotion, others);
  return { kind: "stuck", node: master.node, check, demotion, reason, least, movesWith: partner?.failed };
}

function stuckReason(master: Candidate, demotion: number, others: readonly Candidate[]): StuckReason {
  if (master.owner) return "owner";
  const demoted = master.demotedBy(demotion);
  const comparisons = others.flatMap(({ strength }) =>
    strength === undefined ? [] : [compareStrength(strength, demoted)],
  );
  if (comparisons.some((comparison) => comparison < 0)) return "no-preempt";
  return comparisons.includes(0) ? "tie" : "too-small";
}

/**
 * Of each two nodes the tie that takes the fewest failed checks, unless they are equal from the start. That both are as
 * low as it gets is none: there is nothing left of either, and no number would change it.
 */
function ties(candidates: readonly Candidate[], lots: readonly (readonly Lot[])[]): Tie[] {
  return candidates.flatMap((candidate, index) =>
    candidates.slice(index + 1).flatMap((other, offset): Tie[] => {
      const above = (each: Candidate, drawn: readonly Lot[] = []): readonly Lot[] =>
        drawn.filter(({ demotion }) => demotion === 0 || demotion < each.limit);
      const tie = fewestFailed(above(candidate, lots[index]), above(other, lots[index + 1 + offset]));
      if (tie === undefined || tie.every(({ failed }) => failed.length === 0)) return [];
      const [mine, theirs] = tie;
      return [
        {
          kind: "tie",
          severity: "warning",
          nodes: [
            { node: candidate.node, ...mine },
            { node: other.node, ...theirs },
          ],
        },
      ];
    }),
  );
}

function fewestFailed(ours: readonly Lot[], theirs: readonly Lot[]): readonly [Lot, Lot] | undefined {
  const equal = ours.flatMap((mine) =>
    theirs.flatMap((other): (readonly [Lot, Lot])[] =>
      mine.strength !== undefined &&
      other.strength !== undefined &&
      compareStrength(mine.strength, other.strength) === 0
        ? [[mine, other]]
        : [],
    ),
  );
  const failures = ([mine, other]: readonly [Lot, Lot]): number => mine.failed.length + other.failed.length;
  return equal.sort((a, b) => failures(a) - failures(b))[0];
}

function product(lots: readonly (readonly Lot[])[]): Lot[][] {
  return lots.reduce<Lot[][]>((drawn, each) => drawn.flatMap((some) => each.map((lot) => [...some, lot])), [[]]);
}

function oneNodeAtATime(lots: readonly (readonly Lot[])[]): Lot[][] {
  const healthy = lots.map(([first]) => first).filter((lot) => lot !== undefined);
  const failures = lots.flatMap((each, index) => each.slice(1).map((lot) => healthy.with(index, lot)));
  return [healthy, ...failures];
}

function withoutCheck(track: Readonly<Record<string, Demotion>>, check: string): Readonly<Record<string, Demotion>> {
  return Object.fromEntries(Object.entries(track).filter(([name]) => name !== check));
}

function firstWhere(max: number, holds: (points: number) => boolean): number | undefined {
  for (let points = 1; points <= max; points++) if (holds(points)) return points;
  return undefined;
}
