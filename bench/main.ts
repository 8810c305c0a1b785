/**
 * `npm run bench`: the agent beside keepalived and ucarp, in namespaces of its own; needs root.
 *
 *   npm run bench                                failover, handover, jitter, flood, cost and the simulator, an hour
 *   npm run bench -- failover --quick            one of them, two runs instead of ten
 *   npm run bench -- failover --interval 100     one series of the failover comparison
 *   npm run bench -- handover --routers 255      one size of the handover of many virtual routers
 *   npm run bench -- drills [DRILL...]           the drills on the running lab (npm start)
 */
import { parseArgs } from "node:util";
import { drillNamed } from "../lab/drills/drill.ts";
import { ensureHostPackages } from "../lab/host/packages.ts";
import { exitWhenWritten } from "../toolchain/output.ts";
import { createProgress, type Progress } from "../toolchain/progress.ts";
import { reportAndExit, UserError } from "../toolchain/userError.ts";
import { COST_PREFIX, measureCost } from "./cost/cost.ts";
import { costText } from "./cost/costText.ts";
import { SEGMENT_PACKAGES } from "./daemons/packages.ts";
import { DEFAULT_DRILLS, rehearseDrills } from "./drills/drills.ts";
import { compare, FAILOVER_PREFIXES } from "./failover/comparison.ts";
import { failoverText, legendText } from "./failover/failoverText.ts";
import { HANDOVER, HANDOVER_PREFIX, measureHandovers } from "./handover/handover.ts";
import { handoverText } from "./handover/handoverText.ts";
import { FLOOD, FLOOD_PREFIX, measureFlood } from "./load/flood.ts";
import { floodText } from "./load/floodText.ts";
import { JITTER, JITTER_PREFIX, measureJitter } from "./load/jitter.ts";
import { jitterText } from "./load/jitterText.ts";
import { summarise } from "./report/summary.ts";
import { removeSegment } from "./segment/segment.ts";
import { measureSimulation, SIMULATION, simulationText } from "./simulation/simulation.ts";

const BENCHES = ["failover", "handover", "jitter", "flood", "cost", "simulation"] as const;
type Bench = (typeof BENCHES)[number];

/** What the benches call their namespaces. */
const PREFIXES = [
  ...FAILOVER_PREFIXES,
  `${JITTER_PREFIX}1`,
  `${JITTER_PREFIX}2`,
  COST_PREFIX,
  HANDOVER_PREFIX,
  FLOOD_PREFIX,
];
const EXIT_INTERRUPTED = 130;
const INTERVALS_MS = [1_000, 100, 10];
const QUICK_RUNS = 2;
const QUICK_SECONDS = 10;

interface Options {
  readonly runs: number;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly intervalsMs: readonly number[];
  /** Virtual routers to hand over; undefined: the usual series. */
  readonly routers: readonly number[] | undefined;
}

function readArguments(): Options & { readonly words: readonly string[] } {
  const { values, positionals } = parseArgs({
    options: {
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      interval: { type: "string" },
      routers: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const routers = wholeNumber("--routers", values.routers);
  return {
    words: positionals,
    routers: routers === undefined ? undefined : [routers],
    isQuick: values.quick,
    isJson: values.json,
    runs: wholeNumber("--runs", values.runs) ?? (values.quick ? QUICK_RUNS : 10),
    intervalsMs: values.interval === undefined ? INTERVALS_MS : [wholeNumber("--interval", values.interval) ?? 0],
  };
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UserError(`${option} ${text} is no whole number above 0`, `use e.g. ${option} 10`);
}

function isBench(word: string): word is Bench {
  return BENCHES.some((bench) => bench === word);
}

async function runBench(
  bench: Bench,
  { runs, intervalsMs, routers, isQuick }: Options,
  progress: Progress,
): Promise<string> {
  switch (bench) {
    case "failover": {
      const texts: string[] = [];
      for (const intervalMs of intervalsMs) texts.push(failoverText(await compare(intervalMs, runs, progress)));
      return [...texts, legendText()].join("\n\n");
    }
    case "handover":
      return handoverText(await measureHandovers(routers ?? HANDOVER.virtualRouters, progress));
    case "jitter":
      return jitterText(await measureJitter(isQuick ? QUICK_SECONDS : JITTER.seconds, progress));
    case "flood":
      return floodText(await measureFlood(isQuick ? QUICK_SECONDS : FLOOD.seconds, progress));
    case "cost":
      return costText(await measureCost(progress));
    case "simulation":
      return simulationText(measureSimulation(isQuick ? SIMULATION.quickSeeds : SIMULATION.seeds, progress));
  }
}

/** Takes the namespaces away on Ctrl-C too; after a crash the next run does. */
function removeWhenInterrupted(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      for (const prefix of PREFIXES) removeSegment(prefix);
      void exitWhenWritten(EXIT_INTERRUPTED);
    });
  }
}

async function main(): Promise<void> {
  const { words, ...options } = readArguments();
  const progress = createProgress();
  const print = (text: string): void => {
    process.stdout.write(`\n${text}\n`);
  };
  if (words[0] === "drills") {
    const names = words.length > 1 ? words.slice(1) : DEFAULT_DRILLS;
    const records = await rehearseDrills(names.map(drillNamed), options.runs, progress);
    print(options.isJson ? JSON.stringify(records, null, 2) : summarise(records));
    return;
  }
  const unknown = words.find((word) => !isBench(word));
  if (unknown !== undefined)
    throw new UserError(
      `there is no bench ${unknown}`,
      `use ${BENCHES.join(", ")} or drills, or nothing for all but the drills`,
    );
  await ensureHostPackages(progress, SEGMENT_PACKAGES);
  removeWhenInterrupted();
  const benches = words.length === 0 ? BENCHES : words.filter(isBench);
  for (const bench of benches) print(await runBench(bench, options, progress));
}

await reportAndExit(main);
