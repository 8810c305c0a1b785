/** Failures that together make two nodes equally good, so that their addresses decide. */
import type { Candidate, Strength } from "./contest.ts";
import type { FailureCombination, NodeOutcome } from "./failureCombinations.ts";

/** Failed checks that make two nodes equal, so that their addresses or who was there first decide. */
export interface Tie {
  readonly kind: "tie";
  readonly severity: "warning";
  readonly nodes: readonly [NodeOutcome, NodeOutcome];
}

/** Above every `order`: 254 seconds in 256ths, and a skew. */
const LARGEST_ORDER = 65_536;
/**
 * Of each two nodes the tie that takes the fewest failed checks, unless they are equal from the start. That both are as
 * low as it gets is none: there is nothing left of either, and no number would change it.
 */
export function tiesOf(
  candidates: readonly Candidate[],
  combinations: readonly (readonly FailureCombination[])[],
): Tie[] {
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
export function fewestFailed(
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
export function keyOf(strength: Strength | undefined): number {
  return strength === undefined ? -1 : strength.count * LARGEST_ORDER + strength.order;
}
