/** The simulator itself, and every case in which it found something. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { allInvariants, FORGERIES_ARE_NOTHING } from "./world/invariants/all.ts";
import { type Case, caseOf, runCase, shrink, traceOf } from "./world/seed.ts";

const FOUND = new URL("./found/", import.meta.url);

describe("what was found in simulations", () => {
  for (const file of readdirSync(FOUND)) {
    it(`stays mended: ${file.replace(".json", "").replaceAll("-", " ")}`, () => {
      const one = JSON.parse(readFileSync(new URL(file, FOUND), "utf8")) as Case;
      assert.equal(runCase(one).violation, undefined);
    });
  }
});

describe("a simulation", () => {
  it("is the same again with the same seed, to the last advertisement", () => {
    const one = caseOf(7);
    assert.deepEqual(traceOf(one, true).lines, traceOf(one, true).lines);
  });

  it("judges every invariant of the plan, each by its number", () => {
    const numbers = [...allInvariants(), FORGERIES_ARE_NOTHING].map(({ number }) => number);
    const wanted = ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "L1", "L2"];
    assert.deepEqual(numbers.toSorted(), wanted.toSorted());
  });

  it("leaves out of a plan what is not needed to fail", () => {
    const one = caseOf(7);
    const needed = one.plan.acts.filter((_, index) => index === 2 || index === 5);
    const small = shrink(one, ({ plan }) => needed.every((act) => plan.acts.includes(act)));
    assert.deepEqual(small.plan.acts, needed);
  });
});
