/** What a reload did, in words. */
import assert from "node:assert/strict";
import { reloadText } from "../../agent/cli/text/reloadText.ts";
import type { ReloadResult } from "../../agent/control/protocol.ts";

const RESULT: ReloadResult = {
  changed: true,
  digest: "d".repeat(64),
  added: [],
  removed: [],
  reconfigured: ["web"],
  obstacles: [],
};

describe("a reload for people", () => {
  it("is a line with what changed", () => {
    assert.equal(reloadText(RESULT), "configuration dddddddddddd is in force: changed web");
    assert.equal(reloadText({ ...RESULT, changed: false }), "configuration dddddddddddd is in force already");
  });

  it("says what is in the way of what it brought, and whether it blocks", () => {
    const missing = { virtualRouter: "web", reason: "interface-missing", message: "there is no interface ens9" };
    const left = { virtualRouter: "web", reason: "address-without-interface", message: "10.25.0.20 has no place" };
    const obstacles = [
      { ...missing, blocks: true },
      { ...left, blocks: false },
    ];
    assert.deepEqual(reloadText({ ...RESULT, obstacles }).split("\n"), [
      "configuration dddddddddddd is in force: changed web",
      "web: cannot become master: there is no interface ens9",
      "web: 10.25.0.20 has no place",
    ]);
  });
});
