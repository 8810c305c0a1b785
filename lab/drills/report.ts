/** A drill's result for people and for machines. */
import type { DrillResult } from "./rehearse.ts";
import { drawTimeline } from "./timeline.ts";

/** The documented fields of `lab drill --json`. */
export interface DrillRecord {
  readonly drill: string;
  readonly vip: string;
  readonly from: string;
  /** null: nobody took over in time. */
  readonly to: string | null;
  readonly gapMs: number;
  readonly takeoverMs: number | null;
  readonly failbackGapMs: number;
  readonly lost: number;
  readonly sent: number;
  readonly reason: string;
  readonly staleHolder: boolean;
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** The result without its raw answers, rounded to a tenth of a millisecond. */
export function toRecord(result: DrillResult): DrillRecord {
  return {
    drill: result.drill,
    vip: result.vip,
    from: result.from,
    to: result.to ?? null,
    gapMs: round(result.gapMs),
    takeoverMs: result.takeoverMs === undefined ? null : round(result.takeoverMs),
    failbackGapMs: round(result.failbackGapMs),
    lost: result.lost,
    sent: result.sent,
    reason: result.reason,
    staleHolder: result.staleHolder,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  "master-down": "it heard no advertisement for longer than the active-down interval",
  "master-resigned": "the master resigned with priority 0 and skew time passed",
  "peer-lost": "the peer link lost sight of the master before its advertisements were missed",
  handover: "the master handed the role over",
  "higher-priority": "it has the higher priority",
};

/** The result as people read it: a picture and a few aligned lines. */
export function describe(result: DrillResult, what: string): string {
  const record = toRecord(result);
  const took = record.takeoverMs === null ? "nobody" : `${record.to ?? "nobody"} after ${ms(record.takeoverMs)}`;
  const rows: [string, string][] = [
    ["drill", `${record.drill}: ${what}`],
    ["took over", took],
    ["why", `${record.reason}${explain(record.reason)}`],
    ["longest gap", `${ms(record.gapMs)} as the client saw it`],
    ["calls", `${record.sent} sent, ${record.lost} lost`],
    ["and back", `${ms(record.failbackGapMs)} longest gap when ${record.from} returned`],
  ];
  if (record.staleHolder)
    rows.push(["stale", `${record.from} still held the address after ${record.to ?? "?"} had answered`]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`);
  return `${drawTimeline(result.answers, result.window)}\n\n${lines.join("\n")}`;
}

function explain(reason: string): string {
  const sentence = REASONS[reason];
  return sentence === undefined ? "" : ` (${sentence})`;
}

function ms(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(2)} s` : `${value.toFixed(1)} ms`;
}
