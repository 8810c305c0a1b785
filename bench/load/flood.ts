/** Tens of thousands of advertisements a second from a stranger: what they cost the master, and whether anybody loses it. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../../lab/drills/clock.ts";
import { TYPESCRIPT_LOADER } from "../../toolchain/places.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { AGENT_VRRP, agent } from "../daemons/agent.ts";
import type { Daemon } from "../daemons/daemon.ts";
import { keepalived } from "../daemons/keepalived.ts";
import { Group } from "../failover/group.ts";
import { processorMs } from "../report/usage.ts";

export const FLOOD = { packetsPerSecond: 60_000, intervalMs: 1_000, seconds: 15 } as const;

/** Of its namespaces. */
export const FLOOD_PREFIX = "vipf-bx";
const PROGRAM = join(import.meta.dirname, "floodProcess.ts");
/** The flood is up to its rate by then, and a filter is in place. */
const WARM_UP_MS = 3_000;
/** An answer under way is not lost yet. */
const ANSWER_MS = 1_000;

/** What the flood did to one daemon. */
export interface FloodResult {
  readonly name: string;
  /** Frames that came to the master's interface each second. */
  readonly packetsPerSecond: number;
  /** Percent of one processor: the master's process before, and beside the flood. */
  readonly idleProcessor: number;
  readonly processor: number;
  /** Advertisements of the backup: each a false failover or its consequence. */
  readonly falseAdvertisements: number;
  /** Requests of the client that nobody answered. */
  readonly lost: number;
}

export async function measureFlood(seconds: number, progress: Progress): Promise<readonly FloodResult[]> {
  const { packetsPerSecond, intervalMs } = FLOOD;
  const results: FloodResult[] = [];
  for (const daemon of [await agent({ ...AGENT_VRRP, intervalMs }), keepalived({ intervalMs })]) {
    const title = `${daemon.name}: ${packetsPerSecond} packets of a stranger a second for ${seconds} s`;
    results.push(await progress.step(title, () => floodOf(daemon, seconds)));
  }
  return results;
}

async function floodOf(daemon: Daemon, seconds: number): Promise<FloodResult> {
  const group = await Group.open(FLOOD_PREFIX, [daemon, daemon]);
  try {
    const { segment, preferred: master } = group;
    await group.owned(master);
    const received = (): number => Number(segment.run(master, "cat", "/sys/class/net/eth0/statistics/rx_packets"));
    const usage = (): number => processorMs(group.running(master).pids());
    const during = async (forMs: number): Promise<{ readonly processor: number; readonly packets: number }> => {
      const before = { atMs: nowMs(), usage: usage(), received: received() };
      await sleep(forMs);
      const elapsedMs = nowMs() - before.atMs;
      const packets = ((received() - before.received) / elapsedMs) * 1_000;
      return { processor: ((usage() - before.usage) / elapsedMs) * 100, packets };
    };
    const idle = await during(WARM_UP_MS);
    const ends = [segment.client.ipv4, master.ipv4, String(FLOOD.packetsPerSecond)];
    const flood = segment.start(segment.client, process.execPath, "--import", TYPESCRIPT_LOADER, PROGRAM, ...ends);
    const fromMs = nowMs();
    await sleep(WARM_UP_MS);
    const flooded = await during(seconds * 1_000);
    if (flood.isOver) throw new Error(`the flood ended: ${flood.output}`);
    return {
      name: daemon.name,
      packetsPerSecond: flooded.packets,
      idleProcessor: idle.processor,
      processor: flooded.processor,
      falseAdvertisements: group.sniffer.advertisements(group.successor, fromMs).length,
      lost: group.probe.answers(fromMs, nowMs() - ANSWER_MS).filter(({ answeredMs }) => answeredMs === undefined)
        .length,
    };
  } finally {
    await group.close();
  }
}
