/** A segment with a listener on its switch, and the questions that an interoperability test asks. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { AgentUnreachable, fetchRecording, fetchStatus } from "../../agent/cli/client.ts";
import { AGENT_CARP, AGENT_VRRP, type AgentOptions, agent, stateDirectory } from "../../bench/daemons/agent.ts";
import { type Daemon, SHARED_IPV4, SHARED_IPV6 } from "../../bench/daemons/daemon.ts";
import { type FrrOptions, frr } from "../../bench/daemons/frr.ts";
import { type KeepalivedOptions, keepalived } from "../../bench/daemons/keepalived.ts";
import { type UcarpOptions, ucarp } from "../../bench/daemons/ucarp.ts";
import type { Running } from "../../bench/segment/running.ts";
import { type Host, Segment } from "../../bench/segment/segment.ts";
import { Sniffer } from "../../bench/segment/sniffer.ts";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";

/** For anything that has no deadline of its own; only a fault takes as long. */
export const PATIENCE_MS = 60_000;
/** Of every VRRP test: short, so that the suite is. */
export const INTERVAL_MS = 100;

/** So many of another node's advertisements are waited for, and all of them must be heard. */
const HEARD_AT_LEAST = 5;

/** One way for VRRP to travel. */
export interface Transport {
  readonly family: 4 | 6;
  readonly multicast: boolean;
}

export const TRANSPORTS: readonly Transport[] = [
  { family: 4, multicast: false },
  { family: 4, multicast: true },
  { family: 6, multicast: false },
  { family: 6, multicast: true },
];

export function transportText({ family, multicast }: Transport): string {
  return `IPv${family} ${multicast ? "multicast" : "unicast"}`;
}

/** The shared address that is looked for on the interfaces. */
export function sharedAddress(family: 4 | 6): string {
  return family === 4 ? SHARED_IPV4 : SHARED_IPV6.global;
}

export function agentVrrp(changes: Partial<typeof AGENT_VRRP> = {}): Promise<Daemon> {
  return agent({ ...AGENT_VRRP, intervalMs: INTERVAL_MS, ...changes });
}

export function agentCarp(changes: Partial<typeof AGENT_CARP> = {}): Promise<Daemon> {
  return agent({ ...AGENT_CARP, ...changes });
}

export function keepalivedVrrp(changes: Partial<KeepalivedOptions> = {}): Daemon {
  return keepalived({ intervalMs: INTERVAL_MS, ...changes });
}

export function frrVrrp(changes: Partial<FrrOptions> = {}): Daemon {
  return frr({ intervalMs: INTERVAL_MS, ...changes });
}

export function realUcarp(changes: Partial<UcarpOptions> = {}): Daemon {
  return ucarp(changes);
}

export type { AgentOptions };

export class Rig {
  readonly segment: Segment;
  readonly sniffer: Sniffer;

  private constructor(segment: Segment, sniffer: Sniffer) {
    this.segment = segment;
    this.sniffer = sniffer;
  }

