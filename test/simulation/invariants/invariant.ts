/** What must hold, and what is there to judge it by: one step of one machine, and the world after it. */

import type { WorldView } from "../hosts/worldView.ts";
import type { Step } from "../machine/step.ts";

export interface Invariant {
  /** As in shared/research/anchors.md C2. */
  readonly number: string;
  readonly sentence: string;
  /** @returns what is wrong after a step, in words */
  after(step: Step, world: WorldView): string | undefined;
  /** The same at times when nobody did anything. */
  meanwhile?(world: WorldView): string | undefined;
}
