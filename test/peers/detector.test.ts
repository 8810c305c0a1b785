/** When silence is silence, on a clock of its own. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  emptyHistory,
  excused,
  type HeartbeatHistory,
  heard,
  type Pace,
  silenceLimitMicros,
  silentAtMicros,
} from "../../agent/peers/detector.ts";

const PACE: Pace = { intervalMicros: 50_000, missed: 3 };
const LIMIT = 150_000;

/** A path on which heartbeats came after these gaps, and the time of the last. */
function afterGaps(
  gaps: readonly number[],
  from: HeartbeatHistory = emptyHistory(0),
  startMicros = from.heardMicros,
): HeartbeatHistory {
  let nowMicros = startMicros;
  return gaps.reduce((hearing, gap) => heard(hearing, PACE, (nowMicros += gap)), from);
}

describe("silence of a path", () => {
  it("is missed heartbeats, counted from the connection on", () => {
    assert.equal(silentAtMicros(emptyHistory(1_000_000), PACE), 1_000_000 + LIMIT);
  });

  it("starts anew with every heartbeat", () => {
    const hearing = afterGaps(Array<number>(20).fill(50_000));
    assert.equal(silentAtMicros(hearing, PACE), 20 * 50_000 + LIMIT);
  });

  it("is not widened by ordinary jitter: up to half of the limit", () => {
    assert.equal(silenceLimitMicros(afterGaps([50_000, 75_000, 25_000, 60_000]), PACE), LIMIT);
  });

  it("is twice the longest gap of the recent past", () => {
    assert.equal(silenceLimitMicros(afterGaps([50_000, 120_000]), PACE), 240_000);
  });

  it("shrinks back when gaps are short again: half after 30 s", () => {
    const widened = afterGaps([140_000]);
    const smooth = afterGaps(Array<number>(600).fill(50_000), widened);
    assert.equal(silenceLimitMicros(widened, PACE), 280_000);
    assert.equal(silenceLimitMicros(smooth, PACE), LIMIT);
    const halfway = silenceLimitMicros(afterGaps(Array<number>(300).fill(50_000), widened), PACE);
    assert.ok(halfway > LIMIT && halfway < 280_000, `${halfway}`);
  });

  it("learns nothing from an outage", () => {
    const hearing = afterGaps([50_000, 2 * LIMIT + 1, 50_000]);
    assert.equal(silenceLimitMicros(hearing, PACE), LIMIT);
  });

  it("is never widened beyond ten times missed heartbeats", () => {
    let hearing = emptyHistory(0);
    for (let widening = 0; widening < 50; widening += 1) {
      hearing = heard(hearing, PACE, hearing.heardMicros + silenceLimitMicros(hearing, PACE));
    }
    assert.equal(silenceLimitMicros(hearing, PACE), 10 * LIMIT);
  });

  it("goes by the interval that the peer announced", () => {
    assert.equal(silentAtMicros(emptyHistory(0), { intervalMicros: 1_000_000, missed: 2 }), 2_000_000);
  });

  it("does not count the time in which this process was stalled", () => {
    const stalled = excused(emptyHistory(0), PACE, 100_000, LIMIT + 100_000);
    assert.equal(silentAtMicros(stalled, PACE), LIMIT + 200_000);
  });

  it("gives a whole limit, and no more, after a long stall", () => {
    const wokenMicros = 3_600_000_000;
    assert.equal(silentAtMicros(excused(emptyHistory(0), PACE, wokenMicros, wokenMicros), PACE), wokenMicros + LIMIT);
  });

  it("leaves a deadline alone that is far enough", () => {
    const hearing = emptyHistory(0);
    assert.equal(excused(hearing, PACE, 10_000, 50_000), hearing);
  });

  it("is found in twice the limit at the latest, however often this process stalls", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 5_000, max: LIMIT }), { minLength: 1, maxLength: 100 }), (stalls) => {
        let hearing = emptyHistory(0);
        for (const lateMicros of stalls) {
          const wokenMicros = silentAtMicros(hearing, PACE) + lateMicros;
          hearing = excused(hearing, PACE, lateMicros, wokenMicros);
          if (silentAtMicros(hearing, PACE) <= wokenMicros) return;
        }
        assert.ok(hearing.excusedMicros <= LIMIT);
      }),
    );
  });

  it("stays within its bounds, whatever was heard and when", () => {
    const gap = fc.integer({ min: 0, max: 5_000_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, fc.boolean()), { maxLength: 200 }), (steps) => {
        let hearing = emptyHistory(0);
        let nowMicros = 0;
        for (const [micros, isHeard] of steps) {
          nowMicros += micros;
          hearing = isHeard ? heard(hearing, PACE, nowMicros) : excused(hearing, PACE, micros, nowMicros);
          const limit = silenceLimitMicros(hearing, PACE);
          assert.ok(limit >= LIMIT && limit <= 10 * LIMIT);
          assert.ok(silentAtMicros(hearing, PACE) >= hearing.heardMicros + limit);
          assert.ok(silentAtMicros(hearing, PACE) <= Math.max(nowMicros, hearing.heardMicros) + limit);
        }
      }),
    );
  });
});