  static async open(nodes: number): Promise<Rig> {
    const segment = new Segment({ prefix: "vipf-io", nodes });
    try {
      return new Rig(segment, await Sniffer.open(segment));
    } catch (error) {
      await segment.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.segment.close();
  }

  /** Ends the daemons and puts hosts and cables back; the listener goes on. */
  async reset(): Promise<void> {
    await this.segment.reset([this.sniffer.running]);
  }

  /** A node by its number, in the order of preference. */
  node(number: number): Host {
    return this.segment.node(number);
  }

  start(number: number, daemon: Daemon): Running {
    return daemon.start(this.segment, this.node(number), this.segment.nodes);
  }

  /** Waits until one node alone has the shared address. */
  async heldBy(number: number, family: 4 | 6 = 4): Promise<void> {
    const { name } = this.node(number);
    const isHeld = (): Promise<true | undefined> =>
      Promise.resolve(this.holders(family).join() === name ? true : undefined);
    await waitFor(isHeld, PATIENCE_MS, 20, () => {
      const holders = this.holders(family).join(", ");
      return new Error(`not ${name} alone has ${sharedAddress(family)} within ${PATIENCE_MS} ms, but [${holders}]`);
    });
  }

  /** Waits until one node alone has the shared address, whichever. @returns its number. */
  heldByOne(family: 4 | 6 = 4): Promise<number> {
    const holder = (): Promise<number | undefined> => {
      const [name, ...others] = this.holders(family);
      return Promise.resolve(
        others.length === 0 ? this.segment.nodes.find((node) => node.name === name)?.number : undefined,
      );
    };
    return waitFor(holder, PATIENCE_MS, 20, () => new Error(`[${this.holders(family).join(", ")}] have it`));
  }

  /** Waits until every node has the shared address: a segment that is cut. */
  async heldByAll(family: 4 | 6 = 4): Promise<void> {
    const isHeld = (): Promise<true | undefined> =>
      Promise.resolve(this.holders(family).length === this.segment.nodes.length ? true : undefined);
    await waitFor(isHeld, PATIENCE_MS, 20, () => new Error(`only [${this.holders(family).join(", ")}] have it`));
  }

  /** Names of the nodes that have the shared address. */
  holders(family: 4 | 6 = 4): readonly string[] {
    return this.segment.nodes
      .filter((node) => this.segment.addresses(node).includes(sharedAddress(family)))
      .map(({ name }) => name);
  }

  /** Watches for so long that nobody but one node has the address. */
  async staysWith(number: number, forMs: number, family: 4 | 6 = 4): Promise<void> {
    const endMs = nowMs() + forMs;
    await waitFor(
      () => {
        assert.deepEqual(this.holders(family), [this.node(number).name]);
        return Promise.resolve(nowMs() >= endMs ? true : undefined);
      },
      forMs + PATIENCE_MS,
      50,
      () => new Error("the watch did not end"),
    );
  }

  /** Waits until a node advertises. @returns its first advertisement after the moment, as the switch heard it. */
  async advertises(number: number, fromMs = nowMs()): Promise<Uint8Array> {
    const node = this.node(number);
    const first = (): Promise<Uint8Array | undefined> =>
      Promise.resolve(this.sniffer.advertisements(node, fromMs)[0]?.frame);
    return waitFor(first, PATIENCE_MS, 20, () => new Error(`${node.name} does not advertise within ${PATIENCE_MS} ms`));
  }

  /** What the flight recorder of a node's agent remembers. */
  async recordingOf(number: number): Promise<string> {
    const recording = await fetchRecording(join(stateDirectory(this.node(number)), "control.sock"));
    if (typeof recording !== "string") assert.fail(recording.problems.join("\n"));
    return recording;
  }

  /** By reason, what the agent of a node dropped. */
  async droppedBy(number: number): Promise<Readonly<Record<string, number>>> {
    const status = await fetchStatus(join(stateDirectory(this.node(number)), "control.sock"));
    if ("problems" in status) assert.fail(status.problems.join("\n"));
    const all = [status.dropped, ...status.virtualRouters.map(({ counters }) => counters.dropped)];
    return Object.fromEntries(all.flatMap((dropped) => Object.entries(dropped)));
  }

  /** Waits until the agent of a node answers. */
  async started(number: number): Promise<void> {
    const socket = join(stateDirectory(this.node(number)), "control.sock");
    const answers = async (): Promise<true | undefined> => {
      try {
        return "problems" in (await fetchStatus(socket)) ? undefined : true;
      } catch (error) {
        if (error instanceof AgentUnreachable) return undefined;
        throw error;
      }
    };
    await waitFor(answers, PATIENCE_MS, 50, () => new Error(`the agent of n${number} does not answer`));
  }

  /** How many advertisements the virtual routers of a node's agent heard. */
  async receivedBy(number: number): Promise<number> {
    const status = await fetchStatus(join(stateDirectory(this.node(number)), "control.sock"));
    if ("problems" in status) assert.fail(status.problems.join("\n"));
    return status.virtualRouters.reduce((sum, { counters }) => sum + counters.received, 0);
  }

  /** That an agent hears what another node sends: as many advertisements as the switch does, meanwhile. */
  async assertHears(number: number, other: number): Promise<void> {
    const [sinceMs, before] = [nowMs(), await this.receivedBy(number)];
    const sent = (): number => this.sniffer.advertisements(this.node(other), sinceMs).length;
    await this.#until(() => sent() >= HEARD_AT_LEAST, `n${other} does not advertise`);
    const heard = (await this.receivedBy(number)) - before;
    assert.ok(heard >= HEARD_AT_LEAST - 1, `of ${HEARD_AT_LEAST} advertisements ${heard} were heard`);
    await this.assertNothingDropped(number);
  }

  async #until(isSo: () => boolean, otherwise: string): Promise<void> {
    const check = (): Promise<true | undefined> => Promise.resolve(isSo() ? true : undefined);
    await waitFor(check, PATIENCE_MS, 20, () => new Error(otherwise));
  }

  async assertNothingDropped(number: number): Promise<void> {
    assert.deepEqual(await this.droppedBy(number), {});
  }
}

/** What keepalived says when a packet is not to its taste. */
export const KEEPALIVED_COMPLAINS =
  /checksum|discard|invalid|mismatch|wrong|incorrect|bogus|expect|received.*(error|ttl)/i;
/** What ucarp says likewise. */
export const UCARP_COMPLAINS = /bad |invalid|digest|checksum/i;
