/** When a lease is renewed: early enough that two refusals cost nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { renewalDueMicros } from "../../agent/interfaces/lease.ts";

const SECOND = 1_000_000;

describe("claims/lease", () => {
  it("is renewed after a quarter of its lifetime", () => {
    assert.equal(renewalDueMicros(10 * SECOND, 3), 10.75 * SECOND);
  });

  it("survives two renewals that fail and are tried again after a second, from the default of 3 s on", () => {
    const lifetime = fc.integer({ min: 3, max: 3_600 });
    const setAt = fc.integer({ min: 0, max: 1e12 });
    fc.assert(
      fc.property(lifetime, setAt, (lifetime, setAt) => {
        const first = renewalDueMicros(setAt, lifetime);
        assert.ok(first + 2 * SECOND < setAt + lifetime * SECOND);
        assert.ok(Number.isInteger(first));
      }),
    );
  });
});
