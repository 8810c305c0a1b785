/**
 * `npm run test:lab`: everything that needs root but the real OpenStack, in lanes side by side, since most of it waits: for
 * a provider's pauses, a daemon's timers, a boot. A lane runs its files in turn, because they make namespaces of the same
 * names; no two lanes have a name in common.
 *
 * A file that fails beside other lanes is run once more when all have ended: what then passes was the machine's load, and is said
 * so; what fails again has failed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../toolchain/command.ts";
import { CHECKOUT } from "../toolchain/places.ts";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { FAILED_FILES } from "./fileTimes.ts";

interface Lane {
  readonly title: string;
  /** How the paths of its files begin, in the order in which they run. */
  readonly files: readonly string[];
}

/** The longest first: its output is shown as it comes, that of the others when they have ended. */
const LANES: readonly Lane[] = [
  { title: "the main job end to end", files: ["test/e2e/edgePair"] },
  { title: "an OVH failover IP end to end, hypervisor", files: ["test/e2e/ovhPair", "test/host/"] },
  {
    title: "a floating IP end to end, providers, engine",
    files: ["test/e2e/floatingIpPair", "test/cloud/", "test/toolchain/", "test/infra/"],
  },
  { title: "agent", files: ["test/node/", "test/health/", "test/peers/network"] },
  { title: "interoperation", files: ["test/interop/"] },
];
/** Busy loops for every processor and more: it is about those, and not about what else runs. */
const ALONE: Lane = { title: "under load, with the machine to itself", files: ["test/peers/load"] };
const ONCE_MORE: Lane = { title: "once more, with the machine to itself", files: [] };
/** `npm run test:openstack` runs these: with the argument `openstack`. */
const ELSEWHERE: Lane = { title: "the real OpenStack", files: ["test/openstack/"] };

interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly passed: number;
  readonly failed: number;
  readonly status: number;
  /** With a test that failed, each once. */
  readonly failedFiles: readonly string[];
}

/** @throws Error when a test belongs to no lane or to two: it would not run, or twice */
function filesByLane(): ReadonlyMap<Lane, readonly string[]> {
  const byLane = new Map<Lane, string[]>([...LANES, ALONE, ELSEWHERE].map((lane) => [lane, []]));
  const all = readdirSync(join(CHECKOUT, "test"), { recursive: true, encoding: "utf8" });
  for (const path of all
    .filter((name) => name.endsWith(".lab.ts"))
    .map((name) => `test/${name}`)
    .sort()) {
    const lanes = [...byLane.keys()].filter(({ files }) => files.some((start) => path.startsWith(start)));
    if (lanes.length !== 1) throw new Error(`${path} is in ${lanes.length} lanes of test/lanes.ts: put it into one`);
    for (const lane of lanes) byLane.get(lane)?.push(path);
  }
  for (const [{ files }, paths] of byLane) {
    const place = (path: string): number => files.findIndex((start) => path.startsWith(start));
    paths.sort((one, other) => place(one) - place(other));
  }
  return byLane;
}

async function run(argv: readonly string[], onLine?: (line: string) => void): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "vipf-lane-"));
  const list = join(folder, "failed");
  const env = { ...process.env, [FAILED_FILES]: list };
  const options = { cwd: CHECKOUT, env, accept: "any" as const, ...(onLine === undefined ? {} : { onLine }) };
  const { status, stdout, stderr } = await runCommand(argv, options);
  const failedFiles = status === 0 ? [] : linesOf(list);
  rmSync(folder, { recursive: true });
  const count = (word: string): number => Number(new RegExp(`^ +(\\d+) ${word}`, "m").exec(stdout)?.[1] ?? 0);
  return { output: stdout, errors: stderr, passed: count("passing"), failed: count("failing"), status, failedFiles };
}

function linesOf(path: string): readonly string[] {
  try {
    return [...new Set(readFileSync(path, "utf8").split("\n"))].filter((line) => line !== "");
  } catch {
    return [];
  }
}

const mocha = (files: readonly string[]): readonly string[] => [
  ...["node_modules/.bin/mocha", "--config", "test/lab.mocharc.json", "--reporter", "test/fileTimes.ts"],
  ...files,
];

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Runs a lane and prints it when it has ended. */
async function runAside({ title }: Lane, files: readonly string[]): Promise<Outcome> {
  const outcome = await createProgress().step(`lane "${title}", shown when it ends`, () => run(mocha(files)));
  print(`\nlane "${title}"\n${outcome.output}`);
  return outcome;
}

async function runShown({ title }: Lane, files: readonly string[]): Promise<Outcome> {
  print(`\nlane "${title}"`);
  return await run(mocha(files), print);
}

await reportAndExit(async () => {
  const files = filesByLane();
  const isOpenstack = process.argv[2] === "openstack";
  const together = (isOpenstack ? [ELSEWHERE] : LANES).map((lane, index) =>
    (index === 0 ? runShown : runAside)(lane, files.get(lane) ?? []),
  );
  const outcomes = await Promise.all(together);
  const failed = outcomes.flatMap(({ failedFiles }) => failedFiles);
  const isLost = outcomes.some(({ status, failedFiles }) => status !== 0 && failedFiles.length === 0);
  const isMended = failed.length === 0 || (await runShown(ONCE_MORE, failed)).status === 0;
  if (failed.length > 0 && isMended) print(`passed alone, and failed beside other lanes: ${failed.join(", ")}`);
  const isGoodUnderLoad = isOpenstack || (await runShown(ALONE, files.get(ALONE) ?? [])).status === 0;
  for (const { status, errors } of outcomes) if (status !== 0) print(errors);
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((all, one) => all + count(one), 0);
  print(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
  process.exitCode = !isLost && isMended && isGoodUnderLoad ? 0 : 1;
});
