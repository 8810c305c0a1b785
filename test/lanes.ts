/**
 * `npm run test:lab`: everything that needs root, in lanes side by side, since all of it mostly waits: for a provider's pauses, a
 * daemon's timers, a boot. Each lane runs its files one after the other, because they make namespaces of the same names.
 *
 * A file that fails beside other lanes is run once more when all have ended: what then passes was the machine's load, and is said
 * so; what fails again has failed.
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

/** As it goes. */
const SHOWN: Lane = {
  title: "agent, hypervisor, end to end",
  files: ["node", "peers", "health", "host", "e2e"].map((room) => `test/${room}/**/*.lab.ts`),
};
/** More of them at a time make the first one no shorter: what it measures is then measured twice. */
const ASIDE: readonly Lane[] = [
  {
    title: "providers, engine, interoperation, all of OpenStack",
    files: ["cloud", "toolchain", "interop", "openstack"].map((room) => `test/${room}/**/*.lab.ts`),
  },
];
/** Busy loops for every processor and more; it is about those, and not about what else runs. */
const LOAD = "test/peers/load.lab.ts";

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
  const mocha = ["node_modules/.bin/mocha", "--config", "test/lab.mocharc.json", ...reporter];
  const argv = [...mocha, ...(lane.files.includes(LOAD) ? [] : ["--ignore", LOAD]), ...lane.files];
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

/** Runs a lane and prints it when it has ended. */
async function runAside(lane: Lane): Promise<Outcome> {
  const outcome = await createProgress().step(`lane "${lane.title}", shown when it ends`, () => runLane(lane));
  print(`\nlane "${lane.title}"\n${outcome.output}`);
  return outcome;
}

/** Runs files with the machine to themselves. @returns whether all of it passed */
async function passAlone(title: string, files: readonly string[]): Promise<boolean> {
  print(`\n${title}, with the machine to themselves: ${files.join(", ")}`);
  const { status, errors } = await runLane({ title, files }, print);
  if (status !== 0) print(errors);
  return status === 0;
}

await reportAndExit(async () => {
  const aside = Promise.all(ASIDE.map(runAside));
  print(`\nlane "${SHOWN.title}"`);
  const outcomes = [await runLane(SHOWN, print), ...(await aside)];
  for (const { status, errors } of outcomes) if (status !== 0) print(errors);
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((all, one) => all + count(one), 0);
  print(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
  const failed = outcomes.flatMap(({ failedFiles }) => failedFiles);
  const isLost = outcomes.some(({ status, failedFiles }) => status !== 0 && failedFiles.length === 0);
  const isMended = failed.length === 0 || (await passAlone("once more", failed));
  if (failed.length > 0 && isMended) print(`passed alone, and failed beside other lanes: ${failed.join(", ")}`);
  const isGoodUnderLoad = await passAlone("under load", [LOAD]);
  process.exitCode = !isLost && isMended && isGoodUnderLoad ? 0 : 1;
});
