/** That the seeded bugs can be done to the code as it is; `npm run score` tells what kills them. */
import assert from "node:assert/strict";
import { seededBugs } from "./bugs.ts";
import { applies } from "./scratch.ts";

const LEAST = 25;

describe("seeded bugs", () => {
  const bugs = seededBugs();

  it(`are ${LEAST} and more, each in one file of the product, with a complaint`, () => {
    assert.ok(bugs.length >= LEAST, `${bugs.length} bugs`);
    for (const { name, file, complaint } of bugs) {
      assert.match(file, /^(?:agent|infra|toolchain)(?:\/\w+)+\.ts$/, name);
      assert.notEqual(complaint.trim(), "", name);
    }
  });

  for (const bug of bugs) {
    it(`apply: ${bug.name.replaceAll("-", " ")}`, () => {
      assert.ok(applies(bug), `${bug.name} does not apply: make it anew for the code as it is`);
    });
  }
});
