/** Mocha's reporter "dot", which also writes down how each file fared: for test/check/run.ts. */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import mocha, { type MochaOptions, type Runnable, type Runner } from "mocha";
import { CHECKOUT } from "../../toolchain/places.ts";
import type { Verdict } from "./record.ts";

/** Where to: a file. */
export const VERDICTS_FILE = "VIPF_VERDICTS";

/** A verdict for each file by its path; nothing at all when a failure is of no file, for then it may be of any. */
export type Verdicts = Readonly<Record<string, Verdict>>;

export default class CheckReporter extends mocha.reporters.Dot {
  readonly #verdicts: Record<string, Verdict> = {};
  #isSure = true;

  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const events = mocha.Runner.constants;
    runner.on(events.EVENT_TEST_PASS, (test) => {
      this.#add(test, { passed: 1, failed: 0 });
    });
    runner.on(events.EVENT_TEST_FAIL, (test) => {
      this.#add(test, { passed: 0, failed: 1 });
    });
    runner.on(events.EVENT_HOOK_END, (hook) => {
      this.#add(hook, { passed: 0, failed: 0 });
    });
    runner.once(events.EVENT_RUN_END, () => {
      const path = process.env[VERDICTS_FILE];
      if (path !== undefined && this.#isSure) writeFileSync(path, JSON.stringify(this.#verdicts));
    });
  }

  #add({ file, duration = 0 }: Runnable, { passed, failed }: Omit<Verdict, "milliseconds">): void {
    if (file === undefined) {
      // A hook of mocha's own has no file either, and nothing is lost with its time.
      this.#isSure &&= failed === 0;
      return;
    }
    const path = relative(CHECKOUT, file);
    const sum = this.#verdicts[path] ?? { passed: 0, failed: 0, milliseconds: 0 };
    this.#verdicts[path] = {
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      milliseconds: sum.milliseconds + duration,
    };
  }
}
