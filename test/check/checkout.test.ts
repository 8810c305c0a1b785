/** Fingerprints of tests in a checkout of their own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../support/temporary.ts";
import { readCheckout, testFiles } from "./checkout.ts";
import { closureOf, fingerprints } from "./fingerprint.ts";

const FILES = {
  ".gitignore": "dist/\n",
  "README.md": "Read me.\n",
  "package-lock.json": "{}\n",
  "agent/ip.ts": "export const ip = 4;\n",
  "agent/words.ts": `export type Word = "word";\n`,
  "agent/vrrp.ts": `import type { Word } from "./words.ts";\nimport { ip } from "./ip.ts";\nexport const vrrp: [number, Word] = [ip, "word"];\n`,
  "agent/late.ts": "export const late = 1;\n",
  "agent/main.ts": "await Promise.resolve();\n",
  "lab/other.ts": "export {};\n",
  "test/plain.test.ts": `import { vrrp } from "../agent/vrrp.ts";\nconst { late } = await import("../agent/late.ts");\nvoid [vrrp, late];\n`,
  "test/reads.test.ts": `import { ip } from "../agent/ip.ts";\nvoid [ip, new URL("fixture.hex", import.meta.url)];\n`,
  "test/names.test.ts": `const program = "../agent/main.ts";\nawait import(program);\n`,
  "test/starts.test.ts": `import { fork } from "node:child_process";\nvoid fork;\n`,
  "test/walks.test.ts": `import { readdirSync } from "node:fs";\nreaddirSync(import.meta.dirname, { recursive: true });\n`,
};
const ALL = ["names", "plain", "reads", "starts", "walks"];

describe("a test file's fingerprint", () => {
  let root: string;
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const now = async (runtime = "v20"): Promise<ReadonlyMap<string, string>> => {
    const checkout = await readCheckout(root);
    return fingerprints(checkout, testFiles(checkout.files), runtime);
  };
  /** The tests whose fingerprint a change changes. */
  const changedBy = async (change: () => void, runtime?: string): Promise<readonly string[]> => {
    const before = await now();
    change();
    const after = [...(await now(runtime))].filter(([file, fingerprint]) => before.get(file) !== fingerprint);
    return after.map(([file]) => file.replace("test/", "").replace(".test.ts", ""));
  };

  beforeEach(() => {
    root = temporaryFolder();
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    for (const [path, content] of Object.entries(FILES)) write(path, content);
  });

  it("stays when nothing changes, and when what Git ignores does", async () => {
    assert.deepEqual(
      await changedBy(() => {
        write("dist/agent.cjs", "built");
      }),
      [],
    );
  });

  const rows: readonly [change: string, path: string, content: string, changed: readonly string[]][] = [
    [
      "a file that is imported over another",
      "agent/ip.ts",
      "export const ip = 6;\n",
      ["plain", "reads", "starts", "walks"],
    ],
    ["a file that is imported at run time", "agent/late.ts", "export const late = 2;\n", ["plain", "starts", "walks"]],
    ["a file of types, which are gone at run time", "agent/words.ts", `export type Word = "w";\n`, ["starts", "walks"]],
    ["a file that is named in a string", "agent/main.ts", "export {};\n", ["names", "starts", "walks"]],
    ["a file that nothing imports", "lab/other.ts", "export const other = 1;\n", ["starts", "walks"]],
    ["a file that is no code", "README.md", "Read me again.\n", ["reads", "starts", "walks"]],
    ["another test", "test/names.test.ts", "export {};\n", ["names", "walks"]],
    ["a file that is new", "docs/new.md", "New.\n", ["reads", "starts", "walks"]],
    ["the packages' lock", "package-lock.json", "[]\n", ALL],
    ["mocha's configuration", ".mocharc.json", "{}\n", ALL],
  ];
  for (const [change, path, content, changed] of rows) {
    it(`changes with ${change}: ${changed.join(", ")}`, async () => {
      assert.deepEqual(
        await changedBy(() => {
          write(path, content);
        }),
        changed,
      );
    });
  }

  it("changes with a file that is removed, and with the version of Node", async () => {
    assert.deepEqual(
      await changedBy(() => {
        rmSync(join(root, "lab/other.ts"));
      }),
      ["reads", "starts", "walks"],
    );
    assert.deepEqual(await changedBy(() => undefined, "v22"), ALL);
  });

  it("is of everything that is imported, however far", async () => {
    const { modules } = await readCheckout(root);
    assert.deepEqual(closureOf("test/plain.test.ts", modules), [
      "agent/ip.ts",
      "agent/late.ts",
      "agent/vrrp.ts",
      "test/plain.test.ts",
    ]);
  });
});
