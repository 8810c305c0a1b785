/** A picture of a drill: one row a server, a mark wherever it answered, the fault at its moment. */
import type { Answer } from "./answers.ts";

const ANSWERED = "█";
const SILENT = "·";

/**
 * Draws who answered when.
 * @param fromMs left edge, monotonic milliseconds
 * @param untilMs right edge
 * @param injectedMs where the fault's mark goes
 * @param columns width of the bars
 */
export function drawTimeline(
  answers: readonly Answer[],
  window: { readonly fromMs: number; readonly untilMs: number; readonly injectedMs: number },
  columns = 60,
): string {
  const { fromMs, untilMs, injectedMs } = window;
  const column = (ms: number): number =>
    Math.min(columns - 1, Math.max(0, Math.floor(((ms - fromMs) / (untilMs - fromMs)) * columns)));
  const rows = new Map<string, string[]>();
  for (const { answeredMs, by } of answers) {
    if (answeredMs === undefined || by === undefined || answeredMs < fromMs || answeredMs > untilMs) continue;
    const row = rows.get(by) ?? Array.from({ length: columns }, () => SILENT);
    row[column(answeredMs)] = ANSWERED;
    rows.set(by, row);
  }
  const names = [...rows.keys()].sort();
  const width = Math.max(5, ...names.map((name) => name.length));
  const label = (text: string): string => `  ${text.padEnd(width)}  `;
  const seconds = (ms: number): string => `${((ms - injectedMs) / 1000).toFixed(1)} s`;
  const right = seconds(untilMs);
  return [
    `${label("")}${" ".repeat(column(injectedMs))}▼ fault`,
    ...names.map((name) => label(name) + (rows.get(name) ?? []).join("")),
    `${label("")}${seconds(fromMs).padEnd(columns - right.length)}${right}`,
  ].join("\n");
}
