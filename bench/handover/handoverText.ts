/** The bench of handovers as a table. */
import { table } from "../../lab/table.ts";
import { worst } from "../report/statistics.ts";
import { HANDOVER, type HandoverResult } from "./handover.ts";

/** What this project promises to any client of a handover. */
const MISSED_LIMIT_MS = 100;

export function handoverText(results: readonly HandoverResult[]): string {
  const head = [
    "ROUTERS",
    "BY",
    "MISSED ms",
    "LOST",
    "ALL OVER ms",
    "ms A ROUTER",
    "WATCHDOG LATE ms",
    "NO SUCCESSOR",
    "PINGS MISSED",
  ];
  const rows = results.map((result) => [
    String(result.virtualRouters),
    result.ending,
    result.missedMs.toFixed(0),
    String(result.lost),
    result.totalMs.toFixed(0),
    (result.totalMs / result.virtualRouters).toFixed(1),
    result.watchdogLateMs.toFixed(0),
    String(result.withoutSuccessor),
    String(result.missedPings),
  ]);
  const title = `handover of virtual routers with ${HANDOVER.addressesEach} addresses each, at 1 s with the peer link; one address of each has a client`;
  const missed = worst(results.map(({ missedMs }) => missedMs));
  const bound = `bound: no client misses more than ${MISSED_LIMIT_MS} ms: ${missed.toFixed(0)}, ${missed <= MISSED_LIMIT_MS ? "met" : "missed"}.`;
  return `${title}\n${table([head, ...rows])}\n${bound}`;
}
