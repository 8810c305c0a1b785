/** The arithmetic of the bench: what a client saw, and the figures it is quoted by. */
import assert from "node:assert/strict";
import { median, quantile } from "../../bench/report/statistics.ts";
import type { Answer } from "../../bench/segment/probe.ts";
import { decodeRecords, encodeRecord, RECORD_BYTES } from "../../bench/segment/records.ts";
import { seenOf } from "../../bench/segment/seen.ts";

/** A request each millisecond from 0 on; who answers it at once, or nobody. */
function answers(...by: readonly (number | undefined)[]): readonly Answer[] {
  return by.map((node, index) => ({
    address: "10.25.0.50",
    sentMs: index,
    answeredMs: node === undefined ? undefined : index + 0.1,
    by: node,
  }));
}

describe("what a client saw", () => {
  it("is the longest silence, the lost requests and the first answer of the successor", () => {
    const seen = seenOf(answers(1, 1, undefined, undefined, 2, 2), 1.5, 6, 2);
    assert.equal(seen.lost, 2);
    assert.equal(seen.flips, 1);
    assert.ok(Math.abs(seen.silenceMs - 3) < 1e-9);
    assert.ok(Math.abs((seen.takeoverMs ?? 0) - 2.6) < 1e-9);
  });

  it("lasts to the end of the window when nobody answers any more", () => {
    const seen = seenOf(answers(1, undefined, undefined), 0.5, 10, 2);
    assert.equal(seen.takeoverMs, undefined);
    assert.ok(Math.abs(seen.silenceMs - 9.9) < 1e-9);
  });

  it("counts an answer of the successor before the fault for nothing", () => {
    assert.equal(seenOf(answers(2, 1, 1), 0.5, 3, 2).takeoverMs, undefined);
  });

  it("tells who answers in turns", () => {
    assert.equal(seenOf(answers(1, 2, 1, 2), 0, 4, 2).flips, 3);
  });
});

describe("records of the probe", () => {
  it("come back as they were written, and half a record is none", () => {
    const records = [
      { sentMicros: 123_456_789_012.5, answeredMicros: 0, ttl: 0 },
      { sentMicros: 1, answeredMicros: 2, ttl: 101 },
    ];
    const bytes = Buffer.concat(records.map(encodeRecord));
    assert.deepEqual(decodeRecords(bytes), records);
    assert.deepEqual(decodeRecords(bytes.subarray(0, 2 * RECORD_BYTES - 1)), records.slice(0, 1));
  });
});

describe("quantiles", () => {
  it("are values that occur", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(values, 0.99), 100);
    assert.equal(quantile(values, 0.5), 51);
    assert.equal(median(values), 50.5);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });
});
