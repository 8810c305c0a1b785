/** Debian packages of a real OpenStack: release "Zed" of Debian 12, without any of the packages that only start services. */
import { readFile } from "node:fs/promises";
import type { Progress } from "../../../toolchain/progress.ts";
import { UserError } from "../../../toolchain/userError.ts";
import { ensureHostPackages, type HostPackage } from "../../host/packages.ts";

const inBin = (name: string): HostPackage => ({ name, provides: `/usr/bin/${name}` });

/** Nova's compute service has no package here: its code is in python3-nova, and its package only adds qemu and libvirt. */
const PACKAGES: readonly HostPackage[] = [
  { name: "keystone", provides: "/usr/bin/keystone-manage" },
  inBin("placement-api"),
  inBin("glance-api"),
  inBin("neutron-server"),
  inBin("neutron-linuxbridge-agent"),
  inBin("neutron-l3-agent"),
  inBin("nova-api"),
  inBin("nova-conductor"),
  inBin("nova-scheduler"),
  { name: "rabbitmq-server", provides: "/usr/lib/rabbitmq/bin/rabbitmq-server" },
  { name: "mariadb-server", provides: "mariadbd" },
  { name: "memcached", provides: "memcached" },
  { name: "uwsgi-core", provides: "uwsgi-core" },
  { name: "uwsgi-plugin-python3", provides: "/usr/lib/uwsgi/plugins/python3_plugin.so" },
  { name: "python3-pymysql", provides: "/usr/lib/python3/dist-packages/pymysql/__init__.py" },
  { name: "python3-memcache", provides: "/usr/lib/python3/dist-packages/memcache.py" },
  { name: "ipset", provides: "ipset" },
  { name: "iptables", provides: "iptables-nft" },
  { name: "ebtables", provides: "ebtables-nft" },
  { name: "conntrack", provides: "conntrack" },
  { name: "socat", provides: "socat" },
];

const RELEASE_FILE = "/etc/os-release";
const RELEASE = { id: "debian", version: "12" } as const;

/**
 * Installs what is missing; quick and silent when nothing is. No package starts anything.
 * @throws UserError on another system than Debian 12, before anything is touched
 */
export async function ensureOpenstackPackages(progress: Progress): Promise<void> {
  refuseOtherSystem(await readFile(RELEASE_FILE, "utf8").catch(() => ""));
  await ensureHostPackages(progress, PACKAGES);
}

/** @throws UserError when os-release(5) tells of another system */
export function refuseOtherSystem(release: string): void {
  const value = (key: string): string | undefined => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(release)?.[1];
  if (value("ID") === RELEASE.id && value("VERSION_ID") === RELEASE.version) return;
  throw new UserError(
    `the lab's real OpenStack comes from the packages of Debian 12, and this is ${value("PRETTY_NAME") ?? "no known system"}`,
    "use a Debian 12 machine, or the doubles, which need no packages of OpenStack's: leave out --cloud openstack",
  );
}
