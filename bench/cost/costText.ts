/** The cost bench as a table. */
import { table } from "../../lab/table.ts";
import { quantile, worst } from "../report/statistics.ts";
import { COST, type CostResult } from "./cost.ts";

/** What this project promises of an agent with up to two hundred virtual routers. */
const PSS_LIMIT_MIB = 40;

export function costText(results: readonly CostResult[]): string {
  const head = [
    "DAEMON",
    "ROUTERS",
    "INTERVAL ms",
    "ROLE",
    "CPU %",
    "RSS MiB",
    "PSS MiB",
    "ANON MiB",
    "P99 OFF ms",
    "WORST OFF ms",
  ];
  const rows = results.map(({ name, role, virtualRouters, intervalMs, memory, processor, intervalsMs }) => {
    const off = intervalsMs.map((interval) => Math.abs(interval - intervalMs));
    const jitter = off.length === 0 ? ["-", "-"] : [quantile(off, 0.99).toFixed(2), worst(off).toFixed(2)];
    const mebibytes = [memory.rss, memory.pss, memory.anonymous].map((kibibytes) => (kibibytes / 1_024).toFixed(1));
    return [name, String(virtualRouters), String(intervalMs), role, processor.toFixed(3), ...mebibytes, ...jitter];
  });
  const title = `virtual routers in one process group, with nothing to do for ${COST.seconds} s; "off": how far the time between advertisements was off the interval`;
  return `${title}\n${table([head, ...rows])}\n${verdict(results)}`;
}

function verdict(results: readonly CostResult[]): string {
  const own = results.filter(({ name }) => name.startsWith("agent")).map(({ memory }) => memory.pss / 1_024);
  const bound = `bound: the agent's proportional set size below ${PSS_LIMIT_MIB} MiB`;
  const sharing =
    "PSS shares Node's own pages among the Node processes of this machine; ANON is what no sharing changes.";
  return `${bound}: ${worst(own).toFixed(1)}, ${worst(own) < PSS_LIMIT_MIB ? "met" : "missed"}. ${sharing}`;
}
