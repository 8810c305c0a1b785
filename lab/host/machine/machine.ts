/**
 * A machine that runs: systemd-nspawn booting a disk, on a network namespace made before.
 *
 *     this process
 *     └─ unshare          a mount namespace and a PID namespace of the machine's own
 *        └─ systemd-nspawn    process 1 of that PID namespace
 *           └─ systemd        the leader, process 1 of the container
 *
 * So one SIGKILL for systemd-nspawn ends everything in the machine at once, the disk's mount is seen nowhere else and
 * goes with it, and when this process dies, however it dies, the kernel kills the machine too.
 */

import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../toolchain/messageOf.ts";
import { namespacePath } from "../namespace.ts";
import { SYSTEM_PATH } from "../packages.ts";
import { childrenOf, killNow, programOf } from "../processes.ts";
import type { ConsoleLog } from "./consoleLog.ts";
import type { Disk } from "./disk.ts";

/** What to start. */
export interface MachineSpec {
  /** Name on the host. */
  readonly machine: string;
  readonly hostname: string;
  /** UUID, becomes the machine-id. */
  readonly id: string;
  /** Network namespace, with the addresses already on. */
  readonly namespace: string;
  readonly disk: Disk;
  readonly controlGroup: string;
}

/** How a machine ended. */
export type MachineEnd = "powered-off" | "rebooting" | "killed";

/** A machine whose init accepts work. */
export interface Machine {
  /** Process id of its init, as the host sees it. */
  readonly leader: number;
  /** Resolves when nothing of the machine runs any more. */
  readonly ended: Promise<MachineEnd>;
  /** Asks init to power off or reboot. */
  ask(what: "poweroff" | "reboot"): void;
}

/** A machine on its way up, which can be killed at any time. */
export interface StartingMachine {
  /** @throws Error with what the console said when it ends or hangs before its init accepts work */
  readonly started: Promise<Machine>;
  readonly ended: Promise<MachineEnd>;
  /** Ends it at once; nothing in it gets to say goodbye. */
  kill(): Promise<void>;
}

/** A loaded machine boots in seconds; what takes this long hangs. */
const START_DEADLINE_MS = 120_000;
const POLL_MS = 20;

/** systemd-nspawn's exit code when the container asked for a reboot and nobody but us can start it again. */
const EXIT_REBOOT = 133;

/** systemd(1), section "Signals": SIGRTMIN+4 powers off, SIGRTMIN+5 reboots; SIGRTMIN is 34 with glibc. */
const INIT_SIGNALS = { poweroff: 34 + 4, reboot: 34 + 5 } as const;

/**
 * Enters the control group (0 is the writer itself), mounts the disk where only this machine sees it, and becomes
 * systemd-nspawn. Paths are arguments, never part of the text.
 */
const LAUNCH = `set -e
echo 0 > "$1/cgroup.procs"
mount -t overlay vipf -o "lowerdir=$2,upperdir=$3,workdir=$4" "$5"
shift 5
exec "$@"`;

/** Settings that systemd-nspawn takes from its environment alone (systemd's docs/ENVIRONMENT.md). */
const NSPAWN_ENVIRONMENT = {
  PATH: SYSTEM_PATH,
  LC_ALL: "C.UTF-8",
  // cgroup v2 in the machine, also where the host has v1 besides.
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
  // /sys/class/net and /proc/sys/net of the machine's own network, as on a real one; else they would be the host's.
  SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
  // Nobody else has the disk, so no lock files are left beside it and in /run.
  SYSTEMD_NSPAWN_LOCK: "0",
} as const;

/** The argument vector that starts a machine. */
export function machineCommand({
  machine,
  hostname,
  id,
  namespace,
  disk,
  controlGroup,
}: MachineSpec): readonly string[] {
  return [
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--"],
    ...["sh", "-c", LAUNCH, "launch", controlGroup, disk.lower, disk.upper, disk.work, disk.root],
    "systemd-nspawn",
    "--quiet",
    "--boot",
    // No machined, no scope: the host may have no systemd at all.
    "--register=no",
    "--keep-unit",
    `--directory=${disk.root}`,
    `--machine=${machine}`,
    `--hostname=${hostname}`,
    `--uuid=${id}`,
    `--network-namespace-path=${namespacePath(namespace)}`,
    "--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_NICE",
    `--bind-ro=${disk.configDrive}:/var/lib/cloud/seed/config_drive`,
    "--console=read-only",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
  ];
}

/** Starts a machine; what it prints goes to the console's log. */
export function startMachine(spec: MachineSpec, console: ConsoleLog): StartingMachine {
  const [program = "", ...args] = machineCommand(spec);
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: NSPAWN_ENVIRONMENT,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      console.write(text);
    });
  }
  let hasEnded = false;
  const ended = new Promise<MachineEnd>((resolve) => {
    child.once("error", (error) => {
      console.write(`${program}: ${error.message}\n`);
      hasEnded = true;
      resolve("killed");
    });
    child.once("close", (code) => {
      hasEnded = true;
      resolve(code === EXIT_REBOOT ? "rebooting" : code === 0 ? "powered-off" : "killed");
    });
  });
  const launcher = child.pid;
  return {
    ended,
    started: untilStarted(launcher, () => hasEnded).then(
      (leader) => ({
        leader,
        ended,
        ask: (what) => process.kill(leader, INIT_SIGNALS[what]),
      }),
      async (error: unknown) => {
        const said = await console.lastLines(3);
        throw new Error(`${messageOf(error)}${said === "" ? "" : `: ${said}`}`, {
          cause: error,
        });
      },
    ),
    kill: async () => {
      if (launcher !== undefined && !hasEnded) await killMachine(launcher);
      await ended;
    },
  };
}

/** Process 1 of the machine's PID namespace takes all others with it; before it is there, the launcher is all there is. */
async function killMachine(launcher: number): Promise<void> {
  const [first] = await childrenOf(launcher);
  killNow(first ?? launcher);
}

/** Waits until the container's systemd listens for requests, and returns its process id. */
async function untilStarted(launcher: number | undefined, hasEnded: () => boolean): Promise<number> {
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  while (launcher !== undefined && !hasEnded()) {
    const leader = await leaderOf(launcher);
    if (leader !== undefined && (await acceptsWork(leader))) return leader;
    if (performance.now() > deadlineMs) throw new Error(`its init did not come up in ${START_DEADLINE_MS / 1000} s`);
    await sleep(POLL_MS);
  }
  throw new Error("it ended before its init came up");
}

async function leaderOf(launcher: number): Promise<number | undefined> {
  const [nspawn] = await childrenOf(launcher);
  if (nspawn === undefined) return undefined;
  for (const child of await childrenOf(nspawn)) if ((await programOf(child)) === "systemd") return child;
  return undefined;
}

const acceptsWork = (leader: number): Promise<boolean> =>
  access(`/proc/${leader}/root/run/systemd/private`).then(
    () => true,
    () => false,
  );
