/**
 * A group of VRRP routers on one segment, in memory: a virtual clock, packets that take time and get lost, links that
 * are cut in one direction, nodes that lose their power or are frozen. The same seed gives the same run.
 */
import {
  createVrrpRouter,
  deadlineOf,
  roleOf,
  stepVrrpRouter,
  type VrrpRouterConfig,
  type VrrpRouterEvent,
  type VrrpRouterState,
} from "../../agent/election/vrrp/vrrpRouter.ts";
import { decodeVrrp, encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { outputsOf, TICK } from "./scenario.ts";

interface Node {
  readonly address: string;
  state: VrrpRouterState;
  condition: "running" | "frozen" | "off";
  holdsAddresses: boolean;
  /** Packets that arrived while it was frozen. */
  inbox: Packet[];
}

interface Packet {
  readonly atMicros: number;
  readonly from: string;
  readonly to: string;
  /** The VRRP message. */
  readonly message: Uint8Array;
}

/** Something a node did, for the order of things. */
export interface Entry {
  readonly atMicros: number;
  readonly address: string;
  readonly output: string;
}

export interface Segment {
  /** Least and most time that a packet takes. */
  readonly delayMicros: readonly [least: number, most: number];
  /** Share of packets that get lost, 0..1. */
  loss: number;
}

/** What a frozen node's socket holds before it drops. */
const INBOX_LIMIT = 8;

export class Cluster {
  readonly log: Entry[] = [];
  readonly segment: Segment;
  nowMicros = 0;
  /** The time in which running nodes were master at the same time, and that in which none held the addresses. */
  readonly micros = { twoMasters: 0, noHolder: 0 };
  readonly #nodes: Map<string, Node>;
  readonly #random: () => number;
  #packets: Packet[] = [];
  readonly #cuts = new Set<string>();

  constructor(configs: readonly VrrpRouterConfig[], segment: Segment, seed: number) {
    this.segment = segment;
    this.#random = randomOf(seed);
    this.#nodes = new Map(
      configs.map((config) => [
        config.sourceAddress,
        {
          address: config.sourceAddress,
          state: createVrrpRouter(config),
          condition: "running",
          holdsAddresses: false,
          inbox: [],
        },
      ]),
    );
  }

  /** Running nodes in the role of master. */
  get masters(): string[] {
    return this.#addresses((node) => roleOf(node.state) === "master");
  }

  /** Running nodes that have the addresses on their interface. */
  get holders(): string[] {
    return this.#addresses((node) => node.holdsAddresses);
  }

  stateOf(address: string): VrrpRouterState {
    return this.#node(address).state;
  }

  /** Gives a node an event, now. */
  give(address: string, event: VrrpRouterEvent): void {
    this.#step(this.#node(address), event);
  }

  powerOff(address: string): void {
    const node = this.#node(address);
    Object.assign(node, { condition: "off", holdsAddresses: false, inbox: [] });
  }

  /** Puts a node that was off on again: a new process, started. */
  powerOn(address: string): void {
    const node = this.#node(address);
    Object.assign(node, { condition: "running", state: createVrrpRouter(node.state.config) });
    this.#step(node, { kind: "startup" });
  }

  /** Kills the process of a node and starts it again: what its machine holds stays where it is. */
  restart(address: string): void {
    const node = this.#node(address);
    node.state = createVrrpRouter(node.state.config);
    this.#step(node, { kind: "startup", resume: node.holdsAddresses });
  }

  freeze(address: string): void {
    this.#node(address).condition = "frozen";
  }

  /** Lets a frozen node go on: it reads its socket before it looks at its timers, as the contract demands. */
  thaw(address: string): void {
    const node = this.#node(address);
    node.condition = "running";
    const waiting = node.inbox;
    node.inbox = [];
    for (const packet of waiting) this.#deliver(node, packet);
  }

  /** From now on nothing gets from one node to the other. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`);
  }

  /** Cuts every node off from every other, or takes all cuts away. */
  partition(): void {
    for (const from of this.#nodes.keys()) for (const to of this.#nodes.keys()) this.cut(from, to);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Lets time pass; at one instant packets come before ticks. */
  runFor(micros: number): void {
    const until = this.nowMicros + micros;
    for (;;) {
      const packet = this.#packets[0];
      const due = this.#nextDue();
      const packetAt = packet?.atMicros ?? Infinity;
      const next = Math.min(packetAt, due?.atMicros ?? Infinity);
      if (next > until) break;
      this.#advance(next);
      if (packet !== undefined && packetAt <= next) {
        this.#packets.shift();
        this.#deliver(this.#node(packet.to), packet);
      } else if (due !== undefined) {
        this.#step(due.node, TICK);
      }
    }
    this.#advance(until);
  }

  #advance(toMicros: number): void {
    const passed = Math.max(0, toMicros - this.nowMicros);
    if (this.masters.length > 1) this.micros.twoMasters += passed;
    if (this.holders.length === 0) this.micros.noHolder += passed;
    this.nowMicros += passed;
  }

  #nextDue(): { readonly node: Node; readonly atMicros: number } | undefined {
    let first: { readonly node: Node; readonly atMicros: number } | undefined;
    for (const node of this.#nodes.values()) {
      const atMicros = node.condition === "running" ? deadlineOf(node.state) : undefined;
      if (atMicros !== undefined && atMicros < (first?.atMicros ?? Infinity)) first = { node, atMicros };
    }
    return first;
  }

  #deliver(node: Node, packet: Packet): void {
    if (node.condition === "off") return;
    if (node.condition === "frozen") {
      if (node.inbox.length < INBOX_LIMIT) node.inbox.push(packet);
      return;
    }
    const { from, to, message } = packet;
    const decoded = decodeVrrp(message, { source: from, destination: to });
    if (!decoded.ok) throw new Error(`${node.address} refused a packet of its own group: ${decoded.fault}`);
    this.#step(node, { kind: "advertisement", from, advertisement: decoded.value.advertisement });
  }

  #step(node: Node, event: VrrpRouterEvent): void {
    const step = stepVrrpRouter(node.state, event, this.nowMicros);
    node.state = step.state;
    for (const output of outputsOf(step)) this.log.push({ atMicros: this.nowMicros, address: node.address, output });
    for (const output of step.outputs) {
      if (output.kind === "acquire") node.holdsAddresses = true;
      if (output.kind === "release") node.holdsAddresses = false;
      if (output.kind !== "send" && output.kind !== "solicit") continue;
      for (const to of output.kind === "send" ? node.state.config.peers : [output.to]) {
        this.#carry(node.address, to, encodeVrrp(output.advertisement, { source: node.address, destination: to }));
      }
    }
  }

  #carry(from: string, to: string, message: Uint8Array): void {
    const [least, most] = this.segment.delayMicros;
    // Drawn for every packet, so that what happens to one does not change the fate of those after it.
    const [lost, delay] = [this.#random() < this.segment.loss, least + Math.floor(this.#random() * (most - least))];
    if (lost || this.#cuts.has(`${from} ${to}`)) return;
    this.#packets.push({ atMicros: this.nowMicros + delay, from, to, message });
    this.#packets.sort((left, right) => left.atMicros - right.atMicros);
  }

  #addresses(condition: (node: Node) => boolean): string[] {
    return [...this.#nodes.values()]
      .filter((node) => node.condition === "running" && condition(node))
      .map(({ address }) => address);
  }

  #node(address: string): Node {
    const node = this.#nodes.get(address);
    if (node === undefined) throw new Error(`there is no node ${address}`);
    return node;
  }
}

/** Numbers from 0 to 1 that look random: a linear congruential generator (Numerical Recipes), its low bits left out. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
