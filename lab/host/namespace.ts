/** Network namespaces of the host by name (ip-netns(8)), and programs run in them. */
import { readdir } from "node:fs/promises";
import { type CommandResult, runCommand } from "../../toolchain/command.ts";

const DIRECTORY = "/run/netns";

/** Nothing here talks to anything but the kernel: what takes this long hangs. */
const DEADLINE_MS = 30_000;

export const namespacePath = (namespace: string): string => `${DIRECTORY}/${namespace}`;

/** Argument vector that runs a program in a namespace, with the host's files and processes. */
export const inNamespace = (namespace: string, argv: readonly string[]): readonly string[] => [
  "nsenter",
  `--net=${namespacePath(namespace)}`,
  "--",
  ...argv,
];

/** Makes a namespace with its loopback up. */
export async function addNamespace(namespace: string): Promise<void> {
  await runCommand(["ip", "netns", "add", namespace], { timeoutMs: DEADLINE_MS });
  await ipBatch(namespace, ["link set lo up"]);
}

/** Removes the name; the namespace itself goes when its last process does. Nothing happens when it is not there. */
export async function removeNamespace(namespace: string): Promise<void> {
  if ((await namespaces()).includes(namespace)) {
    await runCommand(["ip", "netns", "delete", namespace], { timeoutMs: DEADLINE_MS });
  }
}

/** The names of all namespaces on the host. */
export async function namespaces(): Promise<readonly string[]> {
  try {
    return await readdir(DIRECTORY);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Runs ip(8) commands in one process; the first that fails ends it. */
export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await runCommand(["ip", "-n", namespace, "-batch", "-"], { input: `${lines.join("\n")}\n`, timeoutMs: DEADLINE_MS });
}

/** Runs ip(8) commands in one process, all of them: for taking away what may be gone already. */
export async function ipBatchWhatCanBe(namespace: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await runCommand(["ip", "-n", namespace, "-force", "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
    timeoutMs: DEADLINE_MS,
    accept: "any",
  });
}

/** Deletes links that may be gone already. Their far ends go with them, and no frame leaves after this resolves. */
export const deleteLinks = (namespace: string, links: readonly string[]): Promise<void> =>
  ipBatchWhatCanBe(
    namespace,
    links.map((link) => `link delete ${link}`),
  );

/** Applies a script of nft(8) in one transaction. */
export async function applyRules(namespace: string, script: string): Promise<void> {
  await runIn(namespace, ["nft", "-f", "-"], script);
}

/** Sets kernel parameters of the namespace's own network stack. */
export async function setParameters(namespace: string, parameters: Readonly<Record<string, number>>): Promise<void> {
  const assignments = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  await runIn(namespace, ["sysctl", "--quiet", "--write", ...assignments]);
}

/** Makes the namespace's connection tracker forget connections; `match` as conntrack(8) takes it, all when left out. */
export async function forgetConnections(namespace: string, match: readonly string[] = []): Promise<void> {
  const argv = match.length === 0 ? ["conntrack", "--flush"] : ["conntrack", "--delete", ...match];
  // conntrack exits 1 when it finds none to delete.
  const { status, stderr } = await runCommand(inNamespace(namespace, argv), { accept: [0, 1], timeoutMs: DEADLINE_MS });
  if (status === 1 && !stderr.includes("0 flow entries"))
    throw new Error(`${argv.join(" ")} in ${namespace}: ${stderr}`);
}

const runIn = (namespace: string, argv: readonly string[], input = ""): Promise<CommandResult> =>
  runCommand(inNamespace(namespace, argv), { input, timeoutMs: DEADLINE_MS });
