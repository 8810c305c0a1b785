/** The jitter bench as a table. */
import { table } from "../../lab/table.ts";
import { quantile, worst } from "../report/statistics.ts";
import { JITTER, type JitterResult } from "./jitter.ts";

const QUANTILES = [0.5, 0.99, 0.999] as const;

export function jitterText(results: readonly JitterResult[]): string {
  const head = [
    "DAEMON",
    "ADVERTS",
    "DUE",
    "MEDIAN",
    "P99",
    "P99.9",
    "WORST",
    "P99 OFF",
    "FALSE FAILOVERS",
    "LOST ANSWERS",
  ];
  const rows = results.map(({ name, seconds, intervalsMs, falseFailovers, lost }) => [
    name,
    String(intervalsMs.length + 1),
    String((seconds * 1_000) / JITTER.intervalMs),
    ...QUANTILES.map((share) => quantile(intervalsMs, share).toFixed(2)),
    worst(intervalsMs).toFixed(2),
    quantile(off(intervalsMs), 0.99).toFixed(2),
    String(falseFailovers),
    String(lost),
  ]);
  const [seconds = 0] = results.map((result) => result.seconds);
  const title = `advertisements each ${JITTER.intervalMs} ms for ${seconds} s beside ${JITTER.busyLoops} busy loops; time between them in milliseconds`;
  return `${title}\n${table([head, ...rows])}\n${verdict(results)}`;
}

/**
 * No false failover, and the agent's p99 no worse than keepalived's. Judged is the length of an interval, for silence is
 * what a backup waits out; how far it is off either way ("off") counts a late advertisement of an absolute schedule
 * twice, once for the short interval that makes up for it, and hides that a relative one drifts.
 */
function verdict([agent, keepalived]: readonly JitterResult[]): string {
  if (agent === undefined || keepalived === undefined) return "";
  const [own, theirs] = [quantile(agent.intervalsMs, 0.99), quantile(keepalived.intervalsMs, 0.99)];
  const isMet = agent.falseFailovers === 0 && own <= theirs;
  const bound = "bound: no false failover, and a p99 no worse than keepalived's";
  return `${bound}: ${own.toFixed(2)} against ${theirs.toFixed(2)} ms, ${isMet ? "met" : "missed"}`;
}

function off(intervalsMs: readonly number[]): readonly number[] {
  return intervalsMs.map((interval) => Math.abs(interval - JITTER.intervalMs));
}
