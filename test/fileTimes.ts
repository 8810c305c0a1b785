/** Mocha's reporter "spec", which ends with how long each file took: where the time of a run goes. */
import { relative } from "node:path";
import mocha, { type MochaOptions, type Runner, type Suite } from "mocha";
import { CHECKOUT } from "../toolchain/places.ts";

const MS_PER_SECOND = 1_000;

export default class FileTimes extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
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
