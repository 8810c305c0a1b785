/** One look of a check, waited for until nothing of it is left. */

import { probeOf } from "../../agent/checks/probes.ts";
import type { PolledCheckConfig } from "../../agent/config/schema/check.ts";
import type { CheckResult } from "../../agent/health/verdict.ts";

export async function looksOnce(
  config: PolledCheckConfig,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> {
  const { result, gone } = probeOf(config)(signal);
  try {
    return await result;
  } finally {
    await gone;
  }
}
