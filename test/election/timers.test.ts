import assert from "node:assert/strict";
import fc from "fast-check";
import {
  activeDownIntervalMicros,
  deposedAfterMicros,
  listenIntervalMicros,
  nextOnSchedule,
  resignationIntervalMicros,
  skewTimeMicros,
} from "../../agent/election/timers.ts";
import { CENTISECOND, SECOND } from "./scenario.ts";

const priorities = fc.integer({ min: 1, max: 255 });
const intervals = fc.integer({ min: 1, max: 4095 }).map((centis) => centis * CENTISECOND);

describe("RFC 9568 6.1 intervals", () => {
  it("[6.1-g] Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256", () => {
    assert.equal(skewTimeMicros(100, SECOND), 609_375);
    assert.equal(skewTimeMicros(254, SECOND), 7_813, "7812.5 microseconds, rounded up");
    assert.equal(skewTimeMicros(1, 40_950_000), 40_790_040, "40790039.0625 microseconds, rounded up");
  });

  it("[6.1-g] Skew_Time at one centisecond is not truncated to 0", () => {
    assert.equal(skewTimeMicros(254, CENTISECOND), 79, "78.125 microseconds, rounded up");
    assert.equal(skewTimeMicros(255, CENTISECOND), 40, "39.0625 microseconds, rounded up");
  });

  it("[6.1-h] Active_Down_Interval = (3 * Active_Adver_Interval) + Skew_Time", () => {
    assert.equal(activeDownIntervalMicros(100, SECOND), 3_609_375);
    assert.equal(activeDownIntervalMicros(254, SECOND), 3_007_813);
    assert.equal(activeDownIntervalMicros(1, SECOND), 3_996_094);
  });

  it("no timer is early, none is late by a microsecond, and a higher priority always comes first", () => {
    fc.assert(
      fc.property(priorities, intervals, (priority, interval) => {
        const skew = skewTimeMicros(priority, interval);
        const numerator = (256 - priority) * interval;
        assert.ok(Number.isInteger(skew));
        assert.ok(skew * 256 >= numerator);
        assert.ok((skew - 1) * 256 < numerator);
        assert.ok(skew > skewTimeMicros(priority + 1, interval));
        assert.equal(activeDownIntervalMicros(priority, interval) - skew, 3 * interval);
      }),
    );
  });

  it("a resigning master outwaits every lawful successor, and a listener every live master", () => {
    fc.assert(
      fc.property(priorities, intervals, (priority, interval) => {
        assert.ok(resignationIntervalMicros(interval) >= skewTimeMicros(priority, interval) + 200_000);
        assert.ok(listenIntervalMicros(priority, interval) > interval);
      }),
    );
  });

  it("a master counts as deposed before the first backup that could have replaced it has acted", () => {
    fc.assert(
      fc.property(priorities, intervals, (priority, interval) => {
        assert.ok(deposedAfterMicros(interval) < activeDownIntervalMicros(priority, interval));
      }),
    );
  });
});

describe("the schedule of advertisements", () => {
  it("is absolute: one that is late does not delay the next", () => {
    assert.equal(nextOnSchedule(5 * SECOND, SECOND, 5 * SECOND), 6 * SECOND);
    assert.equal(nextOnSchedule(5 * SECOND, SECOND, 5 * SECOND + 999_999), 6 * SECOND);
  });

  it("skips those that were missed", () => {
    assert.equal(nextOnSchedule(5 * SECOND, SECOND, 6 * SECOND), 7 * SECOND);
    assert.equal(nextOnSchedule(5 * SECOND, SECOND, 7_500_000), 8 * SECOND);
  });

  it("goes on in the future, on its grid, at most an interval ahead", () => {
    fc.assert(
      fc.property(fc.nat(1e12), intervals, fc.nat(1e9), (due, interval, late) => {
        const next = nextOnSchedule(due, interval, due + late);
        assert.ok(next > due + late);
        assert.ok(next <= due + late + interval);
        assert.equal((next - due) % interval, 0);
      }),
    );
  });
});
