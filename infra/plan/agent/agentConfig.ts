/** Renders a node's agent.json: its own view of every virtual router it takes part in. It holds secrets. */
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { StackConfig } from "../../schema/schema.ts";
import { compareNames } from "../../values/names.ts";
import { type OvhPlan, ovhDocument } from "./cloudAccess.ts";
import type { CloudFacts } from "./cloudFacts.ts";
import { type VirtualRouterPlan, virtualRouterDocument } from "./virtualRouter.ts";

/** The agents' connections to each other, as every node has them. */
export type PeerLinkPlan = Omit<NonNullable<AgentConfigInput["peerLink"]>, "listen" | "peers">;

/** Everything that the nodes' documents are made from. */
export interface AgentsPlan {
  readonly vips: readonly VirtualRouterPlan[];
  /** Checks that VIPs share; every node runs them. */
  readonly checks: NonNullable<AgentConfigInput["checks"]>;
  /** VIPs by the name of their group. */
  readonly syncGroups: Readonly<Record<string, readonly string[]>>;
  /** The same on every node. */
  readonly states?: NonNullable<StackConfig["states"]>;
  /** Keys the digests of the nodes' configurations. Secret, in hexadecimal. */
  readonly digestKey: string;
  /** Absent: the agents know each other by their protocol alone. */
  readonly peerLink?: PeerLinkPlan;
  readonly metricsPort?: number;
  /** For failover IPs. Holds secrets. */
  readonly ovh?: OvhPlan;
  /** For floating IPs that agents move. Holds a secret. */
  readonly openstack?: NonNullable<AgentConfigInput["openstack"]>;
  readonly logFacility?: NonNullable<AgentConfigInput["logFacility"]>;
}

/**
 * The document of one node.
 *
 * It holds the node's own priority and the addresses of its peers, not their priorities: changing one node's priority
 * changes that node's document and no other.
 * @param address the node's own, on the private network
 */
export function agentConfig(node: string, address: string, plan: AgentsPlan, facts: CloudFacts): AgentConfigInput {
  const vips = plan.vips
    .filter(({ members }) => members.some(({ name }) => name === node))
    .toSorted((a, b) => compareNames(a.name, b.name));
  const virtualRouters = vips.flatMap((vip) =>
    vip.members.filter(({ name }) => name === node).map((self) => virtualRouterDocument(self, vip, facts)),
  );
  const checks = Object.assign({}, plan.checks, ...vips.map(({ tracking }) => tracking.checks)) as AgentsPlan["checks"];
  const syncGroups = syncGroupsOf(plan.syncGroups, vips);
  return {
    version: 1,
    node,
    digestKey: plan.digestKey,
    virtualRouters,
    ...(Object.keys(checks).length === 0 ? {} : { checks }),
    ...(syncGroups.length === 0 ? {} : { syncGroups }),
    ...(plan.states === undefined ? {} : { states: plan.states }),
    ...(plan.peerLink === undefined ? {} : { peerLink: peerLinkOf(node, address, plan.peerLink, vips, facts) }),
    ...cloudsOf(facts.nodes.get(node) ?? address, plan, vips, facts),
    ...(plan.metricsPort === undefined ? {} : { metrics: { listen: address, port: plan.metricsPort } }),
    ...(plan.logFacility === undefined ? {} : { logFacility: plan.logFacility }),
  };
}

/** The one text of a document: same configuration, same bytes, one value a line so that a diff names what changed. */
export function renderAgentConfig(document: AgentConfigInput): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The groups that the node's VIPs are in; the members of a group are on the same nodes. */
function syncGroupsOf(
  groups: AgentsPlan["syncGroups"],
  vips: readonly VirtualRouterPlan[],
): NonNullable<AgentConfigInput["syncGroups"]> {
  const taken = new Set(vips.map(({ name }) => name));
  return Object.entries(groups)
    .filter(([, members]) => members.every((member) => taken.has(member)))
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, members]) => ({ name, members: members.toSorted(compareNames) }));
}

/** The APIs by which this node's public addresses are moved, and no others: their credentials lie on the node. */
function cloudsOf(
  source: string,
  { ovh, openstack }: AgentsPlan,
  vips: readonly VirtualRouterPlan[],
  facts: CloudFacts,
): Pick<AgentConfigInput, "ovh" | "openstack"> {
  const has = (kind: VirtualRouterPlan["public"]["kind"]) => vips.some((vip) => vip.public.kind === kind);
  return {
    ...(ovh === undefined || !has("failoverIp") ? {} : { ovh: ovhDocument(ovh, source, facts) }),
    ...(openstack === undefined || !has("movedFloatingIp") ? {} : { openstack: { ...openstack, source } }),
  };
}

/** Peers are the nodes that it shares a VIP with, by name; where both have one, they meet by their public addresses as well. */
function peerLinkOf(
  node: string,
  address: string,
  settings: PeerLinkPlan,
  vips: readonly VirtualRouterPlan[],
  facts: CloudFacts,
): NonNullable<AgentConfigInput["peerLink"]> {
  const withPublic = (name: string, own: string): string[] => {
    const outside = facts.nodes.get(name);
    return outside === undefined ? [own] : [own, outside];
  };
  const addresses = new Map(vips.flatMap(({ members }) => members.map((member) => [member.name, member.address])));
  const peers = [...addresses]
    .filter(([name]) => name !== node)
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, path]) => ({ node: name, paths: withPublic(name, path) }));
  return { listen: withPublic(node, address), ...settings, peers };
}
