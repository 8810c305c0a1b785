/** Renders a node's agent.json: its own view of every virtual router it takes part in. */
import type { AgentConfigInput } from "../../agent/config/document.ts";
import { formatDuration } from "../../agent/config/duration.ts";
import { compareNames } from "./names.ts";
import type { Member } from "./priorities.ts";

/** A VIP as the agents elect its holder. */
export interface VirtualRouterPlan {
  readonly name: string;
  readonly address: string;
  readonly virtualRouterId: number;
  readonly advertisementIntervalMicros: number;
  readonly preempt: boolean;
  /** Addresses are those on the private network. */
  readonly members: readonly (Member & { readonly address: string })[];
}

/**
 * The document of one node.
 *
 * It holds the node's own priority and the addresses of its peers, not their priorities: changing one node's priority
 * changes that node's document and no other.
 */
export function agentConfig(node: string, vips: readonly VirtualRouterPlan[]): AgentConfigInput {
  const virtualRouters = vips
    .toSorted((a, b) => compareNames(a.name, b.name))
    .flatMap((vip) => vip.members.filter((member) => member.name === node).map((self) => virtualRouter(self, vip)));
  return { version: 1, node, virtualRouters };
}

/** The one text of a document: same configuration, same bytes, one value a line so that a diff names what changed. */
export function renderAgentConfig(document: AgentConfigInput): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function virtualRouter(
  self: VirtualRouterPlan["members"][number],
  vip: VirtualRouterPlan,
): AgentConfigInput["virtualRouters"][number] {
  const peers = vip.members.filter((member) => member.name !== self.name);
  return {
    name: vip.name,
    protocol: "vrrp",
    virtualRouterId: vip.virtualRouterId,
    priority: self.priority,
    advertisementInterval: formatDuration(vip.advertisementIntervalMicros),
    preempt: vip.preempt,
    sourceAddress: self.address,
    // By name, not by priority: a changed priority must not reorder another node's document.
    peers: peers.toSorted((a, b) => compareNames(a.name, b.name)).map(({ address }) => address),
    addresses: [`${vip.address}/32`],
  };
}
