/** Removes everything of a lab from the host, whoever left it behind: after a crash, before a start, at the end. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeControlGroups } from "./cgroups.ts";
import { type HostNames, hostNames } from "./names.ts";
import { namespaces, removeNamespace } from "./namespace.ts";
import { killLabProcesses } from "./processes.ts";

/** Where systemd-nspawn leaves a folder for each machine it ran. */
const NSPAWN_LEFTOVERS = "/run/systemd/nspawn/propagate";

/**
 * Ends the lab's processes and removes its namespaces (with them interfaces, rules and connections), control groups
 * and run-time files. Disks stay: `stateDir` is not touched. Mounts need no sweeping, they live in the machines' own
 * mount namespaces. Does nothing on a clean host.
 */
export async function sweep(lab: string): Promise<void> {
  const names = hostNames(lab);
  await killLabProcesses(names);
  for (const namespace of (await namespaces()).filter((name) => names.owns(name))) await removeNamespace(namespace);
  await removeControlGroups(lab);
  await removeNspawnLeftovers((name) => names.owns(name));
}

/** Removes what systemd-nspawn keeps of machines that have ended. */
export async function removeNspawnLeftovers(isEnded: HostNames["owns"]): Promise<void> {
  const machines = await readdir(NSPAWN_LEFTOVERS).catch(() => []);
  await Promise.all(
    machines.filter(isEnded).map((machine) => rm(join(NSPAWN_LEFTOVERS, machine), { recursive: true, force: true })),
  );
}
