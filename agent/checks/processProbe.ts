/** Looks for a process by the name or the path of its program (proc(5)). */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type { CheckResult } from "../health/verdict.ts";
import { failed, good } from "./probe.ts";

/** The kernel keeps so many characters of a name. */
const NAME_CHARACTERS = 15;
const BATCH = 16;

/**
 * @param wanted a name, or a path where it begins with a slash.
 * The path of another user's process can only be read with privileges; without them the first word of its command line
 * stands for it, which a program may write itself.
 */
export async function probeProcess(wanted: string, signal: AbortSignal): Promise<CheckResult> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (let start = 0; start < pids.length && !signal.aborted; start += BATCH) {
    const batch = pids.slice(start, start + BATCH);
    const found = await Promise.all(batch.map((pid) => isProgram(pid, wanted)));
    const index = found.indexOf(true);
    if (index >= 0) return good(`${wanted} runs as process ${batch[index] ?? ""}`);
  }
  // Of a machine whose first process cannot be seen, others may be hidden as well (hidepid of proc(5)).
  if (!pids.includes("1")) return failed(`${wanted} is not among the agent's own processes: set ProtectProc=default`);
  return failed(`no process runs ${wanted}`);
}

/** A process that has ended while it was looked at is none. */
async function isProgram(pid: string, wanted: string): Promise<boolean> {
  const stat = await text(`/proc/${pid}/stat`);
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(stat) ?? [];
  if (name === undefined || state === "Z" || state === "X") return false;
  if (wanted.startsWith("/")) return (await programOf(pid)) === wanted;
  if (name !== wanted.slice(0, NAME_CHARACTERS)) return false;
  return wanted.length <= NAME_CHARACTERS || basename(await programOf(pid)) === wanted;
}

async function programOf(pid: string): Promise<string> {
  const path = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  // A program that was replaced on disk by a newer one still runs.
  if (path !== undefined) return path.replace(/ \(deleted\)$/, "");
  return (await text(`/proc/${pid}/cmdline`)).split("\0")[0] ?? "";
}

function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
