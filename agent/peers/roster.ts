/** Who belongs to the group: a peer for each other node of the configuration, with the door it comes in by or the dialers that call it. */
import type { TLSSocket } from "node:tls";
import { keysOf, type PeerLinkConfig } from "../config/schema/peerLink.ts";
import { familyOf } from "../protocol/packet/ip.ts";
import { Dialer } from "./connections/dialer.ts";
import { Listener } from "./connections/listener.ts";
import type { Dependencies } from "./dependencies.ts";
import { Peer } from "./peer.ts";

type PeerConfig = PeerLinkConfig["peers"][number];

interface Member {
  readonly config: PeerConfig;
  readonly peer: Peer;
  readonly dialers: readonly Dialer[];
}

export class Roster {
  readonly #node: string;
  readonly #dependencies: Dependencies;
  readonly #members = new Map<string, Member>();
  #config: PeerLinkConfig | undefined;
  #listener: Listener | undefined;

  /** @param node the name of this node */
  constructor(node: string, dependencies: Dependencies) {
    this.#node = node;
    this.#dependencies = dependencies;
  }

  get(node: string): Peer | undefined {
    return this.#members.get(node)?.peer;
  }

  peers(): readonly Peer[] {
    return Array.from(this.#members.values(), ({ peer }) => peer);
  }

  /**
   * Goes by this configuration. Who is in it as before stays connected; another key, port or own address concerns
   * everybody. Resolves once listening was tried on every own address.
   */
  async adopt(config: PeerLinkConfig): Promise<void> {
    const isSameDoor = this.#config !== undefined && textOf(doorOf(this.#config)) === textOf(doorOf(config));
    for (const member of this.#members.values()) {
      const after = config.peers.find(({ node }) => node === member.config.node);
      if (after === undefined) void this.#dismiss(member, "removed");
      else if (!isSameDoor || textOf(after) !== textOf(member.config)) void this.#dismiss(member, "reconfigured");
    }
    this.#config = config;
    for (const peer of config.peers) if (!this.#members.has(peer.node)) this.#join(peer, config);
    if (!isSameDoor) await this.#open(config);
  }

  /** Says goodbye to everybody and lets nobody in. Resolves when all is closed. */
  async close(reason: string): Promise<void> {
    this.#listener?.stop();
    this.#listener = undefined;
    this.#config = undefined;
    await Promise.all(Array.from(this.#members.values(), (member) => this.#dismiss(member, reason)));
  }

  async #open(config: PeerLinkConfig): Promise<void> {
    this.#listener?.stop();
    const doorway = { addresses: config.listen, port: config.port, keys: keysOf(config) };
    this.#listener = new Listener(doorway, this.#dependencies.connectionFailures, {
      expectsFrom: (address) => [...this.#members.values()].some((member) => this.#isOf(member, address)),
      expects: (node) => this.#members.has(node) && !this.#dials(node),
      admit: (node, socket) => {
        this.#admit(node, socket);
      },
    });
    await this.#listener.start();
  }

  /** Who has the key can be any node of the group by it, so a node comes from its own addresses alone. */
  #admit(node: string, socket: TLSSocket): void {
    const member = this.#members.get(node);
    const { remoteAddress = "" } = socket;
    if (member !== undefined && this.#isOf(member, remoteAddress)) {
      member.peer.connect(socket, null);
      return;
    }
    socket.destroy();
    this.#dependencies.connectionFailures.add({
      subject: "listener",
      reason: "wrong-address",
      message: `peer link: refused a connection: ${node} has another address than ${remoteAddress}`,
      fields: { peer: node, from: remoteAddress },
    });
  }

  /** Whether a member may dial this node from an address. */
  #isOf({ config: { node, paths } }: Member, address: string): boolean {
    return !this.#dials(node) && paths.includes(address);
  }

  /** Of two nodes, the one whose name is the smaller. */
  #dials(node: string): boolean {
    return this.#node < node;
  }

  #join(config: PeerConfig, link: PeerLinkConfig): void {
    const peer = new Peer(config.node, config.paths, this.#dependencies);
    const dialers = this.#dials(config.node)
      ? config.paths.map((address, index) => this.#dialer(peer, address, index, config, link))
      : [];
    this.#members.set(config.node, { config, peer, dialers });
    for (const dialer of dialers) dialer.dial();
  }

  #dialer(peer: Peer, address: string, index: number, { paths }: PeerConfig, link: PeerLinkConfig): Dialer {
    const { listen, port, key, keyNumber: number } = link;
    // Own addresses pair with the peer's where there are as many: each path then keeps to its own network.
    const own = listen.length === paths.length ? listen[index] : undefined;
    const localAddress = own !== undefined && familyOf(own) === familyOf(address) ? own : undefined;
    return new Dialer(
      { address, port, localAddress, node: this.#node, key: { number, key } },
      {
        connected: (socket) => {
          peer.connect(socket, index);
        },
        failed: (refusal, code) => {
          this.#dependencies.connectionFailures.addOfPath(peer.node, address, refusal, code);
        },
      },
    );
  }

  async #dismiss({ config, peer, dialers }: Member, reason: string): Promise<void> {
    this.#members.delete(config.node);
    for (const dialer of dialers) dialer.stop();
    await peer.finish({ kind: "goodbye", reason });
  }
}

/** What concerns every peer. */
function doorOf(config: PeerLinkConfig): unknown {
  return { listen: config.listen, port: config.port, keys: keysOf(config) };
}

function textOf(value: unknown): string {
  return JSON.stringify(value);
}
