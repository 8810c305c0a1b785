/** A row of seeds as tests, with what they add up to: the row is fixed, so a test that fails does so again. */
import assert from "node:assert/strict";
import { caseOf, runCase } from "./world/seed.ts";

const SEEDS_PER_TEST = 10;
const MICROS_PER_DAY = 86_400_000_000;

/** @param leastDays of simulated time that the row is worth */
export function keepsWhatIsPromised(first: number, last: number, leastDays: number): void {
  let simulatedMicros = 0;
  for (let from = first; from <= last; from += SEEDS_PER_TEST) {
    const to = Math.min(last, from + SEEDS_PER_TEST - 1);
    it(`with the seeds ${from} to ${to}`, () => {
      for (let seed = from; seed <= to; seed++) {
        const { violation, ...outcome } = runCase(caseOf(seed));
        simulatedMicros += outcome.simulatedMicros;
        const replay = `npx tsx test/simulation/main.ts --seed ${seed}`;
        assert.equal(violation, undefined, `${violation?.number}: ${violation?.words}; replay it: ${replay}`);
      }
    });
  }

  it(`for ${leastDays} days and more`, () => {
    const days = simulatedMicros / MICROS_PER_DAY;
    assert.ok(days >= leastDays, `it were ${days.toFixed(1)} days`);
  });
}
