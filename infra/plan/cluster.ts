/** The whole cluster as one plain value: what the components then declare, and nothing they would have to think about. */
import { PEER_LINK_PORT } from "../../agent/config/peerLink.ts";
import type { DefaultsConfig, NodeConfig, StackConfig, VipConfig } from "../config/schema.ts";
import { allocationPool, defaultGateway, defaultNodeAddress, formatRange } from "./addresses.ts";
import { type AgentsPlan, agentConfig, renderAgentConfig } from "./agentConfig.ts";
import { type AllowedPair, allowedPairs } from "./allowedPairs.ts";
import { deriveKey } from "./derivedKey.ts";
import { formatIpv4, type Ipv4Network, parseCidr } from "./ipv4.ts";
import { compareNames } from "./names.ts";
import { electorate, type Member } from "./priorities.ts";
import { rolloutOrder } from "./rollout.ts";
import { type SecurityRule, securityRules } from "./securityRules.ts";
import { shownConfig } from "./shownConfig.ts";
import { planVirtualRouter, type VirtualRouterPlan } from "./virtualRouter.ts";

/** The private network and its way out. */
export interface NetworkPlan {
  readonly name: string;
  readonly cidr: string;
  /** The router's address on it; absent when there is no way out and so no gateway. */
  readonly gateway?: string;
  /** Addresses the cloud may use by itself. */
  readonly pool: { readonly start: string; readonly end: string };
  readonly dhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly mtu?: number;
  readonly vlan?: number;
  /** Name of the network with public addresses. */
  readonly externalNetwork?: string;
}

/** One VIP. */
export interface VipPlan {
  readonly name: string;
  readonly address: string;
  /** All its addresses on the private network, the shared one first. */
  readonly networkAddresses: readonly string[];
  readonly protocol: VirtualRouterPlan["protocol"];
  readonly virtualRouterId: number;
  /** Who may hold it, with their addresses on the network, the master-to-be first. */
  readonly members: readonly (Member & { readonly address: string })[];
  /** Whether it answers with the virtual router's MAC instead of the node's. */
  readonly virtualMac: boolean;
  /** The node that holds it while all are well. */
  readonly masterToBe: string;
  /** The external network its public address is taken from; absent: it has none. */
  readonly floatingIpPool?: string;
}

/** One node. */
export interface NodePlan {
  readonly name: string;
  readonly address: string;
  readonly flavor: string;
  readonly imageId: string;
  readonly availabilityZone?: string;
  /** VIPs its port may speak for. */
  readonly allowedPairs: readonly AllowedPair[];
  /** Text of its agent.json. Secret. */
  readonly agentConfig: string;
  /** The same with its secrets as fingerprints, for a preview to show. */
  readonly shownAgentConfig: string;
}

/** The cluster. */
export interface ClusterPlan {
  readonly network: NetworkPlan;
  readonly serverGroupPolicy: DefaultsConfig["serverGroupPolicy"];
  readonly securityRules: readonly SecurityRule[];
  /** By name. */
  readonly vips: readonly VipPlan[];
  /** In the order in which running ones are changed: backups first. */
  readonly nodes: readonly NodePlan[];
}

/**
 * Plans a cluster.
 * @param config a configuration that `loadConfig` found good
 * @param prefix names what has no name of its own
 * @param seed what the agents' keys are derived from. Secret
 */
