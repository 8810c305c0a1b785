/** The host's processes as /proc shows them (proc(5)): children, and those that belong to a lab. */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostNames } from "./names.ts";
import { namespacePath, namespaces } from "./namespace.ts";

/** A killed process is gone as soon as the kernel has freed what it held. */
const GONE_DEADLINE_MS = 20_000;
const POLL_MS = 20;

/** The children of a process, oldest first; none when it is gone. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readOr(`/proc/${pid}/task/${pid}/children`, "");
  return text.split(" ").filter(Boolean).map(Number);
}

/** The name of the program a process runs; empty when it is gone. */
export const programOf = async (pid: number): Promise<string> => (await readOr(`/proc/${pid}/comm`, "")).trim();

/** Kills a process; nothing happens when it is gone. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Kills every process of a lab but this one: machines by their --machine argument, and whatever runs in one of its
 * network namespaces.
 * @throws Error when one does not end
 */
export async function killLabProcesses(names: HostNames): Promise<void> {
  const deadlineMs = performance.now() + GONE_DEADLINE_MS;
  for (;;) {
    const pids = await labProcesses(names);
    if (pids.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`processes ${pids.join(", ")} of lab ${names.lab} do not end`);
    pids.forEach(killNow);
    await sleep(POLL_MS);
  }
}

async function labProcesses(names: HostNames): Promise<readonly number[]> {
  const networks = await labNetworks(names);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => pid !== process.pid && (await belongs(pid, names, networks))),
  );
  return pids.filter((_, index) => found[index] === true);
}

async function belongs(pid: number, names: HostNames, networks: ReadonlySet<string>): Promise<boolean> {
  const network = await readlink(`/proc/${pid}/ns/net`).catch(() => "");
  if (networks.has(network)) return true;
  const argv = (await readOr(`/proc/${pid}/cmdline`, "")).split("\0");
  return argv.some((argument) => argument.startsWith("--machine=") && names.owns(argument.slice("--machine=".length)));
}

/** A lab's network namespaces as /proc/PID/ns/net names them: by the inode that is mounted in /run/netns. */
async function labNetworks(names: HostNames): Promise<ReadonlySet<string>> {
  const own = (await namespaces()).filter((name) => names.owns(name));
  const inodes = await Promise.all(own.map((name) => stat(namespacePath(name)).then(({ ino }) => `net:[${ino}]`)));
  return new Set(inodes);
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    // The process is gone, or has become another's.
    return otherwise;
  }
}
