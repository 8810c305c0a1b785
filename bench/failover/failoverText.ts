/** The comparison as tables: medians and worst side by side, with what is promised beside them. */
import { table } from "../../lab/table.ts";
import { median, worst } from "../report/statistics.ts";
import type { Contestant, ContestantName, Series } from "./comparison.ts";
import { FAULT_NAMES, FAULTS } from "./fault.ts";
import { MEASURES, type Measure } from "./measure.ts";

/** The one interval for which figures are promised; at the others keepalived's median is the measure. */
const PROMISED_INTERVAL_MS = 1_000;

/** One series: a row a fault, milliseconds as median / worst. */
export function failoverText(series: Series): string {
  const { intervalMs, contestants } = series;
  const head = ["FAULT", ...contestants.map(({ name }) => name.toUpperCase()), "BOUND ON THE MEDIAN", ""];
  const rows = MEASURES.map((measure) => [
    measure.name,
    ...contestants.map((contestant) => both(figures(contestant, measure))),
    ...bound(series, measure),
  ]);
  const first = contestants[0];
  const runs = first?.outcomes.get("stop")?.length ?? 0;
  const title = `advertisements each ${intervalMs} ms, ${runs} runs a fault; milliseconds, median / worst`;
  return `${title}\n${table([head, ...rows])}\n\n${ownersText(contestants)}`;
}

/** What the words in the tables mean. */
export function legendText(): string {
  const faults = FAULT_NAMES.map((name) => [`  ${name}`, FAULTS[name].means, measured(name)]);
  return table([...faults, ["  heal", "a blackhole ends", measured("heal")]]);
}

function measured(name: Measure["name"]): string {
  return MEASURES.find((measure) => measure.name === name)?.of ?? "";
}

function figures({ outcomes }: Contestant, measure: Measure): readonly number[] {
  return (outcomes.get(measure.fault) ?? []).map((outcome) => measure.figure(outcome));
}

/** What holds, and whether it does: for both agents, with the peer link first. */
function bound({ intervalMs, contestants }: Series, measure: Measure): readonly [string, string] {
  const medianOf = (name: ContestantName): number | undefined => {
    const contestant = contestants.find((one) => one.name === name);
    return contestant === undefined ? undefined : median(figures(contestant, measure));
  };
  const theirs = medianOf("keepalived") ?? Number.POSITIVE_INFINITY;
  const isPromised = intervalMs === PROMISED_INTERVAL_MS;
  const noWorse = theirs + allowanceMs(intervalMs);
  const limits = [
    { name: "agent with peer link", limit: isPromised ? measure.promiseMs : noWorse },
    { name: "agent", limit: noWorse },
  ] as const;
  const missed = limits.filter(({ name, limit }) => (medianOf(name) ?? 0) > limit);
  const text = isPromised ? `${measure.promiseMs}; without peer link keepalived's` : "keepalived's";
  return [text, missed.length === 0 ? "met" : `missed by ${missed.map(({ name }) => name).join(" and ")}`];
}

/** Two medians of equal daemons differ by about this: what ten phases leave to chance, and the machine's own noise. */
function allowanceMs(intervalMs: number): number {
  return intervalMs / 20 + 2;
}

/** How long the fault left the address on two hosts that could be reached. */
function ownersText(contestants: readonly Contestant[]): string {
  const faults = FAULT_NAMES.filter((name) => FAULTS[name].leavesHost);
  const rows = faults.map((fault) => [
    fault,
    ...contestants.map(({ outcomes }) => {
      const times = (outcomes.get(fault) ?? []).map(({ oneOwnerMs }) => oneOwnerMs ?? Number.POSITIVE_INFINITY);
      return both(times);
    }),
  ]);
  return table([["ONE OWNER AFTER", ...contestants.map(({ name }) => name.toUpperCase())], ...rows]);
}

function both(values: readonly number[]): string {
  return `${text(median(values))} / ${text(worst(values))}`;
}

function text(ms: number): string {
  if (!Number.isFinite(ms)) return "never";
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}
