// The bootstrap on a fresh clone: a shell script plays npm.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandResult, runCommand } from "../../toolchain/command.ts";
import { CHECKOUT } from "../../toolchain/places.ts";
import { temporaryFolder } from "../support/temporary.ts";

const LOCK = {
  packages: { "": {}, "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0", optional: true } },
};

describe("bootstrap", () => {
  let clone: string;
  let env: Record<string, string>;

  beforeEach(() => {
    clone = temporaryFolder();
    mkdirSync(join(clone, "toolchain"));
    mkdirSync(join(clone, "bin"));
    copyFileSync(join(CHECKOUT, "toolchain/bootstrap.mjs"), join(clone, "toolchain/bootstrap.mjs"));
    writeLock(LOCK);
    env = { PATH: `${join(clone, "bin")}:/usr/bin:/bin` };
    npm("mkdir -p node_modules");
  });

  const writeLock = (lock: object): void => {
    writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lock));
  };
  /** Makes `npm` a script that notes each call. */
  const npm = (body: string): void => {
    writeFileSync(join(clone, "bin", "npm"), `#!/bin/sh\necho "$@" >> calls\n${body}\n`);
    chmodSync(join(clone, "bin", "npm"), 0o755);
  };
  const calls = (): number =>
    existsSync(join(clone, "calls")) ? readFileSync(join(clone, "calls"), "utf8").trimEnd().split("\n").length : 0;
  const bootstrap = (): Promise<CommandResult> =>
    runCommand([process.execPath, "toolchain/bootstrap.mjs"], { cwd: clone, env, accept: "any" });
  const start = (): ChildProcess =>
    spawn(process.execPath, ["toolchain/bootstrap.mjs"], { cwd: clone, env, stdio: "ignore" });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await sleep(10);
  };

  it("installs on a fresh clone, says so, and is silent after", async () => {
    const first = await bootstrap();
    assert.equal(first.status, 0);
    assert.match(first.stderr, /^… installing npm packages.*\n✔ npm packages installed \(\d+ s\)\n$/);
    assert.deepEqual(await bootstrap(), { status: 0, stdout: "", stderr: "" });
    assert.equal(calls(), 1);
    assert.equal(readFileSync(join(clone, "calls"), "utf8"), "ci --no-audit --no-fund\n");
  });

  it("installs again when the lock changes, and when node_modules is gone", async () => {
    await bootstrap();
    writeLock({ packages: { "": {}, "node_modules/a": { version: "1.0.1" } } });
    await bootstrap();
    assert.equal(calls(), 2);
    rmSync(join(clone, "node_modules"), { recursive: true });
    await bootstrap();
    assert.equal(calls(), 3);
  });

  it("takes over what someone installed by hand, if it is what the lock asks for", async () => {
    const hidden = join(clone, "node_modules", ".package-lock.json");
    mkdirSync(join(clone, "node_modules"));
    writeFileSync(hidden, JSON.stringify({ packages: { "node_modules/a": { version: "1.0.0" } } }));
    assert.deepEqual(await bootstrap(), { status: 0, stdout: "", stderr: "" });
    writeLock({ packages: { ...LOCK.packages, "node_modules/c": { version: "3.0.0" } } });
    await bootstrap();
    assert.equal(calls(), 1);
  });

  it("shows what npm said when it fails, and tries again the next time", async () => {
    npm("echo 'npm error network' >&2; exit 1");
    const failed = await bootstrap();
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /npm error network\nerror: npm ci ended with 1 — mend what it says above/);
    npm("mkdir -p node_modules");
    assert.equal((await bootstrap()).status, 0);
  });

  it("starts afresh after it was killed half-way", async () => {
    npm("mkdir -p node_modules; touch node_modules/half; touch started; exec sleep 5");
    const killed = start();
    await until(() => existsSync(join(clone, "started")));
    killed.kill("SIGKILL");
    await once(killed, "close");
    npm("rm -rf node_modules; mkdir node_modules");
    assert.equal((await bootstrap()).status, 0);
    assert.equal(existsSync(join(clone, "node_modules", "half")), false);
    assert.equal(calls(), 2);
  });

  it("runs npm once for two that start together", async () => {
    npm("sleep 0.5; mkdir -p node_modules");
    const both = await Promise.all([bootstrap(), bootstrap()]);
    assert.deepEqual(
      both.map(({ status }) => status),
      [0, 0],
    );
    assert.equal(calls(), 1);
    assert.ok(both.some(({ stderr }) => stderr.includes("waiting for process")));
  });

  it("says in one line that npm is missing", async () => {
    rmSync(join(clone, "bin", "npm"));
    env = { PATH: join(clone, "bin") };
    const { status, stderr } = await bootstrap();
    assert.equal(status, 1);
    assert.match(stderr, /error: npm is not installed/);
  });

  it("comes first in every script that people start with, for npm runs no pre-scripts while install scripts are off", () => {
    const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of ["start", "test", "check", "build", "lab", "pulumi", "bench"]) {
      assert.match(scripts[name] ?? "", /^node toolchain\/bootstrap\.mjs /, name);
    }
    assert.deepEqual(
      Object.keys(scripts).filter((name) => /^(pre|post)/.test(name)),
      [],
    );
  });
});
