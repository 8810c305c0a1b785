/** Types, lint and format, side by side; each looks again only at what changed, where it can. */
import { join } from "node:path";
import { CommandError, runCommand } from "../../toolchain/command.ts";
import type { Progress } from "../../toolchain/progress.ts";

const CACHE = "node_modules/.cache";
const LINTERS: Readonly<Record<string, readonly string[]>> = {
  types: ["tsc", "--incremental", "--tsBuildInfoFile", `${CACHE}/tsc.json`],
  lint: ["eslint", "--cache", "--cache-location", `${CACHE}/eslint`, "."],
  walls: ["depcruise", "--config", ".dependency-cruiser.js", "agent", "infra", "lab", "toolchain", "bench", "test"],
  format: ["biome", "ci", "."],
};

/** @returns what they found, whole; empty when all is well */
export async function lint(root: string, progress: Progress): Promise<string> {
  const runs = Object.entries(LINTERS).map(async ([title, [program = "", ...options]]) => {
    try {
      const argv = [join(root, "node_modules/.bin", program), ...options];
      await progress.step(title, () => runCommand(argv, { cwd: root }));
      return "";
    } catch (error) {
      if (!(error instanceof CommandError) || error.result === undefined) throw error;
      return error.result.stdout + error.result.stderr;
    }
  });
  return (await Promise.all(runs)).join("");
}
