/** Runs test files with mocha, its output shown as it comes, and tells how each of them fared. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verdict } from "./record.ts";
import { VERDICTS_FILE, type Verdicts } from "./reporter.ts";

/** More than there are processors: many tests wait for real clocks. */
const JOBS = 4;

export interface Run {
  readonly status: number;
  /** Empty when the run did not come to its end. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** @param files start in this order @param jobs how many run at a time */
export async function runTests(root: string, files: readonly string[], jobs = JOBS): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "vipf-check-"));
  const path = join(folder, "verdicts.json");
  try {
    // Of one job mocha says that it runs in parallel, and loads files as it does when it does not: some of them cannot be.
    const options = [
      ...(jobs > 1 ? ["--parallel", "--jobs", String(jobs)] : []),
      "--reporter",
      "test/check/reporter.ts",
    ];
    const child = spawn(join(root, "node_modules/.bin/mocha"), [...options, ...files], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, [VERDICTS_FILE]: path },
    });
    const status = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        resolve(code ?? 1);
      });
    });
    return { status, verdicts: readVerdicts(path) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readVerdicts(path: string): ReadonlyMap<string, Verdict> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, "utf8")) as Verdicts));
  } catch {
    return new Map();
  }
}
