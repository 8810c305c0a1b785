/** One check as it is watched: its results, what they come to, and since when. */
import type { CheckConfig } from "../config/schema/check.ts";
import {
  type CheckResult,
  deadlineOf,
  firstVerdict,
  judge,
  settle,
  type Verdict,
  type VerdictRule,
  type VerdictState,
} from "../health/verdict.ts";
import { monotonicMicros } from "../linux/system/clock.ts";

const MICROS_PER_MS = 1_000;

/** A verdict that changed, and why. */
export interface CheckChange {
  readonly name: string;
  readonly from: Verdict;
  readonly to: Verdict;
  readonly reason: string;
}

/** One check for status and metrics. */
export interface CheckStatus {
  readonly name: string;
  readonly kind: CheckConfig["kind"];
  readonly verdict: Verdict;
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly reason: string;
  /** Absent until it was looked at. */
  readonly latest?: CheckResult & { readonly at: string; readonly tookMicros: number };
  /** How often it was looked at. */
  readonly results: number;
  /** How often its verdict changed: many mean that it flaps. */
  readonly changes: number;
}

export class WatchedCheck {
  readonly name: string;
  readonly config: CheckConfig;
  readonly #rule: VerdictRule;
  readonly #report: (change: CheckChange) => void;
  #state: VerdictState;
  #since = new Date();
  #latest: CheckStatus["latest"];
  #results = 0;
  #changes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, config: CheckConfig, report: (change: CheckChange) => void) {
    this.name = name;
    this.config = config;
    this.#rule = ruleOf(config);
    this.#report = report;
    this.#state = firstVerdict(config.initially, monotonicMicros());
  }

  get verdict(): Verdict {
    return this.#state.verdict;
  }

  status(): CheckStatus {
    const { verdict, reason } = this.#state;
    return {
      name: this.name,
      kind: this.config.kind,
      verdict,
      since: this.#since.toISOString(),
      reason,
      ...(this.#latest === undefined ? {} : { latest: this.#latest }),
      results: this.#results,
      changes: this.#changes,
    };
  }

  take(result: CheckResult, tookMicros: number): void {
    this.#results += 1;
    this.#latest = { ...result, at: new Date().toISOString(), tookMicros };
    this.#become(judge(this.#rule, this.#state, result, monotonicMicros()));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #become(state: VerdictState): void {
    const { verdict: from } = this.#state;
    this.#state = state;
    clearTimeout(this.#timer);
    const deadlineMicros = deadlineOf(this.#rule, state);
    if (deadlineMicros !== undefined) this.#settleAt(deadlineMicros);
    const { verdict: to, reason } = state;
    if (to === from) return;
    this.#since = new Date();
    this.#changes += 1;
    this.#report({ name: this.name, from, to, reason });
  }

  #settleAt(deadlineMicros: number): void {
    // Rounded up: a timer that is early would find nothing settled.
    const waitMs = Math.ceil(Math.max(0, deadlineMicros - monotonicMicros()) / MICROS_PER_MS);
    this.#timer = setTimeout(() => {
      this.#become(settle(this.#rule, this.#state, monotonicMicros()));
    }, waitMs);
  }
}

function ruleOf(config: CheckConfig): VerdictRule {
  if ("debounce" in config) return { kind: "debounced", debounceMicros: config.debounce };
  return { kind: "counted", rise: config.rise, fall: config.fall };
}
