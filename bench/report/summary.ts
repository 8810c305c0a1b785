/** The table a bench ends with. */
import type { DrillRecord } from "../../lab/drills/report.ts";
import { table } from "../../lab/table.ts";
import { median, worst } from "./statistics.ts";

/** The rows of the bench's table: a drill each, milliseconds as median / worst. */
export function summarise(records: readonly DrillRecord[]): string {
  const both = (values: readonly number[]): string => `${median(values).toFixed(0)} / ${worst(values).toFixed(0)}`;
  const names = [...new Set(records.map(({ drill }) => drill))];
  const rows = names.map((name) => {
    const of = records.filter(({ drill }) => drill === name);
    return [
      name,
      String(of.length),
      both(of.map(({ gapMs }) => gapMs)),
      both(of.flatMap(({ takeoverMs }) => takeoverMs ?? [])),
      both(of.map(({ lost }) => lost)),
      both(of.map(({ failbackGapMs }) => failbackGapMs)),
      [...new Set(of.map(({ reason }) => reason))].join(", "),
    ];
  });
  return table([["DRILL", "RUNS", "GAP ms med / worst", "TAKEOVER ms", "LOST", "FAIL-BACK GAP ms", "WHY"], ...rows]);
}
