/** Files of the agent that a crash must not halve. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../../agent/linux/system/replaceFile.ts";

describe("a file that is replaced in one step", () => {
  const folder = mkdtempSync(join(tmpdir(), "vipf-replace-"));
  const path = join(folder, "state.json");

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const outlives of ["process", "power"] as const)
    it(`has the new text alone, for this user alone, and nothing beside it: ${outlives}`, () => {
      writeFileSync(`${path}.new`, "half of what was written before a crash, and longer than all that comes now");
      replaceFile(path, "one", outlives);
      replaceFile(path, "two", outlives);
      assert.equal(readFileSync(path, "utf8"), "two");
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.deepEqual(readdirSync(folder), ["state.json"]);
    });

  it("is as it was when writing fails, e.g. for want of its folder", () => {
    assert.throws(
      () => {
        replaceFile(join(folder, "missing", "state.json"), "new", "power");
      },
      { code: "ENOENT" },
    );
    assert.equal(readFileSync(path, "utf8"), "two");
  });
});
