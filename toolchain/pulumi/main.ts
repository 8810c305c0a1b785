// npm run pulumi -- ARGS: the project's own Pulumi with the project's own environment, and nothing else added.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ensureAgent } from "../agentRelease.ts";
import { CHECKOUT, STATE_DIR } from "../places.ts";
import { createProgress } from "../progress.ts";
import { reportAndExit, UserError } from "../userError.ts";
import { LAB_FOLDERS, LAB_STACK } from "./backend.ts";
import { ensurePulumi } from "./ensure.ts";
import { namedStack, selectedStack } from "./stackName.ts";

/** In a lab's folder, what it wrote for those who talk to its cloud: OS_PASSWORD and the like, 0600. */
const LAB_ENVIRONMENT = "environment.json";

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const progress = createProgress();
  const stack = namedStack(args, process.env) ?? (await selectedStack()) ?? LAB_STACK;
  const { command, env } = await ensurePulumi(progress, { stack });
  await ensureAgent(progress);
  const folder = LAB_FOLDERS.get(stack);
  const lab = folder === undefined ? {} : await labEnvironment(join(STATE_DIR, folder, LAB_ENVIRONMENT));
  process.exitCode = await passThrough(command, args, { ...env, ...lab });
}

async function labEnvironment(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(`${file} cannot be read`, "write it anew with: npm run lab -- up", { cause: error });
  }
}

/** Runs the CLI in this one's place: same terminal, same answer, and what is told to this process is told to it. */
function passThrough(command: string, args: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn(command, args, { cwd: CHECKOUT, env, stdio: "inherit" });
  process.on("SIGINT", () => {
    // A terminal sends Ctrl-C to both, and Pulumi takes a second one for "at once". Either way this process waits
    // until Pulumi has put its state in order.
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

await reportAndExit(main);
