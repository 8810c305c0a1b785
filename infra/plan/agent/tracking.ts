/** Which checks a node runs: those that its VIPs bring along, and those that VIPs share. */
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { Demotion, Tracked } from "../../schema/checkFields.ts";
import { compareNames } from "../../values/names.ts";

type DocumentChecks = NonNullable<AgentConfigInput["checks"]>;

/** A VIP's tracking in the document's words. */
export interface TrackingPlan {
  /** By name of the check, what its failure costs. */
  readonly track: Readonly<Record<string, Demotion>>;
  /** Checks of its own, named after the VIP so that two VIPs may call theirs the same. */
  readonly checks: DocumentChecks;
}

/** Plans what a VIP tracks: a check of its own becomes `VIP.CHECK`, a shared one keeps its name. */
export function planTracking(vip: string, tracked: Readonly<Record<string, Tracked>>): TrackingPlan {
  const entries = Object.entries(tracked)
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, { demote, check }]) => ({ name: check === undefined ? name : `${vip}.${name}`, demote, check }));
  return {
    track: Object.fromEntries(entries.map(({ name, demote }) => [name, demote])),
    checks: Object.fromEntries(entries.flatMap(({ name, check }) => (check === undefined ? [] : [[name, check]]))),
  };
}
