/** Advertisements each 10 ms beside busy loops: how even they stay, and whether anybody takes a living master for dead. */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../../lab/drills/clock.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { AGENT_VRRP, agent } from "../daemons/agent.ts";
import type { Daemon } from "../daemons/daemon.ts";
import { keepalived } from "../daemons/keepalived.ts";
import { Group } from "../failover/group.ts";
import type { Host } from "../segment/segment.ts";

export const JITTER = { intervalMs: 10, busyLoops: 8, seconds: 60 } as const;

/** Of its namespaces. */
export const JITTER_PREFIX = "vipf-bl";
const REAL_TIME_PRIORITY = 50;
const BUSY_LOOP = ["sh", "-c", "while :; do :; done"] as const;
/** The loops have all the processors by then. */
const WARM_UP_MS = 1_000;

/** What one daemon did. */
export interface JitterResult {
  readonly name: string;
  readonly seconds: number;
  /** Times between the master's advertisements, in milliseconds, as the kernel of the switch had them. */
  readonly intervalsMs: readonly number[];
  /** How often the backup began to advertise though the master lived. */
  readonly falseFailovers: number;
  /** Requests of the client that nobody answered. */
  readonly lost: number;
}

/** Measures the agent and keepalived with its real-time option, at the same time: what the machine does to one it does to both. */
export async function measureJitter(seconds: number, progress: Progress): Promise<readonly JitterResult[]> {
  const { intervalMs, busyLoops } = JITTER;
  const contestants: readonly Daemon[] = [
    { ...(await agent({ ...AGENT_VRRP, intervalMs })), name: "agent" },
    { ...keepalived({ intervalMs, realTimePriority: REAL_TIME_PRIORITY }), name: "keepalived, vrrp_rt_priority 50" },
  ];
  const groups: Group[] = [];
  try {
    for (const [index, daemon] of contestants.entries())
      groups.push(await Group.open(`${JITTER_PREFIX}${index + 1}`, [daemon, daemon]));
    return await progress.step(`${seconds} s at ${intervalMs} ms beside ${busyLoops} busy loops`, async () => {
      const window = await underLoad(groups, seconds);
      return groups.map((group, index) => resultOf(contestants[index]?.name ?? "", group, window));
    });
  } finally {
    for (const group of groups) await group.close();
  }
}

interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

async function underLoad(groups: readonly Group[], seconds: number): Promise<Window> {
  for (const group of groups) await group.owned(group.preferred);
  const [first] = groups;
  for (let loop = 0; loop < JITTER.busyLoops; loop += 1) first?.segment.start(first.segment.client, ...BUSY_LOOP);
  await sleep(WARM_UP_MS);
  const fromMs = nowMs();
  await sleep(seconds * 1_000);
  return { fromMs, untilMs: nowMs() };
}

function resultOf(name: string, { sniffer, probe, preferred, successor }: Group, window: Window): JitterResult {
  const { fromMs, untilMs } = window;
  const moments = (node: Host): readonly number[] =>
    sniffer.advertisements(node, fromMs).flatMap(({ atMs }) => (atMs <= untilMs ? [atMs] : []));
  return {
    name,
    seconds: Math.round((untilMs - fromMs) / 1_000),
    intervalsMs: differences(moments(preferred)),
    falseFailovers: beginnings(moments(successor)),
    lost: probe.answers(fromMs, untilMs - WARM_UP_MS).filter(({ answeredMs }) => answeredMs === undefined).length,
  };
}

/** Times between neighbours. */
export function differences(moments: readonly number[]): readonly number[] {
  return moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment));
}

/** How many rows of advertisements there are, each begun after a pause. */
function beginnings(moments: readonly number[]): number {
  const pauses = differences(moments).filter((pause) => pause > 10 * JITTER.intervalMs);
  return moments.length === 0 ? 0 : pauses.length + 1;
}
