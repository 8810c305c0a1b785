/** What a build left, read for deployment. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { digestFolder, readRelease } from "../../infra/stackFile/release.ts";

const SHA256 = "a".repeat(64);
const MANIFEST = JSON.stringify({ version: "1.2.3", sha256: SHA256, node: { version: "20.20.2", sha256: SHA256 } });

describe("a release", () => {
  let checkout: string;
  const write = (path: string, content: string): void => {
    mkdirSync(join(checkout, path, ".."), { recursive: true });
    writeFileSync(join(checkout, path), content);
  };
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "vipf-release-"));
    write("dist/agent/manifest.json", MANIFEST);
    write("dist/agent/failover-agent.cjs", "bundle");
    write("dist/agent/lib/Zeta.js", "below");
    write("dist/runtime/node.gz", "packed");
    write("infra/remote/install.sh", "echo\n");
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  it("is its manifest, its folder, its runtime and the script that installs it", () => {
    const folder = join(checkout, "dist/agent");
    assert.deepEqual(readRelease(checkout), {
      version: "1.2.3",
      sha256: SHA256,
      digest: digestFolder(folder),
      folder,
      runtime: { version: "20.20.2", sha256: SHA256, file: join(checkout, "dist/runtime/node.gz") },
      installScript: "echo\n",
    });
  });

  it("has the digest that the script makes of the same files", () => {
    const pipeline = "find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1";
    const folder = join(checkout, "dist/agent");
    assert.equal(digestFolder(folder), execFileSync("sh", ["-c", pipeline], { cwd: folder, encoding: "utf8" }).trim());
  });

  it("that is not there, or not whole, is to be built", () => {
    const damage: readonly [string, () => void][] = [
      [
        "is no manifest of a build",
        () => {
          write("dist/agent/manifest.json", "{}");
        },
      ],
      [
        "is no manifest of a build",
        () => {
          write("dist/agent/manifest.json", "not JSON");
        },
      ],
      [
        "is missing: the agent is not built",
        () => {
          rmSync(join(checkout, "dist/runtime/node.gz"));
        },
      ],
      [
        "is missing: the agent is not built",
        () => {
          rmSync(join(checkout, "dist/agent"), { recursive: true });
        },
      ],
    ];
    for (const [why, doIt] of damage) {
      doIt();
      const problem = readRelease(checkout);
      assert.ok("why" in problem);
      assert.deepEqual([problem.why, problem.remedy], [why, "run: npm run build"]);
    }
  });
});
