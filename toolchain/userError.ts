// Programs and how they end. Errors meant for the person at the keyboard: said in one line, without a stack trace.

import { exitWhenWritten, letReadersGo } from "./output.ts";

/** What `reportAndExit` ends the process with. 70 is EX_SOFTWARE of sysexits(3): the fault is the program's own. */
const EXIT_USER_ERROR = 1;
const EXIT_INTERNAL_ERROR = 70;

/** A failure whose cause the user can see and mend. Anything else that is thrown is taken for a bug and shown with its stack. */
export class UserError extends Error {
  override readonly name = "UserError";
  /** What to do about it, as an imperative: "install Go 1.26". */
  readonly remedy: string | undefined;

  /** `message` names the thing, its value and why it is wrong; the `remedy` is shown after a dash. */
  constructor(message: string, remedy?: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }

  /** The line to show: `error: port 15000 is taken — stop the other lab`. */
  get line(): string {
    return this.remedy === undefined ? `error: ${this.message}` : `error: ${this.message} — ${this.remedy}`;
  }
}

/**
 * Runs a program's main function. A `UserError` is printed as one line and exits 1, anything else with its stack and
 * exits 70. Success leaves the exit code as `main` set it, and the process ends when nothing keeps it alive.
 */
export async function reportAndExit(main: () => Promise<void>): Promise<void> {
  letReadersGo();
  try {
    await main();
  } catch (error) {
    if (error instanceof UserError) {
      process.stderr.write(`${error.line}\n`);
      await exitWhenWritten(EXIT_USER_ERROR);
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    await exitWhenWritten(EXIT_INTERNAL_ERROR);
  }
}
