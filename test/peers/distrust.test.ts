/** How often closed connections are believed, and what one connection may say. */
import assert from "node:assert/strict";
import { Allowance } from "../../agent/peers/connections/allowance.ts";
import { Distrust } from "../../agent/peers/distrust.ts";

const SECOND = 1_000_000;

describe("distrust in closed connections", () => {
  it("begins with the third that was wrong in a minute, once, and ends when that is a minute ago", () => {
    const distrust = new Distrust();
    assert.deepEqual(
      [0, 10, 20].map((second) => distrust.disprove(second * SECOND)),
      [false, false, true],
    );
    assert.equal(distrust.believes(60 * SECOND - 1), false);
    assert.equal(distrust.believes(60 * SECOND), true);
    assert.equal(distrust.disprove(21 * SECOND), false);
    assert.equal(distrust.count, 4);
  });

  it("is not made of those that were wrong long ago", () => {
    const distrust = new Distrust();
    for (let count = 0; count < 100; count++) distrust.disprove(count * 31 * SECOND);
    assert.equal(distrust.believes(99 * 31 * SECOND), true);
  });
});

describe("what one connection may say", () => {
  it("is what a handover of 255 virtual routers takes, and heartbeats of 10 ms for ever", () => {
    const allowance = new Allowance(0);
    for (let count = 0; count < 3 * 255; count++) assert.ok(allowance.spend(1, 60_000 / 3, 0));
    for (let beat = 1; beat < 10_000; beat++) assert.ok(allowance.spend(1, 100, beat * 10_000));
  });

  it("has an end for messages and for octets, and comes back with time", () => {
    const allowance = new Allowance(0);
    assert.equal(allowance.spend(2_001, 1, 0), false);
    assert.equal(allowance.spend(1, 1, SECOND), true);
    assert.equal(new Allowance(0).spend(1, 33 << 20, 0), false);
  });
});