export function planCluster(config: StackConfig, prefix: string, seed: string): ClusterPlan {
  const { defaults, services, ssh, metrics, peerLink } = config;
  const cidr = checkedNetwork(config.network.cidr);
  const nodes = Object.entries(config.nodes).map(([name, node]): ConfiguredNode => {
    const address = formatIpv4(node.address ?? defaultNodeAddress(cidr, name));
    return { ...defaults, ...node, name, address };
  });
  const voters = nodes.map(({ name, address, priority }) => ({ name, address, priority }));
  const elections = Object.entries(config.vips)
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, vip]) => ({ vip, election: planVirtualRouter(name, vip, electorate(voters, vip)) }));
  const vips = elections.map(({ vip, election }) => planVip(vip, election, defaults.externalNetwork));
  const agents = planAgents(
    config,
    elections.map(({ election }) => election),
    deriveKey(seed, "peer link", [prefix], KEY_BYTES),
  );
  const fingerprintKey = deriveKey(seed, "fingerprints", [prefix], KEY_BYTES);
  return {
    network: planNetwork(config, cidr, prefix),
    serverGroupPolicy: defaults.serverGroupPolicy,
    securityRules: securityRules(ssh.allowFrom, services, {
      ...(peerLink.enabled ? { peerLinkPort: peerLink.port ?? PEER_LINK_PORT } : {}),
      ...(metrics === undefined ? {} : { metrics }),
    }),
    vips,
    nodes: rolloutOrder(nodes, vips).map((node) => planNode(node, vips, agents, fingerprintKey)),
  };
}

const KEY_BYTES = 32;

/** A node with its own words over the defaults, and its address settled. */
type ConfiguredNode = Omit<NodeConfig & DefaultsConfig, "address"> & {
  readonly name: string;
  readonly address: string;
};

function planVip(vip: VipConfig, election: VirtualRouterPlan, externalNetwork: string | undefined): VipPlan {
  const { name, protocol, virtualRouterId, members } = election;
  const pool = vip.public === undefined ? undefined : (vip.public.floatingIp.pool ?? externalNetwork);
  const local = vip.alias.filter((alias) => alias.interface === undefined);
  return {
    name,
    address: formatIpv4(vip.address),
    networkAddresses: [vip, ...local].map(({ address }) => formatIpv4(address)),
    protocol,
    virtualRouterId,
    members,
    virtualMac: vip.virtualMac === true,
    masterToBe: checked(members[0]?.name, `a member of VIP "${name}"`),
    ...(pool === undefined ? {} : { floatingIpPool: pool }),
  };
}

function planAgents(
  { checks, syncGroups, states, peerLink, metrics, logFacility }: StackConfig,
  vips: readonly VirtualRouterPlan[],
  peerLinkKey: Buffer,
): AgentsPlan {
  const { enabled, ...settings } = peerLink;
  return {
    vips,
    checks,
    syncGroups,
    ...(enabled ? { peerLink: { ...settings, key: peerLinkKey.toString("hex") } } : {}),
    ...(states === undefined ? {} : { states }),
    ...(metrics === undefined ? {} : { metricsPort: metrics.port }),
    ...(logFacility === undefined ? {} : { logFacility }),
  };
}

function planNode(
  node: ConfiguredNode,
  vips: readonly VipPlan[],
  agents: AgentsPlan,
  fingerprintKey: Buffer,
): NodePlan {
  const { name, address, flavor, imageId, availabilityZone } = node;
  const document = agentConfig(name, address, agents);
  return {
    name,
    address,
    flavor: checked(flavor, `a flavor for node "${name}"`),
    imageId: checked(imageId, `an image for node "${name}"`),
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    allowedPairs: allowedPairs(name, vips),
    agentConfig: renderAgentConfig(document),
    shownAgentConfig: renderAgentConfig(shownConfig(document, fingerprintKey)),
  };
}

function planNetwork({ network, defaults }: StackConfig, cidr: Ipv4Network, prefix: string): NetworkPlan {
  const { externalNetwork } = defaults;
  const gateway = formatIpv4(network.gateway ?? defaultGateway(cidr));
  return {
    name: network.name ?? prefix,
    cidr: network.cidr,
    pool: formatRange(allocationPool(cidr)),
    dhcp: network.dhcp,
    dnsNameservers: network.dnsNameservers.map(formatIpv4),
    ...(network.mtu === undefined ? {} : { mtu: network.mtu }),
    ...(network.vlan === undefined ? {} : { vlan: network.vlan }),
    ...(externalNetwork === undefined ? {} : { externalNetwork, gateway }),
  };
}

function checkedNetwork(cidr: string): Ipv4Network {
  return checked(parseCidr(cidr), `an IPv4 network in "${cidr}"`);
}

/** What the configuration's rules have made sure of. */
function checked<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new RangeError(`there is no ${what}: the configuration was not checked`);
  return value;
}
