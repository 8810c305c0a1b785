/** What processes cost: memory and processor time as the kernel accounts them (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";

/** Kibibytes, summed over processes. */
export interface Memory {
  /** Resident: shared pages count in full in each process. */
  readonly rss: number;
  /** Proportional: a page that so many processes share counts one so-manieth in each. */
  readonly pss: number;
  /** The part of it that no file is behind, so that nobody can share it. */
  readonly anonymous: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const texts = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  const sum = (field: string): number =>
    texts
      .map((text) => Number(new RegExp(`^${field}: +(\\d+) kB`, "m").exec(text)?.[1] ?? 0))
      .reduce((total, value) => total + value, 0);
  return { rss: sum("Rss"), pss: sum("Pss"), anonymous: sum("Pss_Anon") };
}

/** Milliseconds on a processor since the start, of every thread. */
export function processorMs(pids: readonly number[]): number {
  return pids
    .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`))
    .map((path) => Number(readFileSync(path, "utf8").split(" ")[0]) / 1_000_000)
    .reduce((total, value) => total + value, 0);
}
