/** One seed: its group, its plan, what came of it; and of a plan that fails the smallest part that still does. */

import { type Draft, drawDraft, groupOf } from "../machine/group.ts";
import { Random } from "../machine/random.ts";
import { Trace } from "../machine/trace.ts";
import type { Act, Plan } from "./acts.ts";
import { drawPlan } from "./drawPlan.ts";
import { type Violation, World } from "./world.ts";

/** All that a run depends on; as JSON it can be kept, whatever seeds are drawn to later. */
export interface Case {
  /** Of what is left to chance while it runs. */
  readonly seed: number;
  readonly draft: Draft;
  readonly plan: Plan;
}

export interface Outcome {
  readonly simulatedMicros: number;
  /** Turns of machines, ways of datagrams and the like. */
  readonly events: number;
  readonly violation: Violation | undefined;
}

export function caseOf(seed: number): Case {
  const draft = drawDraft(new Random(seed, "group"));
  return { seed, draft, plan: drawPlan(new Random(seed, "plan"), groupOf(draft)) };
}

/** The same case always comes to the same. */
export function runCase({ seed, draft, plan }: Case, trace?: Trace): Outcome {
  const world = new World(seed, groupOf(draft), trace);
  world.run(plan);
  return { simulatedMicros: world.agenda.nowMicros, events: world.agenda.count, violation: world.violation };
}

export function traceOf(one: Case, withMessages: boolean): Trace {
  const { members } = groupOf(one.draft);
  const titles = members.map(({ name, runs }) => (runs === "agent" ? name : `${name} (${runs})`));
  const trace = new Trace(
    members.map(({ name }) => name),
    titles,
    withMessages,
  );
  runCase(one, trace);
  return trace;
}

/** Leaves out acts that a case does not need to fail: halves first, at last single ones. */
export function shrink(one: Case, fails: (smaller: Case) => boolean): Case {
  const withActs = (acts: readonly Act[]): Case => ({ ...one, plan: { ...one.plan, acts } });
  let acts = one.plan.acts;
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from < acts.length; ) {
      const fewer = [...acts.slice(0, from), ...acts.slice(from + size)];
      if (fails(withActs(fewer))) acts = fewer;
      else from += size;
    }
  }
  return withActs(acts);
}
