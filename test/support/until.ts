/** Waits for a condition, with a deadline: no test sleeps for luck. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 60_000;
const STEP_MS = 5;

export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await delay(STEP_MS);
  }
}
