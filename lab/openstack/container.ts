/**
 * The container of a real OpenStack's services: one mount namespace and one PID namespace, in the control namespace's
 * network.
 *
 *     this process
 *     ├─ unshare                makes the namespaces
 *     │  └─ sh                  process 1 of the PID namespace: adopts and reaps what services leave behind
 *     └─ nsenter                one for each service, waits for it
 *        └─ the service
 *
 * One SIGKILL for process 1 ends all services with everything they started, and the kernel gives it when this process
 * dies, however it dies. What services mount, and the network namespaces that Neutron's agents name, are seen nowhere
 * else and go with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type CommandOptions, type CommandResult, runCommand } from "../../toolchain/command.ts";
import { namespacePath } from "../host/namespace.ts";
import { SYSTEM_PATH } from "../host/packages.ts";
import { childrenOf, killNow } from "../host/processes.ts";
import { DATABASE_DIR, type Places, QUEUE_DIR } from "./settings/places.ts";

/** What to make a container of. */
export interface ContainerOptions {
  readonly places: Places;
  /** Network namespace of the control services. */
  readonly namespace: string;
}

/** How to run a program in it. */
export interface ProgramOptions {
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Network namespace; absent: the control services'. */
  readonly namespace?: string;
  /** Whom it runs as, by user and group of this name; absent: root. */
  readonly user?: string;
}

/** A running container. */
export interface Container {
  /** Starts a program whose output goes to a file descriptor. Ends with the container. */
  spawn(argv: readonly string[], options: ProgramOptions, output: number): ChildProcess;
  /** Runs a program to its end. */
  run(argv: readonly string[], options: ProgramOptions & Pick<CommandOptions, "timeoutMs">): Promise<CommandResult>;
  /** Ends everything in it at once. */
  kill(): Promise<void>;
}

const READY = "ready";

/**
 * Runs as process 1. Agents run in mount namespaces of their own, with a /sys that shows their network; names of
 * network namespaces that one of them makes must be seen by all, hence shared.
 */
const FIRST_PROCESS = `set -e
mount --bind "$1" "$2"
mount --bind "$3" "$4"
mkdir -p /run/netns
mount -t tmpfs -o mode=755,size=1m netns /run/netns
mount --make-shared /run/netns
echo ${READY}
while :; do sleep infinity & wait; done`;

/** Gives a program a /sys of its network namespace: Neutron's agents read /sys/class/net. */
const WITH_OWN_SYS = 'mount -t sysfs sysfs /sys && exec "$@"';

/** Files of services are root's alone. */
const PRIVATELY = 'umask 077 && exec "$@"';

/** Starts an empty container. */
export async function startContainer({ places, namespace }: ContainerOptions): Promise<Container> {
  const [program, ...args] = containerCommand(places, namespace);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: SYSTEM_PATH } });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      resolve();
    });
  });
  await untilReady(child);
  const [first] = child.pid === undefined ? [] : await childrenOf(child.pid);
  if (first === undefined) throw new Error("the container of OpenStack's services ended as soon as it had started");
  return {
    spawn: (argv, options, output) => {
      const [entry, ...rest] = enterCommand(first, namespace, argv, options);
      return spawn(entry, rest, { stdio: ["ignore", output, output], env: options.env });
    },
    run: (argv, { timeoutMs, ...options }) =>
      runCommand(enterCommand(first, namespace, argv, options), {
        env: options.env,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) killNow(first);
      await ended;
    },
  };
}

/** The argument vector that starts a container. */
export function containerCommand(places: Places, namespace: string): readonly [string, ...string[]] {
  return [
    "setpriv",
    ...["--pdeathsig", "KILL", "--", "nsenter", `--net=${namespacePath(namespace)}`, "--"],
    ...["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--"],
    ...["sh", "-c", FIRST_PROCESS, "openstack", places.databases, DATABASE_DIR, places.queue, QUEUE_DIR],
  ];
}

/** The argument vector that runs a program in a container, known by its process 1. */
export function enterCommand(
  first: number,
  controlNamespace: string,
  argv: readonly string[],
  { namespace, user }: Pick<ProgramOptions, "namespace" | "user">,
): readonly [string, ...string[]] {
  return [
    "setpriv",
    ...["--pdeathsig", "KILL", "--", "nsenter", `--target=${first}`, "--mount", "--pid"],
    ...[`--net=${namespacePath(namespace ?? controlNamespace)}`, "--"],
    ...(namespace === undefined ? [] : ["unshare", "--mount", "--propagation", "unchanged", "--"]),
    ...(namespace === undefined ? [] : ["sh", "-c", WITH_OWN_SYS, "host"]),
    ...(user === undefined ? [] : ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"]),
    ...["sh", "-c", PRIVATELY, "privately", ...argv],
  ];
}

/** Waits until process 1 has prepared its namespaces. */
async function untilReady(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.split("\n").includes(READY)) resolve();
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      reject(
        new Error(`the container of OpenStack's services did not start (exit code ${String(code)}): ${said.trim()}`),
      );
    });
  });
}
