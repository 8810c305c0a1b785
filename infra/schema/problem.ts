/** What is wrong with a stack's configuration: every problem at once, each with its key, value, reason and remedy. */
import { RunError } from "@pulumi/pulumi";
import { printable } from "../../agent/config/printable.ts";

/** One thing that must be mended before anything is declared. */
export interface Problem {
  /** What is wrong, as a person finds it: `vip-failover:nodes.edge-1.priority`, or a file. */
  readonly key: string;
  /** The value as text; absent where there is none, or it is a secret. */
  readonly value?: string;
  /** Why it cannot be, completing the sentence that the value starts; a table that shows it may follow in more lines. */
  readonly why: string;
  /** What to do, an imperative. */
  readonly remedy: string;
}

/** Those that come first are mended first; the next preview shows what is left. */
const SHOWN_PROBLEMS = 50;

/**
 * The configuration cannot be used. Thrown before the first resource is declared.
 *
 * A `RunError`, so that the engine shows the message alone and no stack.
 */
export class ConfigError extends RunError {
  readonly problems: readonly Problem[];

  constructor(stack: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
    super(
      [
        `stack "${stack}" has ${count} in its configuration; nothing was touched.`,
        ...problems.slice(0, SHOWN_PROBLEMS).map(describe),
        ...(problems.length > SHOWN_PROBLEMS ? [`  and ${problems.length - SHOWN_PROBLEMS} more`] : []),
      ].join("\n"),
    );
    this.name = "ConfigError";
    // Nobody sees it, and the SDK takes seconds to format the stack of an error it reports.
    this.stack = "";
    this.problems = problems;
  }
}

function describe({ key, value, why, remedy }: Problem): string {
  const subject = value === undefined ? key : `${key} = ${value}`;
  // Blank lines stay blank.
  return printable(`  ${subject}\n    ${why.replace(/\n(?=.)/g, "\n    ")}\n    -> ${remedy}`);
}

const LONGEST_SHOWN = 60;

/** A configured value as text, short enough for a line. */
export function showValue(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}
