/** What can become of one node: the combinations of its failed checks, those that amount to the same as one. */
import type { Candidate, Strength } from "./contest.ts";

/** One thing that can become of a node. */
export interface FailureCombination {
  /** The fewest failed checks that do it. */
  readonly failed: readonly string[];
  /** How many combinations of failed checks amount to this. */
  readonly combinations: number;
  /** Their sum, as far as it counts. */
  readonly demotion: number;
  /** Undefined: held back. */
  readonly strength: Strength | undefined;
}

/**
 * Every lot of a node, the one with all checks good first. Sums are kept and not sets, and only up to the limit, so
 * there are at most as many as demotions that differ (256), however many checks there are.
 */
export function combinationsOf({ track, limit, demotedBy }: Candidate): readonly FailureCombination[] {
  const costs = Object.entries(track);
  const numeric = costs.flatMap(([check, cost]) => (cost === "all" ? [] : [{ check, cost }]));
  const holding = costs.flatMap(([check, cost]) => (cost === "all" ? [check] : []));
  let sums = new Map<number, Pick<FailureCombination, "failed" | "combinations">>([
    [0, { failed: [], combinations: 1 }],
  ]);
  for (const { check, cost } of numeric) {
    const next = new Map(sums);
    for (const [sum, { failed, combinations }] of sums) {
      const reached = Math.min(limit, sum + cost);
      const known = next.get(reached);
      const fewest =
        known !== undefined && known.failed.length <= failed.length + 1 ? known.failed : [...failed, check];
      next.set(reached, { failed: fewest, combinations: (known?.combinations ?? 0) + combinations });
    }
    sums = next;
  }
  const demoted = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([demotion, lot]): FailureCombination => ({ ...lot, demotion, strength: demotedBy(demotion) }));
  const [anyOf] = holding;
  if (anyOf === undefined) return demoted;
  const combinations = 2 ** costs.length - 2 ** numeric.length;
  return [...demoted, { failed: [anyOf], combinations, demotion: 0, strength: undefined }];
}

export function product(combinations: readonly (readonly FailureCombination[])[]): FailureCombination[][] {
  return combinations.reduce<FailureCombination[][]>(
    (drawn, each) => drawn.flatMap((some) => each.map((lot) => [...some, lot])),
    [[]],
  );
}

export function oneNodeAtATime(combinations: readonly (readonly FailureCombination[])[]): FailureCombination[][] {
  const healthy = combinations.map(([first]) => first).filter((lot) => lot !== undefined);
  const failures = combinations.flatMap((each, index) => each.slice(1).map((lot) => healthy.with(index, lot)));
  return [healthy, ...failures];
}

/** One node's part of an outcome. */
export interface NodeOutcome extends FailureCombination {
  readonly node: string;
}
