import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary.ts";
import { type CheckRecord, dueFiles, longestFirst, readRecord, recordAfter, writeRecord } from "./record.ts";

const RECORD: CheckRecord = {
  a: { passed: ["a1"], milliseconds: 10 },
  b: { passed: ["b1", "b0"], milliseconds: 30 },
};
const NOW = new Map([
  ["a", "a1"],
  ["b", "b2"],
  ["c", "c1"],
]);

describe("the record of a check", () => {
  it("is read as it was written, into a folder that was not there, and leaves no other file", () => {
    const folder = join(temporaryFolder(), "deep");
    writeRecord(join(folder, "check.json"), RECORD);
    assert.deepEqual(readRecord(join(folder, "check.json")), RECORD);
    assert.deepEqual(readdirSync(folder), ["check.json"]);
  });

  it("is empty when it is missing or damaged: everything runs", () => {
    const path = join(temporaryFolder(), "check.json");
    assert.deepEqual(readRecord(path), {});
    for (const text of ["", `{"a":{"pass`, "[1]", `{"a":{"passed":"a1","milliseconds":1}}`]) {
      writeFileSync(path, text);
      assert.deepEqual(readRecord(path), {}, text);
    }
    assert.deepEqual(dueFiles({}, NOW), ["a", "b", "c"]);
  });

  it("says which files are due: those that never passed as they are, and the new ones", () => {
    assert.deepEqual(dueFiles(RECORD, NOW), ["b", "c"]);
    assert.deepEqual(dueFiles(RECORD, new Map([["b", "b0"]])), [], "an edit taken back");
  });

  it("starts what took longest first, and before it what never ran here, the largest first", () => {
    const sizes: Readonly<Record<string, number>> = { a: 9, b: 1, c: 2, d: 3 };
    assert.deepEqual(
      longestFirst(["a", "b", "c", "d"], RECORD, (file) => sizes[file] ?? 0),
      ["d", "c", "b", "a"],
    );
  });
});

describe("the record after a run", () => {
  const passed = { passed: 2, failed: 0, milliseconds: 5 };
  const after = (verdicts: Parameters<typeof recordAfter>[1], now = NOW): CheckRecord =>
    recordAfter(RECORD, verdicts, NOW, now);

  it("has what passed with its fingerprint, and keeps what did not run", () => {
    assert.deepEqual(after(new Map([["b", passed]])), {
      a: RECORD["a"],
      b: { passed: ["b2", "b1", "b0"], milliseconds: 5 },
    });
  });

  it("has a file with a failed test, or with none that passed, as one that is due", () => {
    for (const verdict of [
      { ...passed, failed: 1 },
      { ...passed, passed: 0 },
    ]) {
      const record = after(new Map([["a", verdict]]));
      assert.deepEqual(dueFiles(record, NOW), ["a", "b", "c"]);
      assert.equal(record["a"]?.milliseconds, 5);
    }
  });

  it("has a file that was edited while it ran as one that is due", () => {
    const edited = new Map([...NOW, ["b", "b3"]] as const);
    const record = after(new Map([["b", passed]]), edited);
    assert.ok(dueFiles(record, edited).includes("b"));
    assert.ok(dueFiles(record, NOW).includes("b"));
  });

  it("has the latest eight fingerprints of a file", () => {
    let record: CheckRecord = {};
    for (let edit = 1; edit <= 10; edit++) {
      const now = new Map([["a", `a${edit}`]]);
      record = recordAfter(record, new Map([["a", passed]]), now, now);
    }
    assert.deepEqual(record["a"]?.passed, ["a10", "a9", "a8", "a7", "a6", "a5", "a4", "a3"]);
  });

  it("forgets a file that is no more", () => {
    assert.deepEqual(after(new Map(), new Map([["b", "b1"]])), { b: RECORD["b"] });
  });

  it("is as before when nothing is heard of any file", () => {
    assert.deepEqual(after(new Map()), RECORD);
  });
});
