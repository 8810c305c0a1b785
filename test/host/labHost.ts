/** A hypervisor of the tests' own on this host, and what tests look at: SSH, calls from the client host, leftovers. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { createHypervisor, type LocalHypervisor } from "../../lab/host/hypervisor/createHypervisor.ts";
import { hostNames } from "../../lab/host/names.ts";
import { namespaces } from "../../lab/host/namespace.ts";
import type { CommandResult } from "../../lab/host/region.ts";
import { cacheDirectory } from "../../toolchain/places.ts";
import { createProgress } from "../../toolchain/progress.ts";
import { newSshKeyPair } from "../../toolchain/sshKeyPair.ts";
import { CLIENT, nodeId } from "./edgeRegion.ts";

const POLL_MS = 50;
/** Nothing the tests wait for takes a tenth of this on an idle machine. */
const DEADLINE_MS = 60_000;

/** The key whose bearer may log in. */
export const OPERATOR = newSshKeyPair({ comment: "operator" });

/** A hypervisor in a folder of its own. */
export interface LabHost {
  readonly name: string;
  readonly stateDir: string;
  readonly hypervisor: LocalHypervisor;
  /** Runs a shell command on a node as root, as on its console. */
  shell(node: number, command: string): Promise<CommandResult>;
  /** Closes the hypervisor and forgets its folder. */
  remove(): Promise<void>;
}

export async function openLabHost(name: string, keptStateDir?: string): Promise<LabHost> {
  const stateDir = keptStateDir ?? (await mkdtemp(join(tmpdir(), `${name}-`)));
  const hypervisor = await createHypervisor({
    name,
    stateDir,
    cacheDir: cacheDirectory(),
    client: CLIENT,
    bastion: { port: 0, authorizedKey: OPERATOR.public },
    progress: createProgress(),
  });
  return {
    name,
    stateDir,
    hypervisor,
    shell: (node, command) => hypervisor.run(nodeId(node), ["sh", "-c", command], { timeoutMs: DEADLINE_MS }),
    remove: async () => {
      await hypervisor.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Waits until the condition gives something other than undefined or false. */
export async function until<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${DEADLINE_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/** Waits until cloud-init has done all it was told on first boot. */
export async function untilSetUp(lab: LabHost, ...nodes: readonly number[]): Promise<void> {
  await Promise.all(nodes.map((node) => lab.shell(node, "cloud-init status --wait")));
}

/** What a web server answers to the client host within a second; undefined when it does not. */
export async function call(lab: LabHost, address: string): Promise<string | undefined> {
  const program = `require("node:http")
    .get({ host: ${JSON.stringify(address)}, timeout: 1000 }, (answer) => answer.pipe(process.stdout))
    .on("timeout", () => process.exit(1)).on("error", () => process.exit(1));`;
  const { status, stdout } = await lab.hypervisor.client.run([process.execPath, "-e", program], { accept: [0, 1] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Whether the client host gets an answer to one of three pings. */
export async function answersPing(lab: LabHost, address: string): Promise<boolean> {
  const argv = ["ping", "-q", "-c", "3", "-i", "0.2", "-W", "1", address];
  return (await lab.hypervisor.client.run(argv, { accept: [0, 1] })).stdout.includes(" 0% packet loss");
}

/** An SSH connection through the bastion, and the host key the server showed. */
export interface Session {
  readonly client: ssh2.Client;
  readonly hostKey: Buffer;
}

/** Whoever has a bastion. */
export interface WithBastion {
  readonly hypervisor: Pick<LocalHypervisor, "bastion">;
}

/** Connects to the bastion alone. */
export function connectToBastion(lab: WithBastion, privateKey = OPERATOR.private): Promise<Session> {
  return connected({ host: "127.0.0.1", port: lab.hypervisor.bastion.port, username: "any", privateKey });
}

/** Logs in to a server through the bastion, as `ssh -J` does. */
export async function logIn(lab: WithBastion, address: string, privateKey = OPERATOR.private): Promise<Session> {
  const bastion = await connectToBastion(lab);
  const sock = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
    bastion.client.forwardOut("127.0.0.1", 0, address, 22, (error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  }).catch((error: unknown) => {
    bastion.client.end();
    throw error;
  });
  const session = await connected({ sock, username: "debian", privateKey });
  session.client.once("close", () => bastion.client.end());
  return session;
}

function connected(to: ssh2.ConnectConfig): Promise<Session> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let hostKey: Buffer = Buffer.alloc(0);
    client.once("ready", () => {
      resolve({ client, hostKey });
    });
    client.once("error", reject);
    client.connect({
      ...to,
      hostVerifier: (key: Buffer) => {
        hostKey = key;
        return true;
      },
    });
  });
}

/** What a command printed. */
export function execute(session: Session, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    session.client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let text = "";
      channel.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      channel.once("close", () => {
        resolve(text);
      });
    });
  });
}

/** Everything on the host that bears a lab's name, where the hypervisor makes things. */
export async function leftovers(name: string): Promise<readonly string[]> {
  const names = hostNames(name);
  const found = (await namespaces()).filter((namespace) => names.owns(namespace)).map((it) => `namespace ${it}`);
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(`--machine=${name}-`)) found.push(`process ${pid}`);
  }
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").filter((line) => line.includes(`${name}-`));
  const links = (await readdir("/sys/class/net")).filter((link) => /^(tap|tgw|brq|qr-|qg-)/.test(link));
  const groups = await groupsNamed("/sys/fs/cgroup", name, 2);
  const nspawn = await readdir("/run/systemd/nspawn/propagate").catch(() => []);
  return [
    ...found,
    ...mounts.map((mount) => `mount ${mount}`),
    ...links.map((link) => `interface ${link}`),
    ...groups.map((group) => `control group ${group}`),
    ...nspawn.filter((machine) => names.owns(machine)).map((machine) => `nspawn's folder for ${machine}`),
  ];
}

/** v2 alone is mounted at the path, v1's and hybrid v2's hierarchies one folder deeper. */
async function groupsNamed(path: string, name: string, depth: number): Promise<readonly string[]> {
  const folders = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const here = folders.filter((folder) => folder.name === name).map((folder) => join(path, folder.name));
  if (depth === 1) return here;
  const below = await Promise.all(folders.map((folder) => groupsNamed(join(path, folder.name), name, depth - 1)));
  return [...here, ...below.flat()];
}
