/**
 * Handing over many virtual routers at once, by `drain` and by a stop: what the clients of their addresses miss, how
 * long it takes until all are over, and whether the agents tell systemd's watchdog that they live meanwhile.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fetchStatus, sendOperatorOrder } from "../../agent/cli/client.ts";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { AGENT_VRRP, agent, ipv4AddressOf, stateDirectory } from "../daemons/agent.ts";
import { type Answer, Probe } from "../segment/probe.ts";
import type { Running } from "../segment/running.ts";
import { type Host, Segment } from "../segment/segment.ts";
import { KEEPALIVE_MS, Watchdog } from "./watchdog.ts";

export const HANDOVER = { virtualRouters: [1, 25, 100, 255], addressesEach: 20 } as const;

/** Of its namespaces. */
export const HANDOVER_PREFIX = "vipf-bm";
const HEARTBEAT_MS = 100;
/** Between two requests, whichever address they go to: as many as the probe can send and the segment carry. */
const PROBE_INTERVAL_MS = 0.08;
const LEAST_INTERVAL_MS = 1;
const DEADLINE_MS = 120_000;
/** For an answer to come. */
const ANSWER_MS = 50;
const QUIET_MS = 3_000;

export type Ending = "drain" | "stop";

/** What one handover of so many virtual routers was like. */
export interface HandoverResult {
  readonly virtualRouters: number;
  readonly ending: Ending;
  /** The longest time that a client of one address missed, in milliseconds: between the first request without an answer and the next with one. */
  readonly missedMs: number;
  /** Requests without an answer, of all clients. */
  readonly lost: number;
  /** From the order until the last address answered from the successor. */
  readonly totalMs: number;
  /** The longest time between two of an agent's words to the watchdog, beyond the one that is due. */
  readonly watchdogLateMs: number;
  /** Virtual routers that ended without a successor being heard. */
  readonly withoutSuccessor: number;
  /** Times that the protocol's thread did not answer its main thread within a second. */
  readonly missedPings: number;
}

export async function measureHandovers(
  counts: readonly number[],
  progress: Progress,
): Promise<readonly HandoverResult[]> {
  const results: HandoverResult[] = [];
  for (const virtualRouters of counts) {
    for (const ending of ["drain", "stop"] as const) {
      const title = `${ending} with ${virtualRouters} virtual routers of ${HANDOVER.addressesEach} addresses`;
      results.push(await progress.step(title, () => handOver(virtualRouters, ending)));
    }
  }
  return results;
}

async function handOver(virtualRouters: number, ending: Ending): Promise<HandoverResult> {
  const segment = new Segment({ prefix: HANDOVER_PREFIX, nodes: 2 });
  const watchdogs = segment.nodes.map((node) => new Watchdog(watchdogSocket(node)));
  try {
    segment.run(segment.client, "ip", "route", "add", "10.26.0.0/16", "dev", "eth0");
    const [preferred, successor] = [segment.node(1), segment.node(2)];
    const running = await startAgents(segment, virtualRouters);
    // The last address of each virtual router is taken last.
    const addresses = Array.from({ length: virtualRouters }, (_, index) =>
      ipv4AddressOf(index, HANDOVER.addressesEach - 1),
    );
    const intervalMs = Math.max(PROBE_INTERVAL_MS, LEAST_INTERVAL_MS / virtualRouters);
    const probe = await Probe.open(segment, addresses, intervalMs);
    await answering(probe, addresses, preferred.number, QUIET_MS);
    await sleep(QUIET_MS);
    const fromMs = nowMs();
    for (const watchdog of watchdogs) watchdog.start();
    if (ending === "stop") running[0]?.stop();
    else await sendOperatorOrder(join(stateDirectory(preferred), "control.sock"), { kind: "drain" });
    await answering(probe, addresses, successor.number, 0);
    await sleep(QUIET_MS);
    const answers = probe.answers(fromMs - KEEPALIVE_MS, nowMs() - ANSWER_MS);
    const output = running.map((one) => one.output).join("\n");
    return {
      virtualRouters,
      ending,
      ...seenBy(addresses, answers, fromMs, successor.number),
      watchdogLateMs: Math.max(...watchdogs.slice(ending === "stop" ? 1 : 0).map((watchdog) => watchdog.lateMs())),
      withoutSuccessor: count(output, "(no-successor)"),
      missedPings: count(output, "the protocol's thread hangs"),
    };
  } finally {
    for (const watchdog of watchdogs) watchdog.close();
    await segment.close();
  }
}

