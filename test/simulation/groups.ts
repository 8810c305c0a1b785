/** Groups of nodes to simulate: edge-1 with priority 200 and edge-2 with 100, unless a test says otherwise. */
import type { AgentConfig, AgentConfigInput } from "../../agent/config/schema/document.ts";
import type { Simulation, Unknown, WhatIf } from "../../agent/simulation/simulate.ts";
import { nodeWith, type VrrpDocument, vrrp } from "../support/documents.ts";

export const SECOND = 1_000_000;
export const NOTHING: WhatIf = { fail: [], lose: [], drain: [], forMicros: 30 * SECOND };

const CHECKS: AgentConfigInput["checks"] = { uplink: { ping: "192.0.2.1" } };

/** Two nodes, with what both have more in their documents. */
export function pair(
  changes: (node: number) => Partial<VrrpDocument> = () => ({}),
  more: (node: number) => Partial<AgentConfigInput> = () => ({}),
): AgentConfig[] {
  return [1, 2].map((node) =>
    nodeWith(
      node,
      { checks: CHECKS, ...more(node) },
      vrrp(node, { priority: node === 1 ? 200 : 100, track: { uplink: 150 }, ...changes(node) }),
    ),
  );
}

/** The peer link of edge-1 and edge-2. */
export function linked(node: number): Partial<AgentConfigInput> {
  const peers = [{ node: `edge-${3 - node}`, paths: [`10.25.0.1${3 - node}`] }];
  return { peerLink: { listen: [`10.25.0.1${node}`], key: "ab".repeat(32), peers } };
}

/** What happened, a line each: `edge-2 web backup>master master-down`. */
export function story(simulation: Simulation | Unknown): string[] {
  if ("problems" in simulation) return [...simulation.problems];
  return simulation.occurrences.map((one) => {
    if (one.kind !== "transition") return `${one.node} ${one.kind}`;
    return `${one.node} ${one.virtualRouter} ${one.from}>${one.to} ${one.reason}`;
  });
}
