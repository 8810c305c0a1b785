/** What runs in the networks of a real OpenStack, whatever it is. */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import type { HostNames } from "../../lab/host/names.ts";
import { namespacePath, namespaces } from "../../lab/host/namespace.ts";

/** The argument vectors of all processes in the namespaces of its control services and hosts. */
export async function processesOf(names: HostNames): Promise<readonly string[]> {
  const own = (await namespaces()).filter((name) => names.owns(name) && name !== names.client);
  const networks = new Set(
    await Promise.all(own.map(async (name) => `net:[${(await stat(namespacePath(name))).ino}]`)),
  );
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const network = await readlink(`/proc/${pid}/ns/net`).catch(() => "");
    if (networks.has(network)) found.push(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
  }
  return found.map((argv) => argv.replaceAll("\0", " ").trim()).filter((argv) => argv !== "");
}
