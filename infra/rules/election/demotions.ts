/** Rules of demotions: the failed check of a VIP's master must be able to move the VIP to another node. */
import { ownEntry } from "../../../agent/config/fields/ownEntry.ts";
import type { DemotionAnalysis } from "../../../agent/config/priority/demotionAnalysis.ts";
import { explainStuck, shortTableOf } from "../../../agent/config/priority/priorityTable.ts";
import type { StuckCheck } from "../../../agent/config/priority/stuckChecks.ts";
import { algebraOfVip } from "../../plan/agent/demotions.ts";
import { partsOf } from "../../schema/documentField.ts";
import { keyName } from "../../schema/explain.ts";
import { type Problem, showValue } from "../../schema/problem.ts";
import type { VipConfig } from "../../schema/schema.ts";
import { type Draft, membersIn, type WrittenNames } from "../../stackFile/shape.ts";

/** Over all nodes and combinations of failed checks, who would be master: a check that can never change that is refused. */
export function demotionRules(draft: Draft, written: WrittenNames): readonly Problem[] {
  // Demotions compare nodes: with one of them unreadable there is nothing to compare with.
  if (!draft.isWhole("nodes")) return [];
  const stuck = [...draft.vips].flatMap(([name, vip]) => {
    const members = membersIn(draft, vip);
    // Without two candidates, and with equal ones, another rule has said what is wrong.
    const isOrdered = members.length >= 2 && new Set(members.map(({ priority }) => priority)).size === members.length;
    // A check that there is none of is another rule's as well.
    const isKnown = Object.entries(vip.track).every(([check, { check: own }]) => own ?? written.checks.includes(check));
    if (!isOrdered || !isKnown) return [];
    const algebra = algebraOfVip(name, vip, members);
    const refused = algebra.findings.filter(
      (finding): finding is StuckCheck => finding.kind === "stuck" && finding.severity === "refused",
    );
    return refused.length === 0 ? [] : [{ name, vip, algebra, refused }];
  });
  return stuck.flatMap((one, index) => stuckChecks(one, index < SHOWN ? `\n\n${shortTableOf(one.algebra)}\n` : ""));
}

/** Of tables, and of the checks of one VIP: more of them say nothing new. */
const SHOWN = 3;

interface StuckVip {
  readonly name: string;
  readonly vip: VipConfig;
  readonly algebra: DemotionAnalysis;
  readonly refused: readonly StuckCheck[];
}

/** A problem at each of the first few checks, the table below the first of them; the others in one sentence. */
function stuckChecks({ name, vip, refused }: StuckVip, table: string): readonly Problem[] {
  const [shown, others] = [refused.slice(0, SHOWN), refused.slice(SHOWN)];
  const problems = shown.map((stuck, index): Problem => {
    const written = writtenName(name, vip, stuck);
    const at = ["vips", name, "track", written];
    const isInline = ownEntry(vip.track, written)?.check !== undefined;
    const { why, remedy = "write all" } = partsOf(explainStuck(stuck));
    return {
      key: keyName(isInline ? [...at, "demote"] : at),
      value: showValue(stuck.demotion),
      why: index === 0 ? `${why}${table}` : why,
      remedy,
    };
  });
  if (others.length === 0) return problems;
  const names = others.map((stuck) => writtenName(name, vip, stuck));
  const why = `has ${others.length} more checks that can never move the VIP: ${names.join(", ")}`;
  return [...problems, { key: keyName(["vips", name, "track"]), why, remedy: 'let each cost more, or "all"' }];
}

/** In the stack a VIP's own check goes without the VIP's name. */
function writtenName(name: string, vip: VipConfig, { check }: StuckCheck): string {
  return Object.keys(vip.track).find((written) => check === written || check === `${name}.${written}`) ?? check;
}
