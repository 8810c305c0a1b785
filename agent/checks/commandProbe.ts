/** Looks by running a program: one that ends with 0 found all well. */

import { type ProgramResult, runProgram } from "../programs/program.ts";
import { failed, good, type RunningProbe } from "./probe.ts";

/** The end of its output says more than the beginning, and fits a line of the log. */
const MAX_SHOWN = 200;

export function probeCommand(command: readonly string[], signal: AbortSignal): RunningProbe {
  const { result, gone } = runProgram(command, signal);
  return { result: result.then(judged), gone };
}

function judged({ end, output }: ProgramResult): ReturnType<typeof good> {
  const said = lastLine(output);
  const words = said === "" ? "" : `: ${said}`;
  switch (end.kind) {
    case "exited":
      return end.status === 0 ? good(`ended with 0${words}`) : failed(`ended with ${end.status}${words}`);
    case "killed":
      return failed(`was killed by ${end.signal}${words}`);
    case "timed-out":
      return failed(`did not end in time${words}`);
    case "not-started":
      return failed(`could not be started: ${end.why}`);
  }
}

/** Without what a terminal would obey. */
function lastLine(output: string): string {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  return line
    .replace(/[\p{Cc}\p{Cf}]/gu, " ")
    .slice(0, MAX_SHOWN)
    .trim();
}
