/**
 * FRR's vrrpd on a host of the segment, with the zebra it needs: multicast only, and always with the virtual MAC, on a
 * macvlan that an administrator makes and vrrpd holds down while it is a backup.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { virtualRouterMac } from "../../agent/protocol/packet/ethernet.ts";
import type { Host } from "../segment/segment.ts";
import { activeDownMs, type Daemon, priorityOf, SHARED_IPV4, SHARED_IPV6, VIRTUAL_ROUTER_ID } from "./daemon.ts";

export interface FrrOptions {
  readonly family: 4 | 6;
  /** A multiple of 10. */
  readonly intervalMs: number;
  readonly preempt: boolean;
  /** By place in the order of members. */
  readonly priorities: readonly number[];
}

export const FRR: FrrOptions = {
  family: 4,
  intervalMs: 1_000,
  preempt: true,
  priorities: [0, 1, 2].map(priorityOf),
};

const PROGRAMS = "/usr/lib/frr";
let starts = 0;

export function frr(changes: Partial<FrrOptions> = {}): Daemon {
  const options = { ...FRR, ...changes };
  const priority = (place: number): number => options.priorities[place] ?? 1;
  return {
    name: "FRR",
    settlesWithinMs: 0,
    start(segment, node, members) {
      const directory = join(node.directory, `frr-${(starts += 1)}`);
      mkdirSync(directory);
      writeFileSync(join(directory, "zebra.conf"), "");
      writeFileSync(join(directory, "vrrpd.conf"), configuration(options, priority(members.indexOf(node))));
      const path = join(directory, "run");
      writeFileSync(path, script(options, node, directory));
      return segment.start(node, "sh", path);
    },
    masterDownMs: (place) => activeDownMs(options.intervalMs, priority(place)),
  };
}

/** One word a line, as its shell saves it. The link-local address has to be the first (RFC 9568 5.2.9). */
function configuration({ family, intervalMs, preempt }: FrrOptions, priority: number): string {
  const addresses = family === 4 ? [`ip ${SHARED_IPV4}`] : Object.values(SHARED_IPV6).map((one) => `ipv6 ${one}`);
  const words = ["version 3", `priority ${priority}`, `advertisement-interval ${intervalMs}`, ...addresses];
  const lines = words.map((word) => ` vrrp ${VIRTUAL_ROUTER_ID} ${word}`);
  return ["interface eth0", ...lines, ...(preempt ? [] : [` no vrrp ${VIRTUAL_ROUTER_ID} preempt`]), ""].join("\n");
}

/**
 * Makes the macvlan, then runs zebra and vrrpd until it is told to stop. Each instance has sockets of its own, so that
 * hosts which share a file system do not meet.
 */
function script({ family }: FrrOptions, node: Host, directory: string): string {
  const name = `vrrp${family}-${VIRTUAL_ROUTER_ID}`;
  const shared = family === 4 ? [`${SHARED_IPV4}/32`] : Object.values(SHARED_IPV6).map((address) => `${address}/64`);
  // Over IPv6 it advertises from the macvlan's own link-local address.
  const own = family === 4 ? [] : [ownLinkLocal(node)];
  const program = (which: string): string =>
    `${PROGRAMS}/${which} -u root -g frrvty -z ${directory}/zserv -i ${directory}/${which}.pid ` +
    `-f ${directory}/${which}.conf --vty_socket ${directory} -P 0 --log stdout`;
  return `${[
    `ip link del ${name} 2> /dev/null`,
    "set -e",
    `ip link add link eth0 name ${name} type macvlan mode bridge`,
    `ip link set ${name} address ${virtualRouterMac(family, VIRTUAL_ROUTER_ID)} addrgenmode none`,
    ...[...own, ...shared].map((address) => `ip addr add ${address} dev ${name}`),
    `ip link set ${name} up`,
    // What the interface below would answer for it, a backup would answer, too.
    "sysctl -qw net.ipv4.conf.eth0.arp_ignore=1",
    `${program("zebra")} & zebra=$!`,
    `until [ -S ${directory}/zserv ]; do kill -0 $zebra; sleep 0.05; done`,
    `${program("vrrpd")} & vrrpd=$!`,
    "set +e",
    "trap 'kill $vrrpd; wait $vrrpd; kill $zebra; wait $zebra; exit 0' TERM",
    "wait $vrrpd; kill $zebra; wait $zebra; exit 1",
  ].join("\n")}\n`;
}

/** What FRR's advertisements over IPv6 come from. */
function ownLinkLocal({ number }: Host): string {
  return `fe80::f${number}/64`;
}
