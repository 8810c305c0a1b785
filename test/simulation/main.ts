/**
 * Simulates whole groups from seeds: `--seed N` replays one and tells what happened, `--minutes N` goes on with fresh seeds,
 * `--seeds N` runs so many from `--from` on. `--keep FILE` writes what a replay was of, for a regression test. Ends with 1 when
 * an invariant was violated.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { groupOf } from "./machine/group.ts";
import { actInWords } from "./world/acts.ts";
import { type Case, caseOf, runCase, shrink, traceOf } from "./world/seed.ts";

const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;
const MS_PER_MINUTE = 60_000;
const REPORT_MS = 10_000;
const FRESH_SEEDS = 2 ** 45;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string" },
    minutes: { type: "string" },
    messages: { type: "boolean", default: false },
    whole: { type: "boolean", default: false },
    keep: { type: "string" },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Replays one seed with its trace; of a plan that fails, what is needed of it. */
function replay(seed: number): boolean {
  const whole = caseOf(seed);
  say(`seed ${seed}: ${groupOf(whole.draft).description}`);
  const { violation, simulatedMicros } = runCase(whole);
  const failsAlike = (smaller: Case): boolean => runCase(smaller).violation?.number === violation?.number;
  const one = violation === undefined || values.whole ? whole : shrink(whole, failsAlike);
  say(`plan: ${one.plan.acts.length} of ${whole.plan.acts.length} acts`);
  for (const act of one.plan.acts) say(`  ${(act.atMicros / MICROS_PER_SECOND).toFixed(6)} ${actInWords(act)}`);
  for (const line of traceOf(one, values.messages).lines) say(line);
  const seconds = (simulatedMicros / MICROS_PER_SECOND).toFixed(1);
  say(violation === undefined ? `good: ${seconds} s of simulated time` : `${violation.number}: ${violation.words}`);
  if (values.keep !== undefined) writeFileSync(values.keep, `${JSON.stringify(one, undefined, 2)}\n`);
  return violation === undefined;
}

/** Runs seed after seed. @returns how many failed */
function soak(first: number, isOver: (count: number, elapsedMs: number) => boolean): number {
  const startMs = performance.now();
  let [count, failed, simulatedMicros, events, reportedMs] = [0, 0, 0, 0, 0];
  const report = (): void => {
    const elapsed = (performance.now() - startMs) / 1_000;
    const simulated = simulatedMicros / MICROS_PER_SECOND;
    const days = (simulated / SECONDS_PER_DAY).toFixed(2);
    const speed = Math.round(simulated / elapsed);
    const rate = Math.round(events / elapsed);
    say(
      `${count} seeds, ${days} simulated days in ${elapsed.toFixed(1)} s: ${speed} s/s, ${rate} events/s, ${failed} failed`,
    );
  };
  for (let elapsedMs = 0; !isOver(count, elapsedMs); elapsedMs = performance.now() - startMs) {
    const seed = first + count;
    const outcome = runCase(caseOf(seed));
    count += 1;
    simulatedMicros += outcome.simulatedMicros;
    events += outcome.events;
    if (outcome.violation !== undefined) {
      failed += 1;
      const { number, words } = outcome.violation;
      say(`seed ${seed}: ${number}: ${words}`);
      say(`  npx tsx test/simulation/main.ts --seed ${seed}`);
    }
    if (elapsedMs - reportedMs < REPORT_MS) continue;
    reportedMs = elapsedMs;
    report();
  }
  report();
  return failed;
}

function run(): boolean {
  if (values.seed !== undefined) return replay(Number(values.seed));
  if (values.seeds !== undefined) {
    const most = Number(values.seeds);
    return soak(Number(values.from ?? 1), (count) => count >= most) === 0;
  }
  const limitMs = Number(values.minutes ?? 1) * MS_PER_MINUTE;
  return soak(Math.floor(Math.random() * FRESH_SEEDS), (_count, elapsedMs) => elapsedMs >= limitMs) === 0;
}

process.exitCode = run() ? 0 : 1;
