/** One environment as all sections of the end-to-end tests meet it: what they ask of it, and do to it. */
import assert from "node:assert/strict";
import type { AgentStatus } from "../../../agent/operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../../../agent/virtualRouter/status.ts";
import { readAgentStatus } from "../../../lab/drills/agentStatus.ts";
import { createProbeClient, type Probe, type ProbeClient } from "../../../lab/drills/client.ts";
import { waitFor } from "../../../lab/drills/clock.ts";
import type { StackOutputs } from "../../../lab/drills/outputs.ts";
import type { Subject } from "../../../lab/drills/rehearse.ts";
import { nodeNames, subjectOf } from "../../../lab/drills/subject.ts";
import { summaryOf } from "../../../lab/stack.ts";
import { watchingArguments } from "./processArguments.ts";
import type { World } from "./world.ts";

const AGENT = "/opt/failover-agent/current/failover-agent";
/** For whatever has to happen soon, on a machine that is busy. */
const SOON_MS = 60_000;

export const NODES = ["edge-1", "edge-2"] as const;
export const VIPS = ["web", "api", "voice"] as const;
export type NodeName = (typeof NODES)[number];

/** What drills need, once `up` has run. */
interface Stage {
  readonly outputs: StackOutputs;
  readonly client: ProbeClient;
}

export class Scene {
  readonly #vips: readonly string[];
  #world: World | undefined;
  #stage: Stage | undefined;
  readonly #said: string[] = [];
  readonly #arguments = new Set<string>();

  /** @param vips the VIPs that the environment has */
  constructor(vips: readonly string[]) {
    this.#vips = vips;
  }

  get world(): World {
    return present(this.#world, "a world");
  }

  get outputs(): StackOutputs {
    return present(this.#stage, "a stack").outputs;
  }

  get client(): ProbeClient {
    return present(this.#stage, "a stack").client;
  }

  enter(world: World): void {
    this.#world = world;
  }

  /** Reads what `up` made. */
  async setStage(): Promise<void> {
    const outputs = await this.world.stack.outputs();
    const status = await this.world.lab.status();
    this.#stage = { outputs, client: createProbeClient(status.clientNamespace, nodeNames(outputs, status)) };
  }

  /** Everything that the engine has printed so far. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Arguments of all processes that were seen while the engine was at work. */
  get arguments(): readonly string[] {
    return [...this.#arguments];
  }

  /** Runs `pulumi` and keeps what it printed. */
  async pulumi(...args: readonly string[]): Promise<string> {
    const output = await watchingArguments(this.#arguments, () => this.world.stack.pulumi(args));
    this.#said.push(output);
    return output;
  }

  subject(vip: string): Subject {
    return subjectOf(this.outputs, vip);
  }

  /** What the stack says of a VIP. */
  vip(vip: string): StackOutputs["vips"][string] {
    return present(this.outputs.vips[vip], `a VIP ${vip}`);
  }

  /** Id of a node's server. */
  server(node: NodeName): string {
    return present(this.outputs.nodes[node], `a node ${node}`).id;
  }

  /** Runs `pulumi up`. @returns the engine's own last words on what changed */
  async up(...options: readonly string[]): Promise<string> {
    return summaryOf(await this.pulumi("up", "--yes", "--skip-preview", ...options));
  }

  /** Waits until every VIP is where it belongs. */
  async settled(): Promise<void> {
    await this.soon("every VIP is where it belongs", async () => {
      const roles = await Promise.all(NODES.map((node) => this.#roles(node)));
      return this.#vips.every((vip) =>
        NODES.every(
          (node, index) => roles[index]?.get(vip) === (node === this.vip(vip).masterToBe ? "master" : "backup"),
        ),
      );
    });
  }

  /** By VIP; empty while the node's agent does not answer. */
  async #roles(node: NodeName): Promise<ReadonlyMap<string, string>> {
    const status = await readAgentStatus(this.world.lab, this.server(node));
    return new Map(status?.virtualRouters.map(({ name, role }) => [name, role]));
  }

  /** Calls a VIP again and again while something is done, and then ends the calls. */
  async calling<T>(vip: string, act: (probe: Probe) => Promise<T>): Promise<T> {
    const { publicAddress, port } = this.subject(vip);
    const probe = this.client.probe(publicAddress, port);
    try {
      return await act(probe);
    } finally {
      await probe.stop();
    }
  }

  /** Runs a program as root on a node's console. @returns what it printed */
  async run(node: NodeName, ...argv: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.world.lab.run(this.server(node), argv);
    assert.equal(status, 0, `${argv.join(" ")} on ${node}: ${stderr}`);
    return stdout;
  }

  /** Runs a command of the agent's on a node. */
  agent(node: NodeName, ...argv: readonly string[]): Promise<string> {
    return this.run(node, AGENT, ...argv);
  }

  async status(node: NodeName): Promise<AgentStatus> {
    return JSON.parse(await this.agent(node, "status", "--json")) as AgentStatus;
  }

  async virtualRouter(node: NodeName, vip: string): Promise<VirtualRouterStatus> {
    const { virtualRouters } = await this.status(node);
    return present(
      virtualRouters.find(({ name }) => name === vip),
      `a virtual router ${vip} on ${node}`,
    );
  }

  async roleBecomes(node: NodeName, vip: string, role: string): Promise<void> {
    await this.soon(`${vip} on ${node} is ${role}`, async () => (await this.#roles(node)).get(vip) === role);
  }

  /** Waits until something holds. */
  async soon(what: string, holds: () => Promise<boolean>): Promise<void> {
    const attempt = async (): Promise<true | undefined> => ((await holds()) ? true : undefined);
    await waitFor(attempt, SOON_MS, 200, () => new Error(`within ${SOON_MS / 1_000} s it did not come that ${what}`));
  }

  /** Of the agent's main process on a node. */
  async agentPid(node: NodeName): Promise<string> {
    return (await this.run(node, "systemctl", "show", "--property=MainPID", "--value", "failover-agent")).trim();
  }

  /** The node's whole journal since it booted. */
  async journal(node: NodeName): Promise<string> {
    const text = await this.run(node, "journalctl", "--no-pager", "--boot");
    assert.match(text, /failover-agent/);
    return text;
  }
}

/** Nothing was created, updated, replaced or deleted. */
export function assertUnchanged(summary: string): void {
  assert.match(summary, /^\d+ unchanged$/, `expected no change, the engine said: ${summary}`);
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what} yet`);
  return value;
}
