/** Mocha's reporter "spec", which also writes down, a line each, the files with a test that failed: for test/lanes.ts. */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import mocha, { type MochaOptions, type Runner, type Test } from "mocha";
import { CHECKOUT } from "../toolchain/places.ts";

/** Where to: a file. */
export const FAILED_FILES = "VIPF_FAILED_FILES";

export default class LaneReporter extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const path = process.env[FAILED_FILES];
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, ({ file }: Test) => {
      if (path !== undefined && file !== undefined) appendFileSync(path, `${relative(CHECKOUT, file)}\n`);
    });
  }
}
