/** A release of a clone, with the tools that a user has: git, tar, sha256sum. */
import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../../toolchain/command.ts";
import { CHECKOUT } from "../../../toolchain/places.ts";
import type { Progress } from "../../../toolchain/progress.ts";
import type { ReleasePlan } from "../../../toolchain/release/plan.ts";
import { carryOut, readPlan } from "../../../toolchain/release/release.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const VERSION = "99.0.0";
const DATE = "2026-12-01";
const SILENT: Progress = { step: (_title, work) => work(() => undefined), note: () => undefined };

async function run(cwd: string, ...argv: readonly string[]): Promise<string> {
  return (await runCommand(argv, { cwd })).stdout;
}

async function clone(): Promise<string> {
  const folder = join(temporaryFolder("suite"), "clone");
  await run(CHECKOUT, "git", "clone", "--quiet", "--no-tags", CHECKOUT, folder);
  // Git would show the link, which is not the folder that .gitignore names.
  await writeFile(join(folder, ".git", "info", "exclude"), "node_modules\n");
  await symlink(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  await run(folder, "git", "config", "user.name", "Test");
  await run(folder, "git", "config", "user.email", "test@example.net");
  // Right after a release there is nothing to release.
  const changelog = join(folder, "CHANGELOG.md");
  const text = await readFile(changelog, "utf8");
  await writeFile(changelog, text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- A test.\n"));
  await run(folder, "git", "commit", "--quiet", "--no-verify", "--all", "--message", "Something to release");
  return folder;
}

describe("a release of a clone", () => {
  let checkout = "";
  let plan: ReleasePlan | undefined;
  const artifact = (kind: keyof ReleasePlan["artifacts"]): string =>
    join(checkout, plan?.folder ?? "", plan?.artifacts[kind] ?? "");

  before(async () => {
    checkout = await clone();
    plan = await readPlan(checkout, VERSION, DATE);
    await carryOut(checkout, plan, SILENT);
  });

  it("is a commit of three files, and an annotated tag on it", async () => {
    assert.equal(await run(checkout, "git", "log", "-1", "--format=%s"), `Release ${VERSION}\n`);
    const files = await run(checkout, "git", "show", "--name-only", "--format=", "HEAD");
    assert.deepEqual(files.trim().split("\n"), ["CHANGELOG.md", "package-lock.json", "package.json"]);
    assert.equal(await run(checkout, "git", "describe"), `v${VERSION}\n`);
    assert.equal(await run(checkout, "git", "status", "--porcelain"), "");
  });

  it("packs an agent that runs and says its version", async () => {
    const folder = temporaryFolder();
    await run(folder, "tar", "--extract", "--gzip", "--file", artifact("tarball"));
    const agent = join(folder, `failover-agent-${VERSION}`, "failover-agent");
    assert.match(await run(folder, agent, "version"), /99\.0\.0/);
  });

  it("packs everything as root's, at the date of the release, in the order of names", async () => {
    const env = { ...process.env, TZ: "UTC" };
    const { stdout } = await runCommand(["tar", "--list", "--verbose", "--file", artifact("tarball")], { env });
    const lines = stdout.trim().split("\n");
    for (const line of lines) assert.match(line, /^\S+ root\/root +\d+ 2026-12-01 00:00 /);
    const names = lines.map((line) => line.split(" ").at(-1) ?? "");
    assert.deepEqual(names, names.toSorted());
    assert.ok(names.includes(`failover-agent-${VERSION}/LICENSE`), names.join());
  });

  it("has checksums that agree, and a bill of materials of the version", async () => {
    const checked = await run(join(checkout, plan?.folder ?? ""), "sha256sum", "--check", artifact("checksums"));
    assert.equal(checked.match(/: OK$/gm)?.length, 2);
    const bom = JSON.parse(await readFile(artifact("sbom"), "utf8")) as {
      readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
      readonly components: readonly { readonly name: string }[];
    };
    const { name, version } = bom.metadata.component;
    assert.deepEqual({ name, version }, { name: "vip-failover", version: VERSION });
    assert.ok(bom.components.some((component) => component.name === "koffi"));
    assert.ok(!bom.components.some((component) => component.name === "mocha"));
  });

  it("makes the same artifacts from another clone", async () => {
    const other = await clone();
    const again = await readPlan(other, VERSION, DATE);
    await carryOut(other, again, SILENT);
    const sums = (folder: string): Promise<string> => readFile(join(folder, again.folder, "SHA256SUMS"), "utf8");
    assert.equal(await sums(other), await sums(checkout));
  });

  it("restores the files when a step fails, and leaves no tag", async () => {
    const broken = await clone();
    await run(broken, "git", "rm", "--quiet", "agent/build.ts");
    await run(broken, "git", "commit", "--quiet", "--no-verify", "--message", "no build");
    const doomed = await readPlan(broken, VERSION, DATE);
    await assert.rejects(carryOut(broken, doomed, SILENT), /build\.ts/);
    assert.equal(await run(broken, "git", "status", "--porcelain"), "");
    assert.equal(await run(broken, "git", "tag", "--list"), "");
  });
});

describe("npm run release", () => {
  const release = async (...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> =>
    runCommand([process.execPath, "--import", "tsx", "toolchain/release/main.ts", ...args], {
      cwd: CHECKOUT,
      accept: "any",
    });

  it("says how it is used", async () => {
    const { status, stderr } = await release();
    assert.equal(status, 1);
    assert.equal(stderr, "error: a release needs one version — npm run release -- VERSION [--dry-run]\n");
  });

  it("refuses a version that is not greater, and does nothing", async () => {
    const { status, stderr } = await release("0.0.1", "--dry-run");
    assert.equal(status, 1);
    assert.match(stderr, /^error: version 0\.0\.1 is not greater than/);
  });
});
