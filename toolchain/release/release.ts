/** Makes a release of a checkout: a commit, a tag, and the agent's artifacts in dist/release. It never pushes. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { runCommand } from "../command.ts";
import { TYPESCRIPT_LOADER } from "../places.ts";
import type { Progress } from "../progress.ts";
import { checksumsText, planRelease, type ReleasePlan } from "./plan.ts";
import { reproducibleSbom } from "./sbom.ts";
import { type TarFile, tarOf } from "./tar.ts";

const SBOM = ["npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"];

/** @throws UserError naming what keeps the checkout from being released as that version */
export async function readPlan(checkout: string, version: string, date: string): Promise<ReleasePlan> {
  const text = (file: string): Promise<string> => readFile(join(checkout, file), "utf8");
  return planRelease({
    version,
    date,
    packageText: await text("package.json"),
    lockText: await text("package-lock.json"),
    changelogText: await text("CHANGELOG.md"),
    changes: await git(checkout, "status", "--porcelain"),
    tags: (await git(checkout, "tag", "--list")).split("\n"),
  });
}

/** Carries a plan out. If a step before the commit fails, the changed files are restored. */
export async function carryOut(checkout: string, plan: ReleasePlan, progress: Progress): Promise<void> {
  const files = [...plan.files.keys()];
  try {
    for (const [file, text] of plan.files) await writeFile(join(checkout, file), text);
    await progress.step("building the agent", () =>
      runCommand([process.execPath, "--import", TYPESCRIPT_LOADER, "agent/build.ts"], { cwd: checkout }),
    );
    await progress.step(`writing ${plan.folder}`, () => writeArtifacts(checkout, plan));
    await git(checkout, "commit", "--quiet", "--message", plan.subject, "--", ...files);
  } catch (error) {
    await git(checkout, "checkout", "--quiet", "HEAD", "--", ...files);
    throw error;
  }
  await git(checkout, "tag", "--annotate", "--message", plan.subject, plan.tag);
}

async function writeArtifacts(checkout: string, plan: ReleasePlan): Promise<void> {
  const { artifacts, timeSeconds, version } = plan;
  const folder = join(checkout, plan.folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = await releaseFiles(checkout);
  const archive = await promisify(gzip)(tarOf(`failover-agent-${version}`, files, timeSeconds), { level: 9 });
  const { stdout } = await runCommand(SBOM, { cwd: checkout });
  const sbom = reproducibleSbom(stdout, { name: "vip-failover", time: new Date(timeSeconds * 1000) });
  const contents = new Map<string, string | Uint8Array>([
    [artifacts.tarball, archive],
    [artifacts.sbom, sbom],
  ]);
  const sums = new Map([...contents].map(([name, content]) => [name, sha256Of(content)]));
  for (const [name, content] of contents) await writeFile(join(folder, name), content);
  await writeFile(join(folder, artifacts.checksums), checksumsText(sums));
}

/** What agent/build.ts has written, and the licence. */
async function releaseFiles(checkout: string): Promise<readonly TarFile[]> {
  const built = join(checkout, "dist", "agent");
  const paths = (await readdir(built)).map((name) => join(built, name));
  return Promise.all([...paths, join(checkout, "LICENSE")].map(tarFileOf));
}

async function tarFileOf(path: string): Promise<TarFile> {
  const { mode } = await stat(path);
  // What the checkout's umask adds or takes away is not of the release.
  return { name: basename(path), mode: (mode & 0o100) === 0 ? 0o644 : 0o755, content: await readFile(path) };
}

const sha256Of = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

async function git(checkout: string, ...args: readonly string[]): Promise<string> {
  return (await runCommand(["git", ...args], { cwd: checkout })).stdout;
}
