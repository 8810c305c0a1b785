/**
 * The priority algebra of one virtual router: over all its nodes and the combinations of their failed checks, who would
 * be master, and which checks can never change that. Values only; priorityTable.ts writes them as text.
 */

import { type Candidate, type Group, healthyCandidates, masterOf, type Strength, withFailed } from "./contest.ts";
import {
  combinationsOf,
  type FailureCombination,
  type NodeOutcome,
  oneNodeAtATime,
  product,
} from "./failureCombinations.ts";
import { ladderOf, type StuckCheck, stuckCheck, stuckChecks } from "./stuckChecks.ts";
import { type Tie, tiesOf } from "./ties.ts";

export type { CarpContender, Demotion, Group, VrrpContender } from "./contest.ts";

/** More outcomes than this nobody reads; above, only those with failures on one node at a time are listed. */
const MAX_OUTCOMES = 1_024;
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
