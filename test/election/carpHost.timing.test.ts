import assert from "node:assert/strict";
import fc from "fast-check";
import {
  advertisementIntervalMicros,
  deposedAfterMicros,
  listenMicros,
  masterDownMicros,
  periodMicros,
  RESIGNATION_MICROS,
  successionMicros,
} from "../../agent/election/carp/timers.ts";

const SECOND = 1_000_000;
const base = fc.integer({ min: 0, max: 254 });
const skew = fc.integer({ min: 0, max: 254 });

describe("the intervals of CARP", () => {
  it("advertise each advbase + advskew/256 s, cut to whole microseconds [C5-a]", () => {
    assert.equal(advertisementIntervalMicros(1, 0), 1_000_000);
    assert.equal(advertisementIntervalMicros(1, 100), 1_390_625);
    assert.equal(advertisementIntervalMicros(1, 254), 1_992_187);
  });

  it("advertise with base 0 by the skew alone, and with 0/0 each 1/256 s [C5-b]", () => {
    assert.equal(advertisementIntervalMicros(0, 0), 3_906);
    assert.equal(advertisementIntervalMicros(0, 1), 3_906);
    assert.equal(advertisementIntervalMicros(0, 100), 390_625);
  });

  it("take a master for dead after 3 advbase and the own skew [C5-c C5-e]", () => {
    assert.equal(masterDownMicros(1, 0), 3_000_000);
    assert.equal(masterDownMicros(1, 100), 3_390_625);
    assert.equal(masterDownMicros(254, 254), 762_992_187);
  });

  it("take a master for dead with base 0 after 3 own skews, never after one [C5-d C5-f:-]", () => {
    assert.equal(masterDownMicros(0, 0), 11_718);
    assert.equal(masterDownMicros(0, 100), 1_171_875);
  });

  it("listen for the longest interval of a group and the own skew, but no longer than a dead master is waited for", () => {
    assert.equal(listenMicros(1, 0), 2_000_000);
    assert.equal(listenMicros(1, 100), 2_390_625);
    assert.equal(listenMicros(0, 0), 11_718);
    fc.assert(
      fc.property(base, skew, skew, (base, own, masters) => {
        const heard = advertisementIntervalMicros(base, masters) <= listenMicros(base, own);
        return base > 0 ? heard : listenMicros(0, own) <= masterDownMicros(0, own);
      }),
    );
  });

  it("count a master as silent before the fastest backup would", () => {
    assert.equal(deposedAfterMicros(1, 100), 3_000_000);
    assert.equal(deposedAfterMicros(0, 100), 1_171_875);
    fc.assert(fc.property(base, skew, (base, skew) => deposedAfterMicros(base, skew) <= masterDownMicros(base, skew)));
  });

  it("leave a host time to advertise more than once before it is taken for dead", () => {
    fc.assert(
      fc.property(base, skew, (base, skew) => {
        return deposedAfterMicros(base, skew) > (3 * advertisementIntervalMicros(base, skew)) / 2;
      }),
    );
  });

  it("order those who take over within 20 ms, and leave a resigning master time to hear one that reads a second late", () => {
    assert.equal(successionMicros(0), 0);
    assert.equal(successionMicros(100), 7_812);
    assert.ok(successionMicros(255) < 20_000);
    assert.ok(RESIGNATION_MICROS > SECOND + successionMicros(255));
  });

  it("prefer the shorter period; a bow-out is longer than any lawful one up to base 254", () => {
    fc.assert(fc.property(base, skew, (base, skew) => periodMicros(base, skew) < periodMicros(255, 255)));
    assert.equal(periodMicros(1, 254) < 2 * SECOND, true);
  });
});
