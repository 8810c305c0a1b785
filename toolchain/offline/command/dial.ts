// Dialling as the official plugin does: again and again, a little later each time, until a limit of failures.

import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../messageOf.ts";

const FIRST_DELAY_MS = 100;
const DELAY_FACTOR = 1.5;
const LONGEST_DELAY_MS = 5000;
const UNLIMITED = -1;

/** The pause before dial `attempt`, the second being 1: 100 ms, 150 ms, … up to 5 s. */
export function delayBefore(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * DELAY_FACTOR ** (attempt - 1), LONGEST_DELAY_MS);
}

/** Dialling was given up; another dial around it gives up as well. */
export class DialFailure extends Error {
  override readonly name = "DialFailure";
}

/**
 * Calls `dial` until it succeeds, has failed more than `errorLimit` times (-1: forever), or the signal fires.
 * @throws DialFailure with the last failure, and how often and how long it was tried
 */
export async function dialWithRetry<T>(
  name: string,
  errorLimit: number,
  signal: AbortSignal,
  dial: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await dial();
    } catch (error) {
      if (error instanceof DialFailure) throw error;
      const why = messageOf(error);
      if (errorLimit !== UNLIMITED && attempt > errorLimit) {
        const elapsed = ((performance.now() - startedMs) / 1000).toFixed(1);
        const times = attempt === 1 ? "once" : `${attempt} times in ${elapsed} s`;
        throw new DialFailure(`no SSH connection to ${name}, tried ${times}: ${why}`, { cause: error });
      }
      // An end before its time shows at the top of the loop, with its reason.
      await sleep(delayBefore(attempt), undefined, { signal }).catch(() => undefined);
    }
  }
}
