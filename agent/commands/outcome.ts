/** What every command has in common: its exit codes, where the agent is asked, and how it prints. */
import { join } from "node:path";
import { Option } from "commander";
import { CONTROL_SOCKET, type Refusal } from "../control/protocol.ts";
import { defaultStateDirectory } from "../stateDirectory.ts";

export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export const EXIT_HELP = `
Exit codes:
  0  done; a stop by SIGTERM or SIGINT hands the addresses over first and ends with 0
  1  refused or failed: the reason is on stderr
  2  wrong usage
  3  no agent answers on the control socket`;

/** Where the running agent is. */
export interface Places {
  readonly stateDir: string;
  readonly controlSocket?: string;
}

export function stateDirectoryOption(): Option {
  return new Option("--state-dir <path>", "where the agent keeps its state").default(defaultStateDirectory());
}

export function controlSocketOption(): Option {
  return new Option(
    "--control-socket <path>",
    `the control socket (default: ${CONTROL_SOCKET} in the state directory)`,
  );
}

export function controlSocketOf({ stateDir, controlSocket }: Places): string {
  return controlSocket ?? join(stateDir, CONTROL_SOCKET);
}

/** Says why something was not done. @returns the exit code. */
export function refuse({ problems }: Refusal, headline: string): number {
  process.stderr.write(`${[`failover-agent: ${headline}:`, ...problems.map((line) => `  ${line}`)].join("\n")}\n`);
  return EXIT.refused;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
