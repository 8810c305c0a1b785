/** Mocha's reporter "spec", which ends with how long each file took, and writes down which failed: for test/lanes.ts. */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import mocha, { type MochaOptions, type Runner, type Suite, type Test } from "mocha";
import { CHECKOUT } from "../toolchain/places.ts";

const MS_PER_SECOND = 1_000;
/** Where to: a file. */
export const FAILED_FILES = "VIPF_FAILED_FILES";

export default class FileTimes extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const path = process.env[FAILED_FILES];
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, ({ file }: Test) => {
      if (path !== undefined && file !== undefined) appendFileSync(path, `${relative(CHECKOUT, file)}\n`);
    });
    const { EVENT_SUITE_BEGIN, EVENT_SUITE_END } = mocha.Runner.constants;
    const msByFile = new Map<string, number>();
    const beganMs = new Map<Suite, number>();
    runner.on(EVENT_SUITE_BEGIN, (suite: Suite) => {
      if (suite.parent?.root === true) beganMs.set(suite, performance.now());
    });
    runner.on(EVENT_SUITE_END, (suite: Suite) => {
      const began = beganMs.get(suite);
      if (began === undefined) return;
      const file = relative(CHECKOUT, suite.file ?? "");
      msByFile.set(file, (msByFile.get(file) ?? 0) + performance.now() - began);
    });
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      const rows = [...msByFile].sort(([, one], [, other]) => other - one);
      for (const [file, ms] of rows)
        process.stdout.write(`${(ms / MS_PER_SECOND).toFixed(0).padStart(6)} s  ${file}\n`);
    });
  }
}
