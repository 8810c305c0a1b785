/** ucarp on a host of the segment, with the scripts that its manual suggests. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, SHARED_IPV4, VIRTUAL_ROUTER_ID } from "./daemon.ts";

export interface UcarpOptions {
  readonly baseSeconds: number;
  /** By place in the order of members, 256ths of a second. */
  readonly skews: readonly number[];
  readonly password: string;
  readonly preempt: boolean;
}

export const UCARP: UcarpOptions = { baseSeconds: 1, skews: [0, 50, 100], password: "test-vector", preempt: true };

const UCARP_BINARY = "/usr/sbin/ucarp";

export function ucarp(changes: Partial<UcarpOptions> = {}): Daemon {
  const options = { ...UCARP, ...changes };
  const skew = (place: number): number => options.skews[place] ?? 254;
  return {
    name: "ucarp",
    // It reads what it captured up to a second late, and looks at its timer once an interval.
    settlesWithinMs: 2_500,
    start(segment, node, members) {
      const scripts = (["up", "down"] as const).map((state) => {
        const path = join(node.directory, `ucarp-${state}.sh`);
        const verb = state === "up" ? "add" : "del";
        writeFileSync(path, `#!/bin/sh\nexec ip addr ${verb} "$2"/32 dev "$1" 2> /dev/null\n`, { mode: 0o755 });
        return path;
      });
      const group = ["-i", "eth0", "-s", node.ipv4, "-v", String(VIRTUAL_ROUTER_ID), "-a", SHARED_IPV4];
      const timing = ["-b", String(options.baseSeconds), "-k", String(skew(members.indexOf(node)))];
      const behaviour = ["-p", options.password, "-z", "-n", ...(options.preempt ? ["-P"] : [])];
      const [up = "", down = ""] = scripts;
      return segment.start(node, UCARP_BINARY, ...group, ...timing, ...behaviour, "-u", up, "-d", down);
    },
    masterDownMs: (place) => 3_000 * options.baseSeconds + (skew(place) * 1_000) / 256,
  };
}
