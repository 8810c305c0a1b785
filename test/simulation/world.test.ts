/** The simulator itself, and every case in which it found something. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { allInvariants, FORGERIES_ARE_NOTHING } from "./invariants/all.ts";
import type { Draft } from "./machine/group.ts";
import type { Act } from "./world/acts.ts";
import { type Case, caseOf, runCase, shrink, traceOf } from "./world/seed.ts";

const SECOND = 1_000_000;
const FOUND = new URL("./found/", import.meta.url);

describe("what was found in simulations", () => {
  for (const file of readdirSync(FOUND)) {
    it(`stays mended: ${file.replace(".json", "").replaceAll("-", " ")}`, () => {
      const one = JSON.parse(readFileSync(new URL(file, FOUND), "utf8")) as Case;
      assert.equal(runCase(one).violation, undefined);
    });
  }
});

/** Three nodes and a stranger who ends their connections in turn, some for a while. */
function resets(change: Partial<Draft>): Case {
  const { draft } = caseOf(7);
  const plain = {
    family: 4,
    members: 3,
    routers: 1,
    intervalSeconds: 1,
    authentication: false,
    foreigner: false,
  } as const;
  const linked = { peerLink: true, paths: 1, publicAddress: false, virtualMac: false, preparation: false } as const;
  const quick = { startupDelaySeconds: 0, preemptDelaySeconds: 0, track: 150, ranks: [200, 150, 100, 50] } as const;
  const acts = Array.from({ length: 9 }, (_, count): Act => {
    const [node = "", other = ""] =
      [
        ["edge-1", "edge-2"],
        ["edge-1", "edge-3"],
        ["edge-2", "edge-3"],
      ][count % 3] ?? [];
    return {
      kind: "reset",
      node,
      other,
      atMicros: (60 + 25 * count) * SECOND,
      forMicros: count % 4 === 0 ? SECOND : 1,
    };
  });
  return {
    seed: 7,
    draft: { ...draft, ...plain, ...linked, ...quick, ...change },
    plan: { acts, endMicros: 320 * SECOND },
  };
}

describe("a simulation", () => {
  it("is the same again with the same seed, to the last advertisement", () => {
    const one = caseOf(7);
    assert.deepEqual(traceOf(one, true).lines, traceOf(one, true).lines);
  });

  it("judges every invariant of the plan, each by its number", () => {
    const numbers = [...allInvariants(), FORGERIES_ARE_NOTHING].map(({ number }) => number);
    const wanted = ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "L1", "L2"];
    assert.deepEqual(numbers.toSorted(), wanted.toSorted());
  });

  for (const protocol of ["vrrp", "carp"] as const) {
    for (const multicast of [false, true]) {
      it(`resets connections of the peer link, which changes no role: ${protocol}, ${multicast ? "group" : "peers"}`, () => {
        assert.equal(runCase(resets({ protocol, multicast, preempt: true })).violation, undefined);
        assert.equal(runCase(resets({ protocol, multicast, preempt: false })).violation, undefined);
      });
    }
  }

  it("leaves out of a plan what is not needed to fail", () => {
    const one = caseOf(7);
    const needed = one.plan.acts.filter((_, index) => index === 2 || index === 5);
    const small = shrink(one, ({ plan }) => needed.every((act) => plan.acts.includes(act)));
    assert.deepEqual(small.plan.acts, needed);
  });
});
