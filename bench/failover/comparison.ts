/** The comparison: series of daemons at one interval, every fault so many times, each run at its own phase of the clock. */
import type { Progress } from "../../toolchain/progress.ts";
import { AGENT_VRRP, agent } from "../daemons/agent.ts";
import type { Daemon } from "../daemons/daemon.ts";
import { keepalived } from "../daemons/keepalived.ts";
import { ucarp } from "../daemons/ucarp.ts";
import { FAULT_NAMES, FAULTS, type FaultName } from "./fault.ts";
import { Group } from "./group.ts";
import { type Outcome, type Phases, runFault } from "./run.ts";

const HEARTBEAT_MS = 50;

/** One interval, and who is compared at it. */
export interface Series {
  readonly intervalMs: number;
  readonly contestants: readonly Contestant[];
}

export const CONTESTANTS = ["agent with peer link", "agent", "keepalived", "ucarp"] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

/** Of the namespaces of each contestant. */
export const FAILOVER_PREFIXES = CONTESTANTS.map((_, place) => prefixOf(place));

function prefixOf(place: number): string {
  return `vipf-bf${place + 1}`;
}

export interface Contestant {
  readonly name: ContestantName;
  readonly outcomes: ReadonlyMap<FaultName, readonly Outcome[]>;
}

type Outcomes = Map<FaultName, readonly Outcome[]>;

/** ucarp counts in seconds. */
const ALL_INTERVALS: readonly ContestantName[] = ["agent with peer link", "agent", "keepalived"];

/**
 * Compares at one interval, every contestant on a segment of its own and all at the same time: what the machine does to
 * one it does to all. @param runs of each fault of each contestant
 */
export async function compare(intervalMs: number, runs: number, progress: Progress): Promise<Series> {
  const names = intervalMs === 1_000 ? CONTESTANTS : ALL_INTERVALS;
  const open: { readonly name: ContestantName; readonly group: Group; readonly outcomes: Outcomes }[] = [];
  try {
    for (const [place, name] of names.entries()) {
      const daemon = await daemonOf(name, intervalMs);
      const group = await Group.open(prefixOf(place), [daemon, daemon]);
      open.push({ name, group, outcomes: new Map() });
    }
    for (const fault of FAULT_NAMES) {
      await progress.step(`${fault} at ${intervalMs} ms, ${runs} times each`, () =>
        Promise.all(
          open.map(async ({ group, outcomes }) => outcomes.set(fault, await repeat(group, fault, intervalMs, runs))),
        ),
      );
    }
    return { intervalMs, contestants: open.map(({ name, outcomes }) => ({ name, outcomes })) };
  } finally {
    for (const { group } of open) await group.close();
  }
}

async function repeat(group: Group, fault: FaultName, intervalMs: number, runs: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const phases of spreadPhases(runs)) outcomes.push(await runFault(group, FAULTS[fault], intervalMs, phases));
  return outcomes;
}

function daemonOf(name: ContestantName, intervalMs: number): Promise<Daemon> {
  switch (name) {
    case "agent with peer link":
      return agent({ ...AGENT_VRRP, intervalMs, heartbeatMs: HEARTBEAT_MS });
    case "agent":
      return agent({ ...AGENT_VRRP, intervalMs });
    case "keepalived":
      return Promise.resolve(keepalived({ intervalMs }));
    case "ucarp":
      return Promise.resolve(ucarp());
  }
}

/**
 * Random phases, one in each of as many equal parts of the interval: with ten runs plain chance would move the median by
 * a sixth of the interval, and the figures of two daemons could not be told apart.
 */
function spreadPhases(runs: number): readonly Phases[] {
  const parts = Array.from({ length: runs }, (_, index) => index);
  const ends = [...parts].sort(() => Math.random() - 0.5);
  return parts.map((part, index) => ({
    fault: (part + Math.random()) / runs,
    back: ((ends[index] ?? 0) + Math.random()) / runs,
  }));
}
