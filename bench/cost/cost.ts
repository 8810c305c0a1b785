/** What many virtual routers in one process cost, and how even their advertisements are. */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { AGENT_VRRP, agent } from "../daemons/agent.ts";
import type { Daemon } from "../daemons/daemon.ts";
import { keepalived } from "../daemons/keepalived.ts";
import { Group } from "../failover/group.ts";
import { differences } from "../load/jitter.ts";
import { type Memory, memoryOf, processorMs } from "../report/usage.ts";
import type { Heard } from "../segment/sniffer.ts";

export const COST = { seconds: 15 } as const;

/** What is measured: so many virtual routers, their interval, and the agents' heartbeat, if they have a peer link. */
const CASES = [
  { virtualRouters: 1, intervalMs: 1_000, heartbeatMs: undefined },
  { virtualRouters: 1, intervalMs: 1_000, heartbeatMs: 100 },
  { virtualRouters: 50, intervalMs: 1_000, heartbeatMs: 50 },
  { virtualRouters: 50, intervalMs: 100, heartbeatMs: 50 },
  { virtualRouters: 200, intervalMs: 1_000, heartbeatMs: undefined },
] as const;
type Case = (typeof CASES)[number];

/** Of its namespaces. */
export const COST_PREFIX = "vipf-bc";
const WARM_UP_MS = 5_000;
const QUIET_DEADLINE_MS = 60_000;

/** One node of one daemon. */
export interface CostResult {
  readonly name: string;
  readonly role: "master" | "backup";
  readonly virtualRouters: number;
  readonly intervalMs: number;
  readonly memory: Memory;
  /** Percent of one processor. */
  readonly processor: number;
  /** Times between the advertisements of each virtual router, in milliseconds; none of a backup. */
  readonly intervalsMs: readonly number[];
}

export async function measureCost(progress: Progress): Promise<readonly CostResult[]> {
  const results: CostResult[] = [];
  for (const one of CASES) {
    const { virtualRouters: instances, intervalMs, heartbeatMs } = one;
    const contestants = [
      await agent({ ...AGENT_VRRP, intervalMs, instances, heartbeatMs }),
      keepalived({ intervalMs, instances }),
    ];
    for (const daemon of contestants) {
      const title = `${daemon.name}: ${instances} virtual routers at ${intervalMs} ms for ${COST.seconds} s`;
      results.push(...(await progress.step(title, () => costOf(daemon, one))));
    }
  }
  return results;
}

async function costOf(daemon: Daemon, { virtualRouters, intervalMs }: Case): Promise<readonly CostResult[]> {
  const group = await Group.open(COST_PREFIX, [daemon, daemon]);
  try {
    await group.owned(group.preferred);
    await quiet(group);
    const nodes = [group.preferred, group.successor];
    const usage = (): readonly number[] => nodes.map((node) => processorMs(group.running(node).pids()));
    const fromMs = nowMs();
    const before = usage();
    await sleep(COST.seconds * 1_000);
    const after = usage();
    const elapsedMs = nowMs() - fromMs;
    return nodes.map((node, index) => ({
      name: daemon.name,
      role: index === 0 ? "master" : "backup",
      virtualRouters,
      intervalMs,
      memory: memoryOf(group.running(node).pids()),
      processor: (((after[index] ?? 0) - (before[index] ?? 0)) / elapsedMs) * 100,
      intervalsMs: perVirtualRouter(group.sniffer.advertisements(node, fromMs)),
    }));
  } finally {
    await group.close();
  }
}

/** Waits until no virtual router has changed hands for a while: fifty elections at once take their time. */
async function quiet(group: Group): Promise<void> {
  const isQuiet = (): Promise<true | undefined> =>
    Promise.resolve(nowMs() - (group.sniffer.lastAdvertisedMs(group.successor) ?? 0) > WARM_UP_MS ? true : undefined);
  await sleep(WARM_UP_MS);
  await waitFor(isQuiet, QUIET_DEADLINE_MS, 200, () => new Error("the backup goes on to advertise"));
}

/** Times between the advertisements of one virtual router, all of them together. */
function perVirtualRouter(advertisements: readonly Heard[]): readonly number[] {
  const moments = new Map<number, number[]>();
  for (const { atMs, payload } of advertisements) {
    const virtualRouterId = payload[1] ?? 0;
    moments.set(virtualRouterId, [...(moments.get(virtualRouterId) ?? []), atMs]);
  }
  return [...moments.values()].flatMap(differences);
}
