// The inputs that a local and a remote command share, and how what it printed gets into logs, errors and the next run.
import { z } from "zod";
import type { Operation, Printed } from "./resourceType.ts";

/** Of @pulumi/command 1.2.1, local.CommandArgs and remote.CommandArgs. */
export const commandInputs = z.object({
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  stdin: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).default("stdoutAndStderr"),
  addPreviousOutputInEnv: z.boolean().default(true),
  triggers: z.array(z.unknown()).optional(),
});

/** A command's inputs, parsed. */
export type CommandInputs = z.infer<typeof commandInputs>;

/** What a command printed and how it ended. */
export interface Execution {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they arrived. */
  readonly output: string;
  /** Undefined when it succeeded, else how it ended: "exited with code 3". */
  readonly failure: string | undefined;
}

/** How much of a failed command's output its error repeats. */
const ERROR_LINES = 30;
const ERROR_COMMAND_CHARACTERS = 160;

/** The outputs of a command that succeeded. @throws Error saying which command failed, how, and its last output, without secrets */
export function outputsOf(execution: Execution, command: string, where: string, operation: Operation): Printed {
  if (execution.failure === undefined) {
    return { stdout: withoutNewline(execution.stdout), stderr: withoutNewline(execution.stderr) };
  }
  const [firstLine = ""] = command.trim().split("\n");
  const shown =
    firstLine.length > ERROR_COMMAND_CHARACTERS ? `${firstLine.slice(0, ERROR_COMMAND_CHARACTERS)}…` : firstLine;
  const last = execution.output.trimEnd().split("\n").slice(-ERROR_LINES).join("\n");
  const said = last === "" ? ", and printed nothing" : `:\n${last}`;
  throw new Error(operation.redact(`the command "${shown}" ${where} ${execution.failure}${said}`));
}

const withoutNewline = (text: string): string => text.replace(/\n$/, "");

/** The variables by which a command sees what the run before it printed; none on the first run or when not wanted. */
export function previousOutput(
  { addPreviousOutputInEnv }: CommandInputs,
  { stdout, stderr }: Printed,
): Record<string, string> {
  if (!addPreviousOutputInEnv) return {};
  return {
    ...(stdout === undefined || stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === undefined || stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}

/** Whether a line from that stream is to be shown while the command runs. */
export function isLogged({ logging }: CommandInputs, from: "stdout" | "stderr"): boolean {
  return logging === "stdoutAndStderr" || logging === from;
}
