/** Time for drills: the monotonic clock all processes of the machine share, and waiting for conditions. */
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds of CLOCK_MONOTONIC: comparable between processes of one machine. */
export const nowMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/**
 * Asks again and again until there is a result.
 * @param attempt returns undefined for "not yet"
 * @param everyMs pause between attempts
 * @throws what `failure` makes, when the deadline has passed
 */
export async function waitFor<T>(
  attempt: () => Promise<T | undefined>,
  deadlineMs: number,
  everyMs: number,
  failure: () => Error,
): Promise<T> {
  const endMs = nowMs() + deadlineMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (nowMs() >= endMs) throw failure();
    await sleep(everyMs);
  }
}
