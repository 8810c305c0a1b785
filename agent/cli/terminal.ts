/** Where a command writes, and how it ends. */
import { printable, printableColoured } from "../config/printable.ts";
import { coloured, type Paint, plain } from "./text/table.ts";

/** A command's way to its caller. */
export interface Terminal {
  /** Writes a result. */
  readonly print: (text: string) => void;
  /** Writes what is wrong, or what has to be known besides the result. */
  readonly complain: (text: string) => void;
  readonly paint: Paint;
}

/** Documented in docs/agent.md: scripts rely on them. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** That of this process. Colours are for people who look at it, unless they said no (no-color.org). */
export const PROCESS_TERMINAL: Terminal = {
  print: (text) => process.stdout.write(`${printableColoured(text)}\n`),
  complain: (text) => process.stderr.write(`${printable(text)}\n`),
  paint: process.stdout.isTTY && !process.env["NO_COLOR"] ? coloured : plain,
};

/** Says why a command was not carried out. */
export function refuse(terminal: Terminal, headline: string, problems: readonly string[]): ExitCode {
  terminal.complain([`failover-agent: ${headline}:`, ...problems.map((line) => `  ${line}`)].join("\n"));
  return EXIT.refused;
}

/** A value for programs, or its text for people. */
export function show(terminal: Terminal, isJson: boolean, value: unknown, text: () => string): void {
  terminal.print(isJson ? JSON.stringify(value, null, 2) : text());
}
