/** The whole cluster as one plain value: what the components then declare, and nothing they would have to think about. */
import type { DefaultsConfig, NodeConfig, StackConfig, VipConfig } from "../config/schema.ts";
import { allocationPool, defaultGateway, defaultNodeAddress, formatRange } from "./addresses.ts";
import { agentConfig, renderAgentConfig } from "./agentConfig.ts";
import { allowedAddresses } from "./allowedPairs.ts";
import { formatIpv4, type Ipv4Network, parseCidr } from "./ipv4.ts";
import { compareNames } from "./names.ts";
import { type Member, membersOf } from "./priorities.ts";
import { rolloutOrder } from "./rollout.ts";
import { type SecurityRule, securityRules } from "./securityRules.ts";

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
  readonly protocol: "vrrp";
  readonly virtualRouterId: number;
  readonly advertisementIntervalMicros: number;
  readonly preempt: boolean;
  /** Who may hold it, with their addresses on the network, the master-to-be first. */
  readonly members: readonly (Member & { readonly address: string })[];
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
  readonly allowedAddresses: readonly string[];
  /** Text of its agent.json. */
  readonly agentConfig: string;
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
 */
export function planCluster(config: StackConfig, prefix: string): ClusterPlan {
  const { defaults, services, ssh } = config;
  const cidr = checkedNetwork(config.network.cidr);
  const nodes = Object.entries(config.nodes).map(([name, node]): ConfiguredNode => {
    const address = formatIpv4(node.address ?? defaultNodeAddress(cidr, name));
    return { ...defaults, ...node, name, address };
  });
  const vips = Object.entries(config.vips)
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, vip]) => planVip(name, vip, nodes, defaults.externalNetwork));
  const order = rolloutOrder(nodes, vips);
  return {
    network: planNetwork(config, cidr, prefix),
    serverGroupPolicy: defaults.serverGroupPolicy,
    securityRules: securityRules(ssh.allowFrom, services),
    vips,
    nodes: order.map((node) => planNode(node, vips)),
  };
}

/** A node with its own words over the defaults, and its address settled. */
type ConfiguredNode = Omit<NodeConfig & DefaultsConfig, "address"> & {
  readonly name: string;
  readonly address: string;
};

function planVip(
  name: string,
  vip: VipConfig,
  nodes: readonly ConfiguredNode[],
  externalNetwork: string | undefined,
): VipPlan {
  const candidates = nodes.map(({ name, address, priority }) => ({ name, address, priority }));
  const members = membersOf(candidates, vip.priorities);
  const pool = vip.public === undefined ? undefined : (vip.public.floatingIp.pool ?? externalNetwork);
  return {
    name,
    address: formatIpv4(vip.address),
    protocol: vip.protocol,
    virtualRouterId: vip.virtualRouterId,
    advertisementIntervalMicros: vip.advertisementInterval,
    preempt: vip.preempt,
    members,
    masterToBe: checked(members[0]?.name, `a member of VIP "${name}"`),
    ...(pool === undefined ? {} : { floatingIpPool: pool }),
  };
}

function planNode(node: ConfiguredNode, vips: readonly VipPlan[]): NodePlan {
  const { name, address, flavor, imageId, availabilityZone } = node;
  return {
    name,
    address,
    flavor: checked(flavor, `a flavor for node "${name}"`),
    imageId: checked(imageId, `an image for node "${name}"`),
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    allowedAddresses: allowedAddresses(name, vips),
    agentConfig: renderAgentConfig(agentConfig(name, vips)),
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