async function startAgents(segment: Segment, instances: number): Promise<readonly Running[]> {
  const daemon = await agent({
    ...AGENT_VRRP,
    instances,
    addressesEach: HANDOVER.addressesEach,
    heartbeatMs: HEARTBEAT_MS,
    environment: (node) => [`NOTIFY_SOCKET=${watchdogSocket(node)}`, `WATCHDOG_USEC=${KEEPALIVE_MS * 4_000}`],
  });
  const running = segment.nodes.map((node) => daemon.start(segment, node, segment.nodes));
  for (const [index, node] of segment.nodes.entries()) await settled(running[index], node, index === 0);
  return running;
}

/** Waits until a node has every role that it should have, and its peer. */
async function settled(running: Running | undefined, node: Host, isMaster: boolean): Promise<void> {
  const role = isMaster ? "master" : "backup";
  const isSettled = async (): Promise<true | undefined> => {
    const status = await fetchStatus(join(stateDirectory(node), "control.sock")).catch(() => undefined);
    if (status === undefined || "problems" in status) return undefined;
    const isThere = status.peerLink?.peers.every((peer) => peer.state === "connected");
    return isThere === true && status.virtualRouters.every((router) => router.role === role) ? true : undefined;
  };
  const failure = (): Error => new Error(`${node.name} is not ${role} of all: ${running?.output.slice(-2_000) ?? ""}`);
  await waitFor(isSettled, DEADLINE_MS, 250, failure);
}

/** Waits until every address was answered by one node, last and for so long. */
async function answering(probe: Probe, addresses: readonly string[], by: number, forMs: number): Promise<void> {
  const isAnswering = (): Promise<true | undefined> => {
    const untilMs = nowMs() - ANSWER_MS;
    const answers = probe.answers(untilMs - Math.max(forMs, 500), untilMs);
    const last = new Map(answers.map(({ address, by: node }) => [address, node]));
    const isSteady = forMs === 0 || answers.every((answer) => answer.by === by);
    return Promise.resolve(isSteady && addresses.every((address) => last.get(address) === by) ? true : undefined);
  };
  await waitFor(isAnswering, DEADLINE_MS, 250, () => new Error(`node ${by} does not answer for every address`));
}

function seenBy(
  addresses: readonly string[],
  answers: readonly Answer[],
  fromMs: number,
  successor: number,
): Pick<HandoverResult, "missedMs" | "lost" | "totalMs"> {
  const clients = new Map<string, Answer[]>(addresses.map((address) => [address, []]));
  for (const answer of answers) clients.get(answer.address)?.push(answer);
  const each = [...clients.values()];
  const overMs = each.map((client) => client.find(({ by }) => by === successor)?.answeredMs ?? Infinity);
  return {
    missedMs: Math.max(...each.map(longestMissedMs)),
    lost: answers.filter(({ by }) => by === undefined).length,
    totalMs: Math.max(...overMs) - fromMs,
  };
}

/** From a request without an answer to the next one that has one. */
function longestMissedMs(client: readonly Answer[]): number {
  let longestMs = 0;
  let missingSinceMs: number | undefined;
  for (const { sentMs, by } of client) {
    if (by === undefined) missingSinceMs ??= sentMs;
    if (by === undefined || missingSinceMs === undefined) continue;
    longestMs = Math.max(longestMs, sentMs - missingSinceMs);
    missingSinceMs = undefined;
  }
  return longestMs;
}

const count = (text: string, words: string): number => text.split(words).length - 1;

function watchdogSocket({ directory }: Host): string {
  return join(directory, "notify.sock");
}
