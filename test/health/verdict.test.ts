import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CheckResult,
  deadlineOf,
  firstVerdict,
  judge,
  settle,
  type Verdict,
  type VerdictRule,
  type VerdictState,
} from "../../agent/health/verdict.ts";

const good: CheckResult = { verdict: "good", reason: "answered" };
const failed: CheckResult = { verdict: "failed", reason: "no answer within 2s" };
const counted = (rise: number, fall: number): VerdictRule => ({ kind: "counted", rise, fall });

/** The verdicts after each of the results, a second apart. */
function verdicts(rule: VerdictRule, initially: Verdict, results: string): string {
  let state = firstVerdict(initially, 0);
  return Array.from(results)
    .map((letter, index) => {
      state = judge(rule, state, letter === "g" ? good : failed, (index + 1) * 1_000_000);
      return state.verdict === "good" ? "g" : "f";
    })
    .join("");
}

describe("verdict of a polled check", () => {
  it("changes after so many results in a row, and any other one breaks the row", () => {
    assert.equal(verdicts(counted(2, 3), "good", "ffgffffgfggg"), "gggggfffffgg");
    assert.equal(verdicts(counted(1, 1), "good", "gfgffg"), "gfgffg");
  });

  it("is in a known state from the start", () => {
    assert.equal(firstVerdict("failed", 0).verdict, "failed");
    assert.equal(verdicts(counted(2, 2), "failed", "ggff"), "fggf");
    assert.equal(verdicts(counted(2, 2), "good", "gff"), "ggf");
  });

  it("says why, and since when", () => {
    let state = firstVerdict("good", 0);
    state = judge(counted(2, 2), state, failed, 1_000);
    assert.deepEqual(state.against, { count: 1, sinceMicros: 1_000 });
    state = judge(counted(2, 2), state, failed, 2_000);
    assert.equal(state.reason, "no answer within 2s (2 times in a row)");
    assert.equal(state.sinceMicros, 2_000);
    assert.equal(state.against, undefined);
    assert.equal(deadlineOf(counted(2, 2), state), undefined);
  });
});

describe("verdict of a check that is told", () => {
  const rule: VerdictRule = { kind: "debounced", debounceMicros: 500 };

  it("takes the first result at once", () => {
    assert.equal(judge(rule, firstVerdict("good", 0), failed, 1).verdict, "failed");
  });

  it("takes a change when it has lasted, and forgets one that did not", () => {
    const known = judge(rule, firstVerdict("good", 0), good, 0);
    const doubted = judge(rule, known, failed, 1_000);
    assert.equal(doubted.verdict, "good");
    assert.equal(deadlineOf(rule, doubted), 1_500);
    assert.equal(settle(rule, doubted, 1_499).verdict, "good");
    assert.equal(settle(rule, doubted, 1_500).verdict, "failed");
    const back = judge(rule, doubted, good, 1_200);
    assert.equal(deadlineOf(rule, back), undefined);
    assert.equal(settle(rule, back, 9_000).verdict, "good");
  });

  it("counts from the first word of the change, not from its last", () => {
    const known = judge(rule, firstVerdict("good", 0), good, 0);
    const once = judge(rule, known, failed, 1_000);
    assert.equal(deadlineOf(rule, judge(rule, once, failed, 1_300)), 1_500);
    assert.equal(judge(rule, once, failed, 1_500).verdict, "failed");
  });

  it("without a debounce takes every change at once", () => {
    const immediate: VerdictRule = { kind: "debounced", debounceMicros: 0 };
    assert.equal(judge(immediate, judge(immediate, firstVerdict("good", 0), good, 0), failed, 5).verdict, "failed");
  });
});

describe("verdicts in general", () => {
  it("never change without that many results of the other kind right before", () => {
    const letters = fc.string({ unit: fc.constantFrom("g", "f"), maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), letters, (rise, fall, results) => {
        let state: VerdictState = firstVerdict("good", 0);
        Array.from(results).forEach((letter, index) => {
          const before = state.verdict;
          state = judge(counted(rise, fall), state, letter === "g" ? good : failed, index);
          if (state.verdict === before) return;
          const needed = before === "good" ? "f".repeat(fall) : "g".repeat(rise);
          assert.ok(results.slice(0, index + 1).endsWith(needed));
        });
      }),
    );
  });
});
