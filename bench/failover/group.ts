/** Two or more nodes that run one daemon each, the first preferred, and a client that asks their shared address. */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import { type Daemon, SHARED_IPV4 } from "../daemons/daemon.ts";
import { Probe } from "../segment/probe.ts";
import type { Running } from "../segment/running.ts";
import { type Host, Segment } from "../segment/segment.ts";
import { Sniffer } from "../segment/sniffer.ts";

const PROBE_INTERVAL_MS = 1;
/** For so long one node must have answered alone to be the owner. */
const STEADY_MS = 200;
/** On top of what a protocol needs by itself: the start of a process on a loaded machine, ucarp's ten seconds without a carrier. */
const PATIENCE_MS = 30_000;

/** The group under test, in the order of preference. */
export class Group {
  readonly segment: Segment;
  readonly probe: Probe;
  readonly sniffer: Sniffer;
  readonly #daemons: readonly Daemon[];
  readonly #running = new Map<Host, Running>();

  private constructor(segment: Segment, probe: Probe, sniffer: Sniffer, daemons: readonly Daemon[]) {
    this.segment = segment;
    this.probe = probe;
    this.sniffer = sniffer;
    this.#daemons = daemons;
  }

  /** Makes the segment and starts the daemons, one a node. */
  static async open(prefix: string, daemons: readonly Daemon[]): Promise<Group> {
    const segment = new Segment({ prefix, nodes: daemons.length });
    try {
      segment.pinNeighbours();
      const probe = await Probe.open(segment, [SHARED_IPV4], PROBE_INTERVAL_MS);
      const group = new Group(segment, probe, await Sniffer.open(segment), daemons);
      for (const node of segment.nodes) group.start(node);
      return group;
    } catch (error) {
      await segment.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.segment.close();
  }

  get preferred(): Host {
    return this.segment.node(1);
  }

  get successor(): Host {
    return this.segment.node(2);
  }

  /** What runs on a node. @throws Error when nothing was started there. */
  running(node: Host): Running {
    const running = this.#running.get(node);
    if (running === undefined) throw new Error(`nothing runs on ${node.name}`);
    return running;
  }

  start(node: Host): void {
    const daemon = this.#daemonOf(node);
    this.#running.set(node, daemon.start(this.segment, node, this.segment.nodes));
  }

  /** Does what the node's service manager does when it sees that the daemon was killed. */
  async mourn(node: Host): Promise<void> {
    await this.running(node).ended;
    this.#daemonOf(node).afterDeath?.(this.segment, node);
  }

  /** Waits until a node answers alone, for as long as its protocol and a slow machine may need. */
  owned(by: Host, forMs = STEADY_MS): Promise<void> {
    return this.probe.owned(by, forMs, this.masterDownMs(by) * 2 + PATIENCE_MS);
  }

  /** Gives the daemons time to be as they were before the last fault. */
  async settled(): Promise<void> {
    await sleep(Math.max(0, ...this.#daemons.map(({ settlesWithinMs }) => settlesWithinMs)));
  }

  /** Waits until one node alone has the shared address on an interface. */
  async held(by: Host): Promise<void> {
    const isHeld = (): Promise<true | undefined> =>
      Promise.resolve(this.holders().join() === by.name ? true : undefined);
    const failure = (): Error => new Error(`not ${by.name} alone has ${SHARED_IPV4}, but ${this.holders().join(", ")}`);
    await waitFor(isHeld, PATIENCE_MS, 20, failure);
  }

  /** Waits until a node's advertisement is so old. @param phase 0 to 1, of the interval. */
  async phase(node: Host, phase: number, intervalMs: number): Promise<void> {
    const recentMs = nowMs() - 2 * intervalMs;
    const recent = (): Promise<number | undefined> => {
      const advertisedMs = this.sniffer.lastAdvertisedMs(node);
      return Promise.resolve(advertisedMs !== undefined && advertisedMs > recentMs ? advertisedMs : undefined);
    };
    // Who answers is not always who is master: a daemon that was frozen has its address before it has its role again.
    const failure = (): Error => new Error(`${node.name} does not advertise within ${PATIENCE_MS} ms`);
    const advertisedMs = await waitFor(recent, PATIENCE_MS, 5, failure);
    // An interval on, so that what was heard a moment ago is not too old already.
    await sleep(Math.max(0, advertisedMs + (1 + phase) * intervalMs - nowMs()));
  }

  /** Names of the nodes that have the shared address on an interface. */
  holders(): readonly string[] {
    return this.segment.nodes
      .filter((node) => this.segment.addresses(node).includes(SHARED_IPV4))
      .map(({ name }) => name);
  }

  masterDownMs(node: Host): number {
    return this.#daemonOf(node).masterDownMs(this.segment.nodes.indexOf(node));
  }

  #daemonOf(node: Host): Daemon {
    const daemon = this.#daemons[this.segment.nodes.indexOf(node)];
    if (daemon === undefined) throw new Error(`no daemon for ${node.name}`);
    return daemon;
  }
}
