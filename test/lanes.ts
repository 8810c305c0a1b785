/**
 * `npm run test:lab`: everything that needs root, in two lanes side by side. One lane mostly waits, for a provider's own pauses or a
 * daemon's timers, the other measures; each runs its files one after the other, because they make namespaces of the same names.
 */
import { runCommand } from "../toolchain/command.ts";
import { CHECKOUT } from "../toolchain/places.ts";
import { createProgress } from "../toolchain/progress.ts";
import { reportAndExit } from "../toolchain/userError.ts";

interface Lane {
  readonly title: string;
  readonly files: readonly string[];
}

const WAITING: Lane = {
  title: "providers, engine, interoperation",
  files: ["test/cloud/**/*.lab.ts", "test/toolchain/**/*.lab.ts", "test/interop/**/*.lab.ts"],
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
  readonly passed: number;
  readonly failed: number;
  readonly status: number;
}

async function runLane(lane: Lane, onLine?: (line: string) => void): Promise<Outcome> {
  const argv = ["node_modules/.bin/mocha", "--config", "test/lab.mocharc.json", ...lane.files];
  const options = { cwd: CHECKOUT, accept: "any" as const, ...(onLine === undefined ? {} : { onLine }) };
  const { status, stdout, stderr } = await runCommand(argv, options);
  const count = (word: string): number => Number(new RegExp(`^ +(\\d+) ${word}`, "m").exec(stdout)?.[1] ?? 0);
  return { output: stdout + stderr, passed: count("passing"), failed: count("failing"), status };
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

await reportAndExit(async () => {
  const waiting = createProgress().step(`lane "${WAITING.title}", shown when it ends`, () => runLane(WAITING));
  print(`\nlane "${MEASURING.title}"`);
  const measured = await runLane(MEASURING, print);
  const waited = await waiting;
  print(`\nlane "${WAITING.title}"\n${waited.output}`);
  print(`${measured.passed + waited.passed} passed, ${measured.failed + waited.failed} failed`);
  process.exitCode = Math.max(measured.status, waited.status) === 0 ? 0 : 1;
});
