/** Debian packages of what the agent is compared with. */
import type { HostPackage } from "../lab/host/packages.ts";

export const COMPARED_PACKAGES: readonly HostPackage[] = [
  { name: "keepalived", provides: "keepalived" },
  { name: "ucarp", provides: "ucarp" },
];
