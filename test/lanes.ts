/**
 * `npm run test:lab`: everything that needs root, in two lanes side by side. One lane mostly waits, for a provider's own pauses or a
 * daemon's timers, the other measures; each runs its files one after the other, because they make namespaces of the same names.
 *
 * A file that fails beside the other lane is run once more when both have ended: what then passes was the machine's load, and is
 * said so; what fails again has failed.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../toolchain/command.ts";
import { CHECKOUT } from "../toolchain/places.ts";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { FAILED_FILES } from "./laneReporter.ts";

interface Lane {
  readonly title: string;
  readonly files: readonly string[];
}

const WAITING: Lane = {
  title: "providers, engine, interoperation, all of OpenStack",
  files: [
    "test/cloud/**/*.lab.ts",
    "test/toolchain/**/*.lab.ts",
    "test/interop/**/*.lab.ts",
    "test/openstack/**/*.lab.ts",
  ],
};
const MEASURING: Lane = {
  title: "agent, hypervisor, end to end",
  files: [
    "test/node/**/*.lab.ts",
    "test/peers/**/*.lab.ts",
    "test/health/**/*.lab.ts",
    "test/host/**/*.lab.ts",
    "test/e2e/**/*.lab.ts",
  ],
};

interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly passed: number;
  readonly failed: number;
  /** With a test that failed, each once. */
  readonly failedFiles: readonly string[];
  readonly status: number;
}

async function runLane(lane: Lane, onLine?: (line: string) => void): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "vipf-lane-"));
  const list = join(folder, "failed");
  const reporter = ["--reporter", "test/laneReporter.ts"];
  const argv = ["node_modules/.bin/mocha", "--config", "test/lab.mocharc.json", ...reporter, ...lane.files];
  const env = { ...process.env, [FAILED_FILES]: list };
  const options = { cwd: CHECKOUT, env, accept: "any" as const, ...(onLine === undefined ? {} : { onLine }) };
  const { status, stdout, stderr } = await runCommand(argv, options);
  const count = (word: string): number => Number(new RegExp(`^ +(\\d+) ${word}`, "m").exec(stdout)?.[1] ?? 0);
  const failedFiles = (await readFile(list, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  await rm(folder, { recursive: true });
  return {
    output: stdout,
    errors: stderr,
    passed: count("passing"),
    failed: count("failing"),
    failedFiles: [...new Set(failedFiles)],
    status,
  };
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Runs what failed once more, alone. @returns whether all of it passed now */
async function passesAlone(files: readonly string[]): Promise<boolean> {
  print(`\nonce more, with the machine to themselves: ${files.join(", ")}`);
  const again = await runLane({ title: "once more", files }, print);
  if (again.status !== 0) print(again.errors);
  else print(`passed alone, and failed beside the other lane: ${files.join(", ")}`);
  return again.status === 0;
}

await reportAndExit(async () => {
  const waiting = createProgress().step(`lane "${WAITING.title}", shown when it ends`, () => runLane(WAITING));
  print(`\nlane "${MEASURING.title}"`);
  const measured = await runLane(MEASURING, print);
  if (measured.status !== 0) print(measured.errors);
  const waited = await waiting;
  print(`\nlane "${WAITING.title}"\n${waited.output}`);
  if (waited.status !== 0) print(waited.errors);
  print(`${measured.passed + waited.passed} passed, ${measured.failed + waited.failed} failed`);
  if (measured.status === 0 && waited.status === 0) return;
  const failed = [...measured.failedFiles, ...waited.failedFiles];
  process.exitCode = failed.length > 0 && (await passesAlone(failed)) ? 0 : 1;
});
