/** The built agent on the hosts of a real segment, and the questions a test asks of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildAgent } from "../../agent/build.ts";
import { fetchStatus } from "../../agent/cli/client.ts";
import type { AgentConfigInput } from "../../agent/config/schema/document.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../../agent/virtualRouter/status.ts";
import { addressOf, type Host, type Network } from "./cabling.ts";
import { Namespaces, type Running, until } from "./namespaces.ts";

/** The nodes, the first preferred. Most tests have two of them. */
export type Node = "n1" | "n2" | "n3";
export const NODES = ["n1", "n2", "n3"] as const;
export const PRIORITY = { n1: 200, n2: 100, n3: 50 } as const;
export const VIP = "10.25.0.10";
/** For anything that has no deadline of its own; only a fault takes as long. */
export const PATIENCE_MS = 60_000;

export type RouterInput = Partial<Extract<AgentConfigInput["virtualRouters"][number], { readonly protocol: "vrrp" }>>;

/** What is in a document besides its virtual routers. */
export type DocumentInput = Partial<Omit<AgentConfigInput, "version" | "node" | "virtualRouters">>;

export type PeerLinkInput = NonNullable<AgentConfigInput["peerLink"]>;

/** Own address of one of the first two nodes and of the other one. */
export function addressesOf(node: Node): { readonly own: string; readonly other: string } {
  return { own: addressOf(node, "private"), other: addressOf(node === "n1" ? "n2" : "n1", "private") };
}

/** The peer link of a node with others, over some of the networks. */
export function peerLinkOf(
  node: Node,
  others: readonly Node[],
  networks: readonly Network[],
  change: Partial<PeerLinkInput> = {},
): PeerLinkInput {
  const addresses = (host: Node): string[] => networks.map((network) => addressOf(host, network));
  return {
    listen: addresses(node),
    key: "0123456789abcdef".repeat(4),
    heartbeat: "50ms",
    peers: others.map((other) => ({ node: other, paths: addresses(other) })),
    ...change,
  };
}

export class AgentLab {
  readonly net: Namespaces;
  readonly bundle: string;
  readonly #measured: string[] = [];

  private constructor(bundle: string) {
    this.bundle = bundle;
    this.net = new Namespaces();
  }

  /** Builds the agent and lays the cables. */
  static async open(): Promise<AgentLab> {
    return new AgentLab(join((await buildAgent()).folder, "failover-agent.cjs"));
  }

  /** Takes everything away and prints what was measured. */
  async close(): Promise<void> {
    await this.net.close();
    process.stdout.write(this.#measured.map((line) => `    measured: ${line}\n`).join(""));
  }

  /** Ends every process and brings the hosts back to where they were. */
  async reset(): Promise<void> {
    await this.net.endAll();
    for (const node of NODES) {
      this.net.cable(node, "up");
      for (const network of ["private", "public"] as const) this.net.frames(node, network, "pass");
      for (const address of this.net.addresses(node).filter((text) => text.endsWith("/32"))) {
        this.net.run(node, "ip", "addr", "del", address, "dev", "eth0");
      }
    }
  }

  /** Keeps a figure for the end of the run. */
  measured(line: string): void {
    this.#measured.push(line);
  }

  stateDirectory(node: Node): string {
    return join(this.net.directory, node);
  }

  /** Runs a command of the agent on a node. */
  agent(node: Node, ...argv: string[]): Running {
    return this.net.start(node, process.execPath, this.bundle, ...argv, "--state-dir", this.stateDirectory(node));
  }

  /** Writes a node's configuration: one virtual router `web`, as given or by default, and whatever else there is. */
  configFile(node: Node, router: RouterInput = {}, document: DocumentInput = {}): string {
    const { own, other } = addressesOf(node);
    const web = { name: "web", protocol: "vrrp", virtualRouterId: 10, priority: PRIORITY[node] } as const;
    const places = { sourceAddress: own, peers: [other], addresses: [`${VIP}/32`] };
    const path = join(this.net.directory, `${node}.json`);
    const virtualRouters = [{ ...web, ...places, ...router }];
    const config: AgentConfigInput = { version: 1, node, virtualRouters, ...document };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  start(node: Node, router: RouterInput = {}, document: DocumentInput = {}): Running {
    return this.agent(node, "run", "--config", this.configFile(node, router, document));
  }

  /** Starts both and waits until n1 is master and n2 knows. */
  async pair(router: RouterInput = {}): Promise<{ readonly one: Running; readonly two: Running }> {
    const [one, two] = [this.start("n1", router), this.start("n2", router)];
    await this.becomes("n1", "master");
    await until("n2 hears n1", PATIENCE_MS, async () => (await this.web("n2"))?.masterAddress === "10.25.0.11");
    return { one, two };
  }

  /** The status of a node, as soon as and as long as its agent answers. */
  async status(node: Node): Promise<AgentStatus | undefined> {
    const answer = await fetchStatus(join(this.stateDirectory(node), "control.sock")).catch(() => undefined);
    return answer === undefined || "problems" in answer ? undefined : answer;
  }

  async web(node: Node): Promise<VirtualRouterStatus | undefined> {
    return (await this.status(node))?.virtualRouters.find(({ name }) => name === "web");
  }

  becomes(node: Node, role: VirtualRouterStatus["role"]): Promise<number> {
    return until(`${node} is ${role}`, PATIENCE_MS, async () => (await this.web(node))?.role === role);
  }

  /** Whether the virtual address is on a host's interface. */
  holds(host: Host): boolean {
    return this.net.addresses(host).includes(`${VIP}/32`);
  }

  /** Waits for a node to be master. @returns why it became so, and how many milliseconds after a moment of the wall clock. */
  async takeover(sinceMs: number, node: Node = "n2"): Promise<{ readonly reason: string; readonly ms: number }> {
    await this.becomes(node, "master");
    const last = (await this.web(node))?.lastTransition;
    return { reason: last?.reason ?? "none", ms: Date.parse(last?.at ?? "") - sinceMs };
  }

  /** How long this machine takes to start Node just now, in milliseconds. */
  async nodeStartMs(): Promise<number> {
    const startedMs = performance.now();
    await this.net.start("nc", process.execPath, "-e", "0").ended;
    return Math.round(performance.now() - startedMs);
  }
}
