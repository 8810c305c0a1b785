/** The faults of the comparison: what happens to the preferred node, and how it comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../../lab/drills/clock.ts";
import type { Group } from "./group.ts";

/** All times are of the monotonic clock, taken just before the fault or its end. */
export interface Fault {
  readonly name: FaultName;
  /** What a reader of the table should know. */
  readonly means: string;
  /** Whether the host can be reached afterwards, so that an address it kept is one too many. */
  readonly leavesHost: boolean;
  inject(group: Group): Promise<number>;
  /** Ends the fault, and starts the daemon where it was ended. */
  restore(group: Group): Promise<number>;
}

export const FAULT_NAMES = ["stop", "kill", "power-off", "blackhole", "freeze", "link-down"] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Long enough for the switch to have let go of a port; nothing of the node is heard meanwhile. */
const UNPLUGGED_MS = 20;

/** A new daemon in the place of one that is gone. */
async function startAgain(group: Group): Promise<number> {
  await group.running(group.preferred).ended;
  const startedMs = nowMs();
  group.start(group.preferred);
  return startedMs;
}

function now(act: () => void): Promise<number> {
  const atMs = nowMs();
  act();
  return Promise.resolve(atMs);
}

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  stop: {
    name: "stop",
    means: "the daemon is asked to stop",
    leavesHost: true,
    inject: (group) =>
      now(() => {
        group.running(group.preferred).stop();
      }),
    restore: startAgain,
  },
  kill: {
    name: "kill",
    means: "SIGKILL to all its processes; the kernel goes on, and so does the service manager",
    leavesHost: true,
    inject: (group) =>
      now(() => {
        void group.mourn(group.preferred);
        group.running(group.preferred).signal("SIGKILL");
      }),
    restore: startAgain,
  },
  "power-off": {
    name: "power-off",
    means: "the machine is gone at once, without a word to anybody",
    leavesHost: false,
    async inject(group) {
      const cutMs = nowMs();
      // First the cable: a killed process' kernel says goodbye on its connections, a machine without power does not.
      group.segment.plug(group.preferred, false);
      await sleep(UNPLUGGED_MS);
      await group.running(group.preferred).kill();
      return cutMs;
    },
    async restore(group) {
      group.segment.clean(group.preferred);
      group.segment.plug(group.preferred, true);
      return await startAgain(group);
    },
  },
  blackhole: {
    name: "blackhole",
    means: "the switch throws its frames away, its carrier stays",
    leavesHost: false,
    inject: ({ segment, preferred }) =>
      now(() => {
        segment.passFrames(preferred, false);
      }),
    restore: ({ segment, preferred }) =>
      now(() => {
        segment.passFrames(preferred, true);
      }),
  },
  freeze: {
    name: "freeze",
    means: "SIGSTOP to all its processes; the kernel goes on",
    leavesHost: true,
    inject: (group) =>
      now(() => {
        group.running(group.preferred).signal("SIGSTOP");
      }),
    restore: (group) =>
      now(() => {
        group.running(group.preferred).signal("SIGCONT");
      }),
  },
  "link-down": {
    name: "link-down",
    means: "its cable is pulled, and it sees so",
    leavesHost: false,
    inject: ({ segment, preferred }) =>
      now(() => {
        segment.plug(preferred, false);
      }),
    restore: ({ segment, preferred }) =>
      now(() => {
        segment.plug(preferred, true);
      }),
  },
};
