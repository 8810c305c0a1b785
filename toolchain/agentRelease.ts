// The agent's release in dist/, which the program deploys: built again whenever its sources are newer.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { CHECKOUT } from "./places.ts";
import type { Progress } from "./progress.ts";

/** Builds dist/agent, which the program deploys, when it is missing or older than what it is made from. */
export async function ensureAgent(progress: Progress): Promise<void> {
  const built = await modifiedMs(join(CHECKOUT, "dist", "agent", "manifest.json"));
  const newest = Math.max(
    await newestMs(join(CHECKOUT, "agent")),
    // The version, and what the packages are.
    await modifiedMs(join(CHECKOUT, "package.json")),
    await modifiedMs(join(CHECKOUT, "package-lock.json")),
  );
  if (built > newest) return;
  await progress.step("building the agent", (detail) =>
    runCommand(["npm", "run", "--silent", "build"], { cwd: CHECKOUT, onLine: detail }),
  );
}

async function newestMs(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  return Math.max(...(await Promise.all(entries.map((entry) => modifiedMs(join(folder, entry))))));
}

const modifiedMs = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
