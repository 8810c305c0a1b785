/** How fast whole groups are simulated: seconds of their time in one of ours, by how often they advertise. */
import { table } from "../../lab/table.ts";
import { groupOf } from "../../test/simulation/machine/group.ts";
import { caseOf, runCase } from "../../test/simulation/world/seed.ts";
import type { Progress } from "../../toolchain/progress.ts";

export const SIMULATION = { seeds: 150, quickSeeds: 30 } as const;

export interface SpeedResult {
  /** The longest interval of a master: those of a class advertise as seldom, or up to ten times as often. */
  readonly upToSeconds: number;
  readonly seeds: number;
  readonly simulatedSeconds: number;
  readonly events: number;
  readonly seconds: number;
}

const CLASSES_SECONDS = [0.1, 1, 10, 100];
const MICROS_PER_SECOND = 1_000_000;

export function measureSimulation(seeds: number, progress: Progress): SpeedResult[] {
  const results = CLASSES_SECONDS.map((upToSeconds) => {
    return { upToSeconds, seeds: 0, simulatedSeconds: 0, events: 0, seconds: 0 };
  });
  progress.note(`simulating ${seeds} groups`);
  for (let seed = 1; seed <= seeds; seed++) {
    const one = caseOf(seed);
    const interval = groupOf(one.draft).intervalMicros / MICROS_PER_SECOND;
    const result = results.find(({ upToSeconds }) => interval <= upToSeconds);
    if (result === undefined) throw new RangeError(`seed ${seed} advertises every ${interval} s, which is no class`);
    const startMs = performance.now();
    const { simulatedMicros, events } = runCase(one);
    result.seconds += (performance.now() - startMs) / 1_000;
    result.simulatedSeconds += simulatedMicros / MICROS_PER_SECOND;
    result.events += events;
    result.seeds += 1;
  }
  return results.filter((result) => result.seeds > 0);
}

export function simulationText(results: readonly SpeedResult[]): string {
  const head = ["INTERVAL up to s", "GROUPS", "SIMULATED h", "SIMULATED s/s", "EVENTS/s"];
  const sum = (of: (result: SpeedResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const all = {
    upToSeconds: Infinity,
    seeds: sum(({ seeds }) => seeds),
    simulatedSeconds: sum(({ simulatedSeconds }) => simulatedSeconds),
    events: sum(({ events }) => events),
    seconds: sum(({ seconds }) => seconds),
  };
  const rows = [...results, all].map(({ upToSeconds, seeds, simulatedSeconds, events, seconds }) => [
    upToSeconds === Infinity ? "all" : String(upToSeconds),
    String(seeds),
    (simulatedSeconds / 3_600).toFixed(1),
    Math.round(simulatedSeconds / seconds).toLocaleString("en"),
    Math.round(events / seconds).toLocaleString("en"),
  ]);
  return `whole groups on a virtual clock, one process, every invariant judged after every step\n${table([head, ...rows])}`;
}
