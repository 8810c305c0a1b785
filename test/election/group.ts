/** Groups of two and three VRRP routers for the tests of clusters. */
import { activeDownIntervalMicros } from "../../agent/election/timers.ts";
import type { VrrpRouterConfig } from "../../agent/election/vrrp/vrrpRouter.ts";
import { Cluster } from "./cluster.ts";
import { configured, SECOND, STARTUP } from "./scenario.ts";

export const A = "10.25.0.11";
export const B = "10.25.0.12";
export const C = "10.25.0.13";
const DELAY = [50, 500] as const;
export const MOST_DELAY = DELAY[1];
/** T of invariant S2: the slowest node's active-down interval and what a packet takes. */
export const CONVERGED = activeDownIntervalMicros(1, SECOND) + SECOND;

/** A group with the given priorities, at one second, on a sound segment. */
export function clusterOf(
  priorities: Readonly<Record<string, number>>,
  changes: Partial<VrrpRouterConfig> = {},
  seed = 1,
): Cluster {
  const addresses = Object.keys(priorities);
  const configs = Object.entries(priorities).map(([sourceAddress, priority]) =>
    configured({ sourceAddress, priority, peers: addresses.filter((peer) => peer !== sourceAddress), ...changes }),
  );
  return new Cluster(configs, { delayMicros: DELAY, loss: 0 }, seed);
}

/** The same after everybody was started and had the time to agree. */
export function started(...options: Parameters<typeof clusterOf>): Cluster {
  const cluster = clusterOf(...options);
  for (const address of Object.keys(options[0])) cluster.give(address, STARTUP);
  cluster.runFor(CONVERGED);
  return cluster;
}

/** When a node last did something, in the order of the log. */
export function lastIndexOf(cluster: Cluster, address: string, outputs: readonly string[]): number {
  return cluster.log.findLastIndex((entry) => entry.address === address && outputs.includes(entry.output));
}
