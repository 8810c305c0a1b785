/** Control groups of the machines: one folder a lab at the root of the host's cgroup v2 tree, removed with the lab. */
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../toolchain/userError.ts";

/** What is left of a killed process takes milliseconds to go, on a loaded machine seconds. */
const EMPTY_DEADLINE_MS = 30_000;
const POLL_MS = 10;

/**
 * Makes a machine's group and returns its path. Without a group of their own, machines would share one, and stopping
 * a service in one of them would stop it in all.
 * @throws UserError when the host has no cgroup v2
 */
export async function addControlGroup(lab: string, machine: string): Promise<string> {
  const { unified } = await hierarchies();
  if (unified === undefined) {
    throw new UserError(
      "the host has no cgroup v2, which systemd in the servers needs",
      "mount it with: mount -t cgroup2 none /sys/fs/cgroup",
    );
  }
  const path = join(unified, lab, machine);
  await mkdir(path, { recursive: true });
  return path;
}

/**
 * Removes a lab's group, or one machine's, from every hierarchy: systemd-nspawn mirrors it into v1's as well. The
 * processes in it must have ended.
 */
export async function removeControlGroups(lab: string, machine = ""): Promise<void> {
  const { all } = await hierarchies();
  for (const hierarchy of all) await removeTree(join(hierarchy, lab, machine));
}

/** A control group's files cannot be deleted and vanish with their folder, so only folders count. */
async function removeTree(path: string, deadlineMs = performance.now() + EMPTY_DEADLINE_MS): Promise<void> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) await removeTree(join(path, entry.name), deadlineMs);
    await rmdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return;
    // A killed process leaves its group a little later than it leaves sight.
    if (code !== "EBUSY" || performance.now() > deadlineMs) throw error;
    await sleep(POLL_MS);
    await removeTree(path, deadlineMs);
  }
}

async function hierarchies(): Promise<{ readonly unified: string | undefined; readonly all: readonly string[] }> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  const points = (type: string): readonly string[] =>
    mounts.flatMap(([, point, kind]) => (point !== undefined && kind === type ? [point] : []));
  const unified = points("cgroup2")[0];
  return { unified, all: [...points("cgroup2"), ...points("cgroup")] };
}
