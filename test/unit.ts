/**
 * `npm run test:unit`: every test that needs no root, several files at a time.
 *
 * A file that fails is run once more when all have ended: what then passes was the machine's load, and is said so; what fails
 * again has failed.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../toolchain/places.ts";
import { reportAndExit } from "../toolchain/userError.ts";
import { runTests } from "./check/run.ts";

/** These take longest, so they begin first and none is left running alone in the end. */
const LONG_ROOMS = ["clouds", "simulation", "explore", "peers", "health"];

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function unitTests(): readonly string[] {
  const placeOf = (path: string): number => {
    const place = LONG_ROOMS.indexOf(path.split("/")[1] ?? "");
    return place < 0 ? LONG_ROOMS.length : place;
  };
  return readdirSync(join(CHECKOUT, "test"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => `test/${path}`)
    .sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));
}

/** Runs them one after the other. @returns the exit code */
async function onceMore(files: readonly string[]): Promise<number> {
  print(`\nonce more, one after the other: ${files.join(", ")}`);
  const { status } = await runTests(CHECKOUT, files, 1);
  if (status === 0) print(`passed alone, and failed beside others: ${files.join(", ")}`);
  return status;
}

await reportAndExit(async () => {
  const { status, verdicts } = await runTests(CHECKOUT, unitTests());
  const failed = [...verdicts].filter(([, verdict]) => verdict.failed > 0).map(([file]) => file);
  process.exitCode = status === 0 || failed.length === 0 ? status : await onceMore(failed);
});
