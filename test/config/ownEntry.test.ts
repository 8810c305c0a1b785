/** Names that every object has: nothing is found by them that nobody wrote. */
import assert from "node:assert/strict";
import { healthyCandidates, withFailed } from "../../agent/config/priority/contest.ts";
import { type Group, stuckInGroup } from "../../agent/config/priority/demotionAnalysis.ts";
import { conditionsIn, statesErrors } from "../../agent/config/schema/statesGraph.ts";
import { isTrue } from "../../agent/health/truths.ts";

const NAMES = ["constructor", "toString", "valueOf"];

describe("a name that every object has", () => {
  it("is no check that costs something", () => {
    const track = { uplink: 60 };
    const group: Group = {
      protocol: "vrrp",
      contenders: [
        { node: "a", priority: 200, preempt: true, track },
        { node: "b", priority: 100, preempt: true, track: {} },
      ],
    };
    const [a] = healthyCandidates(group);
    assert.ok(a !== undefined);
    for (const name of NAMES) {
      assert.deepEqual(withFailed(a, [name]).strength, a.strength);
      assert.equal(stuckInGroup(group, name), undefined);
    }
    assert.equal(stuckInGroup(group, "uplink")?.least, 101);
  });

  it("is no condition, and no state", () => {
    for (const name of NAMES) {
      const expression = { kind: "condition", name } as const;
      assert.deepEqual(conditionsIn(expression), [name]);
      assert.equal(isTrue(expression, "", new Map(), {}), false);
      const then = [{ kind: "setState", setState: name }] as const;
      const states = { a: { demote: {}, init: [], body: [{ kind: "if" as const, if: expression, then: [...then] }] } };
      const found = statesErrors({ initial: "a", conditions: {}, always: [], states });
      assert.deepEqual(
        found.map(({ message }) => message.slice(0, message.indexOf(":"))),
        [`"${name}" is no state`, `"${name}" is neither a test nor one of conditions`],
      );
    }
  });
});
