/**
 * `npm run check`: the inner loop. Lints what changed and runs the test files whose result can differ from when they
 * passed; `--all` runs all that need no root.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CHECKOUT } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { reportAndExit } from "../../toolchain/userError.ts";
import { type Checkout, readCheckout, testFiles } from "./checkout.ts";
import { closureOf, fingerprints } from "./fingerprint.ts";
import { lint } from "./lint.ts";
import { dueFiles, longestFirst, readRecord, recordAfter, writeRecord } from "./record.ts";
import { runTests } from "./run.ts";

const RECORD = join(CHECKOUT, "node_modules/.cache/vip-failover/check.json");

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const fingerprintsOf = (checkout: Checkout): ReadonlyMap<string, string> =>
  fingerprints(checkout, testFiles(checkout.files), process.version);

/** @returns the exit code */
async function test(all: boolean): Promise<number> {
  const checkout = await readCheckout(CHECKOUT);
  const before = fingerprintsOf(checkout);
  const record = readRecord(RECORD);
  const due = all ? [...before.keys()] : dueFiles(record, before);
  print(
    due.length === 0
      ? `all ${before.size} test files are as they passed`
      : `${before.size - due.length} of ${before.size} test files are as they passed; running ${due.length}`,
  );
  if (due.length === 0) return 0;
  const files = longestFirst(due, record, (file) => closureOf(file, checkout.modules).length);
  const { status, verdicts } = await runTests(CHECKOUT, files);
  // Read anew, both of them: files may have been edited meanwhile, and another check may have ended.
  const after = fingerprintsOf(await readCheckout(CHECKOUT, checkout));
  writeRecord(RECORD, recordAfter(readRecord(RECORD), verdicts, before, after));
  return status;
}

await reportAndExit(async () => {
  const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });
  const found = await lint(CHECKOUT, createProgress());
  if (found !== "") print(found);
  process.exitCode = found === "" ? await test(values.all) : 1;
});
