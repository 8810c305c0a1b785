import assert from "node:assert/strict";
import { farthest, namedFiles, type Reach, reachOf } from "./reach.ts";

const FORK = `import { fork } from "node:child_process";`;
const HERE = "const here = import.meta.dirname;";

describe("how far a module reaches", () => {
  const rows: readonly [what: string, path: string, text: string, reach: Reach][] = [
    ["one that only imports", "test/a.test.ts", `import { b } from "./b.ts";`, "imports"],
    ["a temporary folder's reader", "test/a.test.ts", `import { readFile } from "node:fs/promises";`, "imports"],
    ["a reader of what lies beside it", "test/a.ts", `readFileSync(new URL("a.hex", import.meta.url));`, "data"],
    ["one of the house that does so", "lab/a.ts", HERE, "data"],
    ["one that has the checkout's path from another", "test/a.ts", "readFileSync(join(CHECKOUT, file));", "data"],
    ["a reader of where it was started", "test/a.ts", "join(process.cwd(), file)", "data"],
    ["a test that starts programs", "test/a.test.ts", FORK, "programs"],
    ["a test that starts threads", "test/a.test.ts", `import { Worker } from "node:worker_threads";`, "programs"],
    ["a test that starts programs by the toolchain", "test/a.ts", `from "../toolchain/command.ts";`, "programs"],
    ["one of the house that starts what it is told", "agent/a.ts", FORK, "imports"],
    ["one of the house that starts what lies beside it", "lab/a.ts", FORK + HERE, "programs"],
    ["one that reads a whole tree", "test/a.ts", `${HERE}readdirSync(here, { recursive: true })`, "everything"],
    ["one that removes a tree", "test/a.ts", `${HERE}rmSync(elsewhere, { recursive: true })`, "data"],
  ];
  for (const [what, path, text, reach] of rows) {
    it(`${what}: ${reach}`, () => {
      assert.equal(reachOf(path, text), reach);
    });
  }

  it("is the farthest of all it imports", () => {
    assert.equal(farthest(["data", "programs", "imports"]), "programs");
    assert.equal(farthest([]), "imports");
  });
});

describe("the files that a module names", () => {
  const isFile = (path: string): boolean =>
    ["infra/index.ts", "test/a/a.ts", "test/a/process.ts", "docs/a.md"].includes(path);
  const named = (text: string): readonly string[] => namedFiles("test/a/a.ts", text, isFile);

  it("are paths from itself and from the checkout", () => {
    assert.deepEqual(named(`import("../../infra/index.ts"); fork('process.ts'); read(\`docs/a.md\`);`), [
      "docs/a.md",
      "infra/index.ts",
      "test/a/process.ts",
    ]);
  });

  it("are none that is not there, and not itself", () => {
    assert.deepEqual(named(`"docs/b.md", "test/a/a.ts", "./a.ts", "test", "..", "../../.."`), []);
  });
});
