/** Finds and ends the processes that left the group of the program they belong to, by the mark they inherited. */
import { readdir, readFile } from "node:fs/promises";

/** Name of the environment variable that every program of the agent runs with; its value is one of a kind. */
export const MARK = "FAILOVER_AGENT_RUN";

/** Processes that fork while they are looked for are found in the next round. */
const MAX_ROUNDS = 10;
/** So many are read at a time: enough to be quick, few enough to leave the file system to others. */
const BATCH = 16;

/** Kills every process that has the mark, and looks again until there is none. */
export async function endMarked(mark: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const strays = await marked(mark);
    if (strays.length === 0) return;
    for (const pid of strays) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended, or is not ours to end.
      }
    }
  }
}

/** proc_pid_environ(5): what a process was started with. One that has ended and is not yet reaped has none. */
async function marked(mark: string): Promise<number[]> {
  const wanted = `${MARK}=${mark}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (let start = 0; start < pids.length; start += BATCH) {
    const batch = pids.slice(start, start + BATCH);
    const environments = await Promise.all(
      batch.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")),
    );
    batch.forEach((pid, index) => {
      if (environments[index]?.split("\0").includes(wanted) === true) found.push(Number(pid));
    });
  }
  return found;
}
