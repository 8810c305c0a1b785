/** A process that holds a container of services until it is killed: what a crash of the lab's daemon leaves behind. */
import { mkdir } from "node:fs/promises";
import { hostNames } from "../../lab/host/names.ts";
import { startContainer } from "../../lab/openstack/container.ts";
import { makeNetworks } from "../../lab/openstack/settings/networks.ts";
import { placesOf } from "../../lab/openstack/settings/places.ts";
import { CLIENT } from "../host/edgeRegion.ts";

const [name = "", stateDir = ""] = process.argv.slice(2);
const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Leaves all that a service could: a process that nobody waits for, a mount, and a network namespace with a name. */
const SERVICE = `set -e
ip netns add qrouter-left
mount -t tmpfs left "$1"
setsid sleep infinity &
sleep infinity`;

async function main(): Promise<void> {
  const names = hostNames(name);
  await makeNetworks(names, 1, CLIENT);
  const places = placesOf(stateDir);
  for (const folder of [places.databases, places.queue, places.run]) await mkdir(folder, { recursive: true });
  const container = await startContainer({ places, namespace: names.control });
  for (const namespace of [undefined, names.computeHost(1)]) {
    const where = { env: ENVIRONMENT, ...(namespace === undefined ? {} : { namespace }) };
    if (namespace === undefined) container.spawn(["sh", "-c", SERVICE, "service", places.run], where, 2);
    else container.spawn(["sleep", "infinity"], where, 2);
  }
  const seen = ["sh", "-c", "until ip netns list | grep -q qrouter-left; do sleep 0.05; done; ls /sys/class/net"];
  const { stdout } = await container.run(seen, { env: ENVIRONMENT, namespace: names.computeHost(1) });
  process.send?.(stdout.includes("under0") ? "up" : `/sys/class/net of a host shows: ${stdout}`);
}

// Whoever started this process sees its messages, and not what it prints.
main().catch((error: unknown) => {
  process.send?.(error instanceof Error ? (error.stack ?? error.message) : String(error), () => process.exit(1));
});
