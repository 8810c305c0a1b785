/** Rules of demotions: the failed check of a VIP's master must be able to move the VIP to another node. */
import { type Algebra, algebraOf, type StuckCheck } from "../../../agent/config/priorityAlgebra.ts";
import { explainStuck, tableOf } from "../../../agent/config/priorityTable.ts";
import { contestOf } from "../../plan/demotions.ts";
import { partsOf } from "../documentField.ts";
import { keyName } from "../explain.ts";
import { type Problem, showValue } from "../problem.ts";
import type { VipConfig } from "../schema.ts";
import { type Draft, membersIn, type WrittenNames } from "../shape.ts";

/** Over all nodes and combinations of failed checks, who would be master: a check that can never change that is refused. */
export function demotionRules(draft: Draft, written: WrittenNames): readonly Problem[] {
  // Demotions compare nodes: with one of them unreadable there is nothing to compare with.
  if (draft.nodes.size < written.nodes.length) return [];
  return [...draft.vips].flatMap(([name, vip]) => {
    const members = membersIn(draft, vip);
    // Without two candidates, and with equal ones, another rule has said what is wrong.
    const isOrdered = members.length >= 2 && new Set(members.map(({ priority }) => priority)).size === members.length;
    // A check that there is none of is another rule's as well.
    const isKnown = Object.entries(vip.track).every(([check, { check: own }]) => own ?? written.checks.includes(check));
    return isOrdered && isKnown ? stuckChecks(name, vip, algebraOf(contestOf(name, vip, members))) : [];
  });
}

function stuckChecks(name: string, vip: VipConfig, algebra: Algebra): readonly Problem[] {
  return algebra.findings
    .filter((finding): finding is StuckCheck => finding.kind === "stuck" && finding.severity === "refused")
    .map((stuck) => {
      const written = Object.keys(vip.track).find(
        (check) => stuck.check === check || stuck.check === `${name}.${check}`,
      );
      const at = ["vips", name, "track", written ?? stuck.check];
      const isInline = vip.track[written ?? ""]?.check !== undefined;
      const { why, remedy = "write all" } = partsOf(explainStuck(stuck));
      return {
        key: keyName(isInline ? [...at, "demote"] : at),
        value: showValue(stuck.demotion),
        why: `${why}\n\n${tableOf(algebra)}\n`,
        remedy,
      };
    });
}
