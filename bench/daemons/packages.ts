/** Debian packages of the segment, and of what the agent is compared with there. */
import type { HostPackage } from "../../lab/host/packages.ts";

export const SEGMENT_PACKAGES: readonly HostPackage[] = [
  { name: "keepalived", provides: "keepalived" },
  { name: "ucarp", provides: "ucarp" },
  { name: "frr", provides: "/usr/lib/frr/vrrpd" },
  { name: "iproute2", provides: "ip" },
  { name: "iputils-ping", provides: "ping" },
];
