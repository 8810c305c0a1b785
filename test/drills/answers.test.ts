import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answer, observe } from "../../lab/drills/answers.ts";

/** Calls each 10 ms from `fromMs`, answered 2 ms later by the node that holds the address then. */
const calls = (fromMs: number, untilMs: number, holder: (ms: number) => string | undefined): Answer[] =>
  Array.from({ length: Math.floor((untilMs - fromMs) / 10) }, (_, index) => {
    const sentMs = fromMs + index * 10;
    const by = holder(sentMs);
    return by === undefined ? { sentMs } : { sentMs, answeredMs: sentMs + 2, by };
  });

describe("what a client saw of a drill", () => {
  it("measures the gap from the last answer of the old master to the first of the new one", () => {
    const answers = calls(0, 6_000, (ms) => (ms < 1_000 ? "edge-1" : ms < 4_000 ? undefined : "edge-2"));
    const seen = observe(answers, 1_000, 6_000, "edge-1");
    assert.equal(seen.gapMs, 4_002 - 992);
    assert.equal(seen.takeoverMs, 3_002);
    assert.equal(seen.to, "edge-2");
    assert.equal(seen.lost, 300);
  });

  it("sees no gap beyond the probe's own spacing in a hand-over without loss", () => {
    const seen = observe(
      calls(0, 3_000, (ms) => (ms < 1_000 ? "edge-1" : "edge-2")),
      900,
      3_000,
      "edge-1",
    );
    assert.deepEqual({ gapMs: seen.gapMs, lost: seen.lost, to: seen.to }, { gapMs: 10, lost: 0, to: "edge-2" });
  });

  it("says that nobody took over when nobody answered, and how long the silence was", () => {
    const seen = observe(
      calls(0, 3_000, (ms) => (ms < 1_000 ? "edge-1" : undefined)),
      1_000,
      3_000,
      "edge-1",
    );
    assert.equal(seen.takeoverMs, undefined);
    assert.equal(seen.to, undefined);
    assert.equal(seen.gapMs, 3_000 - 992);
  });

  it("finds a second gap after the takeover", () => {
    const answers = calls(0, 5_000, (ms) => (ms < 1_000 ? "edge-1" : ms >= 2_000 && ms < 4_000 ? undefined : "edge-2"));
    assert.equal(observe(answers, 1_000, 5_000, "edge-1").gapMs, 2_010);
  });

  it("does not depend on the order in which answers came in", () => {
    const answers = calls(0, 2_000, (ms) => (ms < 500 ? "edge-1" : ms < 900 ? undefined : "edge-2"));
    const expected = observe(answers, 500, 2_000, "edge-1");
    fc.assert(
      fc.property(fc.shuffledSubarray(answers, { minLength: answers.length }), (shuffled) => {
        assert.deepEqual(observe(shuffled, 500, 2_000, "edge-1"), expected);
      }),
      { numRuns: 20 },
    );
  });
});
