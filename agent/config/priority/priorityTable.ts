/** The priority algebra as text: the tables and sentences of a preview and of `failover-agent check`. */
import type { DemotionAnalysis, Group, Single } from "./demotionAnalysis.ts";
import type { NodeOutcome } from "./failureCombinations.ts";
import type { StuckCheck, StuckReason } from "./stuckChecks.ts";
import type { Tie } from "./ties.ts";

/**
 * Each failure alone, as an aligned table: who is master with every check good, and with each check of each node failed.
 *
 *     node    priority  failed check  effective priority  master
 *     edge-1       200  none                         200  edge-1
 *     edge-1       200  uplink                       140  edge-1
 *     edge-2       100  none                         100  edge-1
 */
export function tableOf(algebra: DemotionAnalysis): string {
  return tableOfSingles(algebra.group, algebra.singles);
}

/** What fits a screen; a longer table nobody reads. */
const SHORT_TABLE_ROWS = 16;

/** The same for a preview: of a longer table the master with its checks, and the others without failures. */
export function shortTableOf({ group, master, singles }: DemotionAnalysis): string {
  if (singles.length <= SHORT_TABLE_ROWS) return tableOfSingles(group, singles);
  const ofMaster = singles.filter(({ node }) => node === master);
  const others = singles.filter(({ check, node }) => check === undefined && node !== master);
  const shown = [...ofMaster.slice(0, SHORT_TABLE_ROWS / 2), ...others.slice(0, SHORT_TABLE_ROWS / 2)];
  return `${tableOfSingles(group, shown)}\nand ${singles.length - shown.length} more rows`;
}

function tableOfSingles(group: Group, singles: readonly Single[]): string {
  const [configured, effective] = group.protocol === "vrrp" ? VRRP_WORDS : CARP_WORDS;
  const rows = singles.map((single) => [
    single.node,
    single.configured?.text ?? "",
    single.check ?? "none",
    single.effective?.text ?? HELD_BACK,
    single.master ?? NOBODY,
  ]);
  return aligned([["node", configured, "failed check", effective, "master"], ...rows], [1, 3]);
}

/** Every outcome, a line each: what failed where, what each node then counts for, and the master. */
export function outcomeTable({
  group,
  outcomes,
  coverage,
}: Pick<DemotionAnalysis, "group" | "outcomes" | "coverage">): string {
  const nodes = group.contenders.map(({ node }) => node);
  const rows = outcomes.map((outcome) => [
    failuresOf(outcome.nodes),
    ...outcome.nodes.map(({ strength }) => strength?.text ?? HELD_BACK),
    outcome.master ?? NOBODY,
  ]);
  const numbers = nodes.map((_, index) => index + 1);
  const table = aligned([["failed checks", ...nodes, "master"], ...rows], numbers);
  if (coverage === "every-combination") return table;
  return `${table}\nThere are too many combinations to list: these have failures on one node at a time.`;
}

/** What is wrong with a check, and what to do, in one sentence. @param subject what it is, where that is no check */
export function explainStuck(stuck: StuckCheck, subject = `the failed check "${stuck.check}"`): string {
  return `${whyStuck(stuck, subject)}: ${remedyForStuck(stuck)}`;
}

/** `the failed check "uplink" demotes edge-1 by 60 and ... can never move the address: ...` */
function whyStuck(stuck: StuckCheck, subject: string): string {
  const { node, check, demotion, without } = stuck;
  const scene =
    without.length === 0 ? "with all else good" : `once ${listed(without)} ${without.length === 1 ? "is" : "are"} gone`;
  const together =
    stuck.movesWith === undefined ? "" : ` (it takes ${listed([...stuck.movesWith, check])} together to move it)`;
  return (
    `${subject} demotes ${node} by ${demotion} and, ${scene}, can never move the address: ` +
    `${REASONS[stuck.reason]}${together}`
  );
}

/** The tie in a sentence. */
export function explainTie({ nodes: [one, other] }: Tie): string {
  const strength = one.strength?.text ?? "";
  const conditions = [one, other].map(
    ({ node, failed }) => `${node} with ${failed.length === 0 ? "all good" : `${listed(failed)} failed`}`,
  );
  return `${conditions.join(" and ")} are equal at ${strength}: whoever is master then stays, and their addresses decide between two`;
}

const HELD_BACK = "held back";
const NOBODY = "nobody";
const VRRP_WORDS = ["priority", "effective priority"] as const;
const CARP_WORDS = ["advbase/advskew", "effective"] as const;

const REASONS: Readonly<Record<StuckReason, string>> = {
  owner: "an address owner (priority 255) is never demoted",
  "no-preempt": "the others would be better and do not preempt",
  tie: "the next one is only equal then, and a tie leaves the master in place",
  "too-small": "it is still better than every other",
};

/** What to write instead: `write 101 or more, or "all"`. */
function remedyForStuck({ reason, least }: StuckCheck): string {
  if (reason === "owner") return 'write "all", or a priority below 255';
  const preempt = reason === "no-preempt" ? ", or preempt: true" : "";
  return least === undefined ? `write "all"${preempt}` : `write ${least} or more, or "all"${preempt}`;
}

/** `uplink on edge-1, disk on edge-2`; of combinations that amount to the same only the smallest is named. */
function failuresOf(nodes: readonly NodeOutcome[]): string {
  const failures = nodes.flatMap(({ node, failed, combinations }) => {
    if (failed.length === 0) return [];
    const alike = combinations === 1 ? "" : ` (or ${combinations - 1} like it)`;
    return [`${failed.join(" + ")}${alike} on ${node}`];
  });
  return failures.length === 0 ? "none" : failures.join(", ");
}

/** `a`, `a and b`, `a, b and c` */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Columns of equal width, two blanks apart; those of numbers are flush right. */
function aligned(rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return numbers.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}
