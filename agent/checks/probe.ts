/** One look at something: how it is started, how it is ended, and what a check finds by it. */
import type { CheckResult } from "../health/verdict.ts";

/** A look that is under way. */
export interface RunningProbe<Found = CheckResult> {
  /** What it found. One that rejects found a failure. */
  readonly result: Promise<Found>;
  /** Settles when nothing of it is left; the next look waits for it. Never rejects. */
  readonly gone: Promise<unknown>;
}

/** Starts a look. It ends early when the signal is aborted: time is up. */
export type Probe<Found = CheckResult> = (signal: AbortSignal) => RunningProbe<Found>;

/** A look that leaves nothing behind: over when it has found something. */
export function simpleProbe(look: (signal: AbortSignal) => Promise<CheckResult>): Probe {
  return (signal) => {
    const result = look(signal);
    return { result, gone: result.catch(() => undefined) };
  };
}

export function good(reason: string): CheckResult {
  return { verdict: "good", reason };
}

export function failed(reason: string): CheckResult {
  return { verdict: "failed", reason };
}
