/** Tells processes apart for longer than their numbers live (proc_pid_stat(5)). */
import { readFileSync } from "node:fs";

/** Fields after the command, which is in parentheses and may hold anything: state is the 3rd of all, start time the 22nd. */
const STATE = 0;
const START_TIME = 19;

/**
 * What names one process for as long as this machine is up: its number and when it started.
 * @returns undefined when no process of this number runs; one that is dead and not yet reaped does not.
 */
export function processIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[STATE];
  const startTime = fields[START_TIME];
  if (state === undefined || startTime === undefined || state === "Z" || state === "X") return undefined;
  return `${pid} since ${startTime}`;
}
