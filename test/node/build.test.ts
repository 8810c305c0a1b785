/** The build: the same bytes each time, and a folder that runs by itself. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { type AgentRelease, buildAgent } from "../../agent/build.ts";
import { VERSION } from "../../agent/config/version.ts";

const run = promisify(execFile);

describe("build", function () {
  this.timeout(120_000);
  let release: AgentRelease;
  before(async () => {
    release = await buildAgent();
  });

  it("names the release by its content, the same each time", async () => {
    const again = await buildAgent();
    assert.deepEqual(again, release);
    assert.match(release.sha256, /^[0-9a-f]{64}$/);
    const manifest: unknown = JSON.parse(readFileSync(join(release.folder, "manifest.json"), "utf8"));
    const { version, sha256 } = release.node;
    assert.deepEqual(manifest, { version: VERSION, sha256: release.sha256, node: { version, sha256 } });
  });

  it("leaves a release alone that is there already, but for what does not belong to it", async () => {
    const bundle = join(release.folder, "failover-agent.cjs");
    const stray = join(release.folder, "stray");
    const { ino } = statSync(bundle);
    writeFileSync(stray, "");
    await buildAgent();
    assert.equal(statSync(bundle).ino, ino);
    assert.equal(existsSync(stray), false);
  });

  it("packs the runtime it names, with no name or time in the archive", () => {
    const archive = readFileSync(release.node.archive);
    assert.equal(createHash("sha256").update(gunzipSync(archive)).digest("hex"), release.node.sha256);
    assert.equal(archive.readUInt32LE(4), 0);
  });

  it("has the package's version and nothing else of its document: another script makes no other release", () => {
    const bundle = readFileSync(join(release.folder, "failover-agent.cjs"), "utf8");
    assert.ok(bundle.includes(`"${VERSION}"`));
    assert.ok(!bundle.includes("tsx test/lanes.ts"), "a script of this checkout stands in it");
  });

  it("makes a folder that needs nothing of this checkout", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vipf-release-"));
    try {
      for (const file of release.files) cpSync(join(release.folder, file), join(folder, file));
      assert.equal(statSync(join(folder, "failover-agent")).mode & 0o777, 0o755);
      const { stdout } = await run(join(folder, "failover-agent"), ["version"], { cwd: folder });
      assert.equal(stdout, `${VERSION}\n`);
      // Loads koffi's binary from the folder; there is nothing to resign from.
      await run(join(folder, "failover-agent"), ["resign", "--state-dir", join(folder, "none")], { cwd: folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
