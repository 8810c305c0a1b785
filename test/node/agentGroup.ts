/** The agents of a group in namespaces, with their peer links, and what a test waits for in all of them. */
import assert from "node:assert/strict";
import { type AgentLab, type Node, PATIENCE_MS, type PeerLinkInput, peerLinkOf, type RouterInput } from "./agentLab.ts";
import { addressOf, type Network } from "./cabling.ts";
import { type Running, until } from "./namespaces.ts";

export interface GroupOptions {
  /** Default: n1 and n2. n1 is always preferred. */
  readonly nodes?: readonly Node[];
  /** What the peer link goes over. Default: the private network alone. Empty: there is none. */
  readonly networks?: readonly Network[];
  readonly router?: RouterInput;
}

/** What is another thing on one node. */
export interface OwnOptions {
  readonly router?: RouterInput;
  readonly link?: Partial<PeerLinkInput>;
}

export class AgentGroup {
  readonly #lab: AgentLab;
  readonly #nodes: readonly Node[];
  readonly #networks: readonly Network[];
  readonly #router: RouterInput;

  constructor(lab: AgentLab, { nodes = ["n1", "n2"], networks = ["private"], router = {} }: GroupOptions = {}) {
    this.#lab = lab;
    this.#nodes = nodes;
    this.#networks = networks;
    this.#router = router;
  }

  /** Writes a node's configuration. @returns its file */
  configFile(node: Node, { router = {}, link = {} }: OwnOptions = {}): string {
    const others = this.#nodes.filter((other) => other !== node);
    const peers = others.map((other) => addressOf(other, "private"));
    const peerLink = peerLinkOf(node, others, this.#networks, link);
    const document = this.#networks.length === 0 ? {} : { peerLink };
    return this.#lab.configFile(node, { peers, ...this.#router, ...router }, document);
  }

  start(node: Node, own: OwnOptions = {}): Running {
    return this.#lab.agent(node, "run", "--config", this.configFile(node, own));
  }

  /** Starts all and waits until n1 is master, everybody hears it, and all paths are up. @returns the process of n1 */
  async startAll(): Promise<Running> {
    const [first] = this.#nodes.map((node) => this.start(node));
    assert.ok(first !== undefined);
    await this.settled();
    return first;
  }

  /** Each knows of the others that they take part, too: what a node foretells rests on what it was told of them. */
  async settled(): Promise<void> {
    await this.isOwnedBy("n1");
    for (const node of this.#nodes) await this.connected(node);
    for (const node of this.#nodes) await this.#knowsThatAllTakePart(node);
  }

  #knowsThatAllTakePart(node: Node): Promise<number> {
    return until(`${node} was told that its peers take part`, PATIENCE_MS, async () => {
      const peers = (await this.#lab.status(node))?.peerLink?.peers ?? [];
      return peers.every(({ routers }) => routers.length > 0 && routers.every(({ role }) => role !== "initialize"));
    });
  }

  /** Waits until a node is connected with all others, over every path. */
  connected(node: Node): Promise<number> {
    return until(`${node} is connected with its peers`, PATIENCE_MS, async () => {
      const peers = (await this.#lab.status(node))?.peerLink?.peers ?? [];
      const expected = this.#networks.length === 0 ? 0 : this.#nodes.length - 1;
      return peers.length === expected && peers.every(({ paths }) => paths.every(({ up }) => up));
    });
  }

  /** Waits until one node is master and holds the address, and no other does, and all that run know it. */
  isOwnedBy(owner: Node): Promise<number> {
    return until(`${owner} alone has the address`, PATIENCE_MS, async () => {
      const views = await Promise.all(this.#nodes.map(async (node) => ({ node, web: await this.#lab.web(node) })));
      return views.every(({ node, web }) => {
        const isRight = web === undefined || (web.role === "master") === (node === owner);
        const knows = web === undefined || web.masterAddress === addressOf(owner, "private");
        return isRight && knows && this.#lab.holds(node) === (node === owner);
      });
    });
  }
}
