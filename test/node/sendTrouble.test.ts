/** What it costs a CARP host that its advertisements do not leave. */
import assert from "node:assert/strict";
import type { VirtualRouterConfig } from "../../agent/config/schema/document.ts";
import { afterSending, demotionFor, NO_TROUBLE, type SendTrouble } from "../../agent/participant/sendFailures.ts";
import { configOf } from "../support/documents.ts";

const [VRRP] = configOf(1).virtualRouters;

function carp(dialect: "openbsd" | "ucarp"): VirtualRouterConfig {
  if (VRRP === undefined) throw new Error("no virtual router to begin with");
  return { ...VRRP, protocol: "carp", dialect, advertisementBase: 1, advertisementSkew: 0, password: "test-vector" };
}

/** `xxo`: two that did not leave, then one that did. */
function after(sent: string): SendTrouble {
  return Array.from(sent).reduce((trouble, letter) => afterSending(trouble, letter === "o"), NO_TROUBLE);
}

describe("CARP host whose advertisements do not leave", () => {
  const rows: readonly (readonly [sent: string, isDemoted: boolean, why: string])[] = [
    ["xx", false, "two failures are none yet"],
    ["xxox", false, "a success in between ends the row"],
    ["xxx", true, "the third in a row demotes"],
    ["xxxx", true, "and once only"],
    ["xxxoo", true, "two successes are not enough"],
    ["xxxoox", true, "nor are they with a failure after them"],
    ["xxxooo", false, "the third success in a row ends it"],
    ["xxxoooxx", false, "and begins anew"],
  ];
  for (const [sent, isDemoted, why] of rows) {
    it(`${sent}: ${why} [C7-g C7-j C7-k]`, () => {
      const trouble = after(sent);
      assert.equal(demotionFor(trouble, carp("openbsd")), isDemoted ? 1 : 0);
      assert.equal(demotionFor(trouble, carp("ucarp")), isDemoted ? 240 : 0);
    });
  }

  it("is nothing to VRRP", () => {
    assert.equal(demotionFor(after("xxx"), VRRP ?? carp("openbsd")), 0);
  });
});
