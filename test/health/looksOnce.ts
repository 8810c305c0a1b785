/** One look of a check, waited for until nothing of it is left. */
import type { PolledCheckConfig } from "../../agent/config/check.ts";
import type { CheckResult } from "../../agent/health/verdict.ts";
import { lookOf } from "../../agent/node/checks/looks.ts";

export async function looksOnce(
  config: PolledCheckConfig,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> {
  const { result, gone } = lookOf(config)(signal);
  try {
    return await result;
  } finally {
    await gone;
  }
}
