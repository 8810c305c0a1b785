/** The commands that are run on a node, in a shell. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { installCommand, PREPARE_COMMAND, stagedRelease } from "../../../infra/plan/host/remoteCommands.ts";

describe("the preparation of a node", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "vipf-home-"));
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  /** Runs it where cloud-init ends with a status; its long status goes where a person sees it. */
  const prepare = (cloudInitStatus: number): { readonly status: number | null; readonly stderr: string } => {
    const cloudInit = `#!/bin/sh\n[ "$2" = --wait ] && echo ...... && exit ${cloudInitStatus}\necho "detail: what went wrong"\n`;
    writeFileSync(join(home, "cloud-init"), cloudInit, { mode: 0o755 });
    const env = { PATH: `${home}:${process.env["PATH"] ?? ""}` };
    return spawnSync("sh", ["-c", PREPARE_COMMAND], { cwd: home, env, encoding: "utf8" });
  };

  it("waits for the first boot and makes a folder that is the user's alone", () => {
    assert.deepEqual(prepare(0).status, 0);
    assert.equal(statSync(join(home, ".failover-agent/releases")).mode & 0o777, 0o700);
    assert.equal(statSync(join(home, ".failover-agent")).mode & 0o777, 0o700);
  });

  it("takes a first boot that ended with a complaint", () => {
    assert.equal(prepare(2).status, 0);
  });

  it("fails with cloud-init's own words when the first boot failed", () => {
    const { status, stderr } = prepare(1);
    assert.deepEqual([status, stderr], [1, "detail: what went wrong\n"]);
    assert.deepEqual(readdirSync(home), ["cloud-init"]);
  });
});

describe("the commands of a deployment", () => {
  it("say on the command line what is installed, and nothing that is secret", () => {
    const command = installCommand({
      releaseSha256: "r1",
      releaseDigest: "d1",
      runtimeSha256: "n1",
      configSha256: "c1",
    });
    assert.equal(command, 'sudo -n sh -s -- "$PWD/.failover-agent" r1 d1 n1 c1');
  });

  it("stage a release under the name that the installation looks for", () => {
    assert.equal(stagedRelease("0123456789abcdef0123"), ".failover-agent/releases/0123456789abcdef");
  });
});
