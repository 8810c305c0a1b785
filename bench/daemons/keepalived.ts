/** keepalived on a host of the segment: VRRPv3 in every form that the comparison needs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../segment/segment.ts";
import {
  activeDownMs,
  type Daemon,
  othersOf,
  priorityOf,
  SHARED_IPV4,
  SHARED_IPV6,
  VIRTUAL_ROUTER_ID,
} from "./daemon.ts";

export interface KeepalivedOptions {
  readonly family: 4 | 6;
  readonly multicast: boolean;
  readonly intervalMs: number;
  readonly preempt: boolean;
  /** By place in the order of members. */
  readonly priorities: readonly number[];
  /** Virtual routers, the first with the shared address, the others with addresses of their own. */
  readonly instances: number;
  /** Hop limit of unicast; undefined leaves keepalived its default, which is 64 for IPv6. */
  readonly unicastTtl: number | undefined;
  /**
   * Whether the addresses are on an interface with the virtual MAC, and whether advertisements leave with it, too
   * (`use_vmac`), or with the interface's own (`vmac_xmit_base`).
   */
  readonly virtualMac: "none" | "everywhere" | "addresses";
  /** SCHED_RR priority of its VRRP process; 0 for none. */
  readonly realTimePriority: number;
}

export const KEEPALIVED: KeepalivedOptions = {
  family: 4,
  multicast: false,
  intervalMs: 1_000,
  preempt: true,
  priorities: [0, 1, 2].map(priorityOf),
  instances: 1,
  unicastTtl: 255,
  virtualMac: "none",
  realTimePriority: 0,
};

const VIRTUAL_MAC: Readonly<Record<KeepalivedOptions["virtualMac"], readonly string[]>> = {
  none: [],
  everywhere: ["use_vmac"],
  addresses: ["use_vmac", "vmac_xmit_base"],
};

let starts = 0;

export function keepalived(changes: Partial<KeepalivedOptions> = {}): Daemon {
  const options = { ...KEEPALIVED, ...changes };
  const priority = (place: number): number => options.priorities[place] ?? 1;
  return {
    name: "keepalived",
    settlesWithinMs: 0,
    start(segment, node, members) {
      // A killed predecessor that nobody has buried yet still owns its pid files, so each start has others.
      const base = join(node.directory, `keepalived-${(starts += 1)}`);
      writeFileSync(`${base}.conf`, configuration(options, node, members, priority(members.indexOf(node))));
      const pids = ["-p", `${base}.pid`, "-r", `${base}.vrrp.pid`];
      return segment.start(node, "keepalived", "-n", "-l", "-D", "-P", "-f", `${base}.conf`, ...pids);
    },
    masterDownMs: (place) => activeDownMs(options.intervalMs, priority(place)),
  };
}

function configuration(options: KeepalivedOptions, node: Host, members: readonly Host[], priority: number): string {
  const realTime = options.realTimePriority;
  const instances = Array.from({ length: options.instances }, (_, index) =>
    block(`vrrp_instance v${index}`, [
      "state BACKUP",
      "interface eth0",
      `virtual_router_id ${VIRTUAL_ROUTER_ID + index}`,
      `priority ${priority}`,
      `advert_int ${options.intervalMs / 1_000}`,
      ...(options.preempt ? [] : ["nopreempt"]),
      ...VIRTUAL_MAC[options.virtualMac],
      ...peers(options, node, members),
      block("virtual_ipaddress", addresses(options, index)),
    ]),
  );
  const global = [
    `router_id ${node.name}`,
    "vrrp_version 3",
    ...(realTime > 0 ? [`vrrp_rt_priority ${realTime}`, "vrrp_no_swap"] : []),
  ];
  return `${[block("global_defs", global), ...instances].join("\n")}\n`;
}

function peers(
  { multicast, family, unicastTtl }: KeepalivedOptions,
  node: Host,
  members: readonly Host[],
): readonly string[] {
  const own = (host: Host): string => (family === 4 ? host.ipv4 : host.linkLocal);
  if (multicast) return family === 4 ? [`mcast_src_ip ${own(node)}`] : [`mcast_src_ip ${own(node)}`, "native_ipv6"];
  const ttl = unicastTtl === undefined ? [] : [`unicast_ttl ${unicastTtl}`];
  return [`unicast_src_ip ${own(node)}`, ...ttl, block("unicast_peer", othersOf(node, members).map(own))];
}

/** Addresses of one virtual router; those after the first are only for the wire and the interface. */
function addresses({ family, virtualMac }: KeepalivedOptions, index: number): readonly string[] {
  // With a virtual MAC they go to its interface, whose name is keepalived's choice.
  const place = virtualMac === "none" ? " dev eth0" : "";
  if (family === 6) return [`${SHARED_IPV6.linkLocal}/64${place}`, `${SHARED_IPV6.global}/64${place}`];
  return [index === 0 ? `${SHARED_IPV4}/32${place}` : `10.26.0.${index}/32${place}`];
}

/** Each keyword of keepalived.conf(5) stands on a line of its own. */
function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines.map((line) => line.replace(/^/gm, "  ")), "}"].join("\n");
}
