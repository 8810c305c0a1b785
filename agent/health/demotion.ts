/** What a node may claim of a virtual router: the demotion that its failed checks and its state add up to, or nothing at all. */
import type { Demotion } from "../config/priority/contest.ts";
import type { HoldReason } from "../election/election.ts";
import type { Verdict } from "./verdict.ts";

/** One thing that costs something, and how much. */
export interface Contribution {
  /** A failed check, or the state the node is in. */
  readonly source: { readonly kind: "check" | "state"; readonly name: string };
  readonly cost: Demotion;
}

/** What is left of a node's claim on one virtual router, and what took the rest. */
export type CheckImpact =
  | { readonly kind: "demoted"; readonly demotion: number; readonly because: readonly Contribution[] }
  | {
      readonly kind: "held";
      readonly reason: Extract<HoldReason, "check-failed">;
      readonly because: readonly Contribution[];
    };

/**
 * The claim on one virtual router.
 * @param track its checks by name, with what the failure of each costs; one without a verdict counts as good.
 * @param state what the node's state costs it, if it has states.
 */
export function impactOf(
  track: Readonly<Record<string, Demotion>>,
  verdicts: ReadonlyMap<string, Verdict>,
  state?: { readonly name: string; readonly cost: Demotion | undefined },
): CheckImpact {
  const failed = Object.entries(track)
    .filter(([check]) => verdicts.get(check) === "failed")
    .map(([name, cost]): Contribution => ({ source: { kind: "check", name }, cost }));
  const because: readonly Contribution[] =
    state?.cost === undefined ? failed : [...failed, { source: { kind: "state", name: state.name }, cost: state.cost }];
  if (because.some(({ cost }) => cost === "all")) return { kind: "held", reason: "check-failed", because };
  return { kind: "demoted", demotion: because.reduce((sum, { cost }) => sum + Number(cost), 0), because };
}

/** Whether two claims ask the same of an election. */
export function isSameImpact(a: CheckImpact, b: CheckImpact): boolean {
  if (a.kind === "held" || b.kind === "held") return a.kind === b.kind;
  return a.demotion === b.demotion;
}

/** `check uplink -60, state demoted -20`; `nothing` for a claim that is whole. */
export function explainImpact({ because }: CheckImpact): string {
  if (because.length === 0) return "nothing";
  return because
    .map(({ source: { kind, name }, cost }) => `${kind} ${name} ${cost === "all" ? "all" : `-${cost}`}`)
    .join(", ");
}
