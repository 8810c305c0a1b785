/**
 * What is to be thought of a check: good or failed. Single results are noise, so they have to agree for a while:
 * so many in a row for a check that is polled, so long for one that the kernel tells of.
 */

export type Verdict = "good" | "failed";

/** What one look found; `reason` says it in words, for the log. */
export interface CheckResult {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** When results become a verdict. */
export type VerdictRule =
  /** Polled: so many equal results in a row. */
  | { readonly kind: "counted"; readonly rise: number; readonly fall: number }
  /** Told: the result has stood for this long. The very first one counts at once: there is no change to wait out. */
  | { readonly kind: "debounced"; readonly debounceMicros: number };

/** A verdict and what speaks against it. Times are microseconds of the monotonic clock. */
export interface VerdictState {
  readonly verdict: Verdict;
  readonly sinceMicros: number;
  /** Why the verdict is what it is. */
  readonly reason: string;
  /** Undefined: not looked at yet. */
  readonly latest: CheckResult | undefined;
  /** The row of results that differ from the verdict; undefined: the latest one agrees. */
  readonly against: { readonly count: number; readonly sinceMicros: number } | undefined;
}

/** A check nobody has looked at yet: in a known state all the same. */
export function firstVerdict(initially: Verdict, nowMicros: number): VerdictState {
  const reason = `taken for ${initially} until it is known`;
  return { verdict: initially, sinceMicros: nowMicros, reason, latest: undefined, against: undefined };
}

/** Takes a result in. The verdict changed when that of the returned state is another. */
export function judge(rule: VerdictRule, state: VerdictState, result: CheckResult, nowMicros: number): VerdictState {
  const latest = { ...state, latest: result };
  if (result.verdict === state.verdict) {
    const reason = state.latest === undefined ? result.reason : state.reason;
    return { ...latest, reason, against: undefined };
  }
  const against = {
    count: (state.against?.count ?? 0) + 1,
    sinceMicros: state.against?.sinceMicros ?? nowMicros,
  };
  return isEnough(rule, state, against, nowMicros)
    ? changed(rule, latest, against.count, nowMicros)
    : { ...latest, against };
}

/** Lets time pass: a change that was told has lasted long enough. Without effect before `deadlineOf`. */
export function settle(rule: VerdictRule, state: VerdictState, nowMicros: number): VerdictState {
  const deadlineMicros = deadlineOf(rule, state);
  if (deadlineMicros === undefined || nowMicros < deadlineMicros) return state;
  return changed(rule, state, 1, nowMicros);
}

/** When `settle` has something to do; undefined: never, unless there is another result. */
export function deadlineOf(rule: VerdictRule, { against }: VerdictState): number | undefined {
  return rule.kind === "debounced" && against !== undefined ? against.sinceMicros + rule.debounceMicros : undefined;
}

function isEnough(
  rule: VerdictRule,
  { verdict, latest }: VerdictState,
  against: { readonly count: number; readonly sinceMicros: number },
  nowMicros: number,
): boolean {
  switch (rule.kind) {
    case "counted":
      return against.count >= (verdict === "good" ? rule.fall : rule.rise);
    case "debounced":
      return latest === undefined || nowMicros - against.sinceMicros >= rule.debounceMicros;
  }
}

function changed(rule: VerdictRule, state: VerdictState, count: number, nowMicros: number): VerdictState {
  const verdict = state.verdict === "good" ? "failed" : "good";
  const said = state.latest?.reason ?? "";
  const reason = rule.kind === "counted" && count > 1 ? `${said} (${count} times in a row)` : said;
  return { ...state, verdict, sinceMicros: nowMicros, reason, against: undefined };
}
