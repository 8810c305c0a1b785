// One at a time, across processes: a lock file that names its holder, so that a dead holder is told from a slow one.
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./userError.ts";

const POLL_MS = 200;
/** Longer than the longest thing done under a lock: a build of the CLI on a slow, busy machine. */
const DEADLINE_MS = 45 * 60_000;

/** How to wait for a lock. */
export interface LockOptions {
  /** Called once when another process holds the lock. */
  readonly onWait?: (holderPid: number) => void;
  readonly deadlineMs?: number;
}

/**
 * Runs `work` while holding the lock `file`; waits while another living process of this machine holds it. A lock
 * whose holder died is taken over.
 * @throws UserError when the holder does not let go before the deadline
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = `${process.pid} ${await startOf(process.pid)} ${randomUUID()}\n`;
  await acquire(file, mine, options);
  try {
    return await work();
  } finally {
    if ((await contents(file)) === mine) await rm(file, { force: true });
  }
}

async function acquire(file: string, mine: string, options: LockOptions): Promise<void> {
  const giveUpAtMs = performance.now() + (options.deadlineMs ?? DEADLINE_MS);
  let told = false;
  while (!(await tryCreate(file, mine))) {
    const theirs = await contents(file);
    if (theirs === undefined) continue;
    const holder = parse(theirs);
    if (!(await isAlive(holder))) {
      await breakLock(file, theirs);
      continue;
    }
    if (!told) options.onWait?.(holder.pid);
    told = true;
    if (performance.now() > giveUpAtMs) {
      throw new UserError(`process ${holder.pid} holds ${file}`, "wait for it or end it, then try again");
    }
    await sleep(POLL_MS);
  }
}

/** Creates the lock with its contents in one step: a file linked into place is never seen half-written. */
async function tryCreate(file: string, mine: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a dead holder's lock. Two processes may find it dead at once, and the slower must not remove the faster
 * one's new lock: so it is moved aside first, and put back if it turns out to be another than the dead one's.
 */
async function breakLock(file: string, dead: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if ((await contents(aside)) !== dead) {
    await link(aside, file).catch((error: unknown) => {
      if (!isCode(error, "EEXIST")) throw error;
    });
  }
  await rm(aside, { force: true });
}

interface Holder {
  readonly pid: number;
  readonly start: string;
}

function parse(text: string): Holder {
  const [pid, start] = text.trim().split(" ");
  return { pid: Number(pid), start: start ?? "" };
}

/** Alive means: the pid exists and is still the same process, for numbers are used again. */
async function isAlive({ pid, start }: Holder): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isCode(error, "EPERM")) return false;
  }
  return (await startOf(pid)) === start;
}

/** When a process started, in clock ticks since boot: field 22 of /proc/PID/stat, proc(5); "gone" without one. */
async function startOf(pid: number): Promise<string> {
  const stat = await contents(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const afterName = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return afterName?.[19] ?? "gone";
}

async function contents(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH")) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
