/** The whole cluster as one plain value: what the components then declare, and nothing they would have to think about. */
import { PEER_LINK_PORT } from "../../agent/config/schema/peerLink.ts";
import type { DefaultsConfig, NodeConfig, StackConfig, VipConfig } from "../schema/schema.ts";
import { defaultNodeAddress } from "../values/addresses.ts";
import { deriveKey } from "../values/derivedKey.ts";
import { contains, formatIpv4, type Ipv4Network, parseCidr } from "../values/ipv4.ts";
import { compareNames } from "../values/names.ts";
import { electorate, type Member } from "../values/priorities.ts";
import { NO_SECRET_TEXTS, type SecretTexts } from "../values/secretTexts.ts";
import { type AgentsPlan, agentConfig, renderAgentConfig } from "./agent/agentConfig.ts";
import { AgentKeys } from "./agent/agentKeys.ts";
import { type OvhPlan, planOpenstack, planOvh } from "./agent/cloudAccess.ts";
import type { CloudFacts } from "./agent/cloudFacts.ts";
import { demotionWarnings } from "./agent/demotions.ts";
import { type PublicPlan, planPublic } from "./agent/publicAddress.ts";
import { type Redaction, shownConfig } from "./agent/shownConfig.ts";
import { planVirtualRouter, type VirtualRouterPlan } from "./agent/virtualRouter.ts";
import { foldWarnings } from "./agent/warnings.ts";
import { type AllowedPair, allowedPairs } from "./allowedPairs.ts";
import { type NetworkPlan, planNetwork } from "./network.ts";
import { hasPublicPorts, type Management, managementOf } from "./reach.ts";
import { rolloutOrder } from "./rollout.ts";
import { type SecurityRule, securityRules } from "./securityRules.ts";

/** One VIP. */
export interface VipPlan {
  readonly name: string;
  readonly address: string;
  /** All its addresses on the private network, the shared one first. */
  readonly networkAddresses: readonly string[];
  /** Addresses of a routed block that are announced there. */
  readonly routedAddresses: readonly string[];
  readonly protocol: VirtualRouterPlan["protocol"];
  readonly virtualRouterId: number;
  /** Who may hold it, with their addresses on the network, the master-to-be first. */
  readonly members: readonly (Member & { readonly address: string })[];
  /** Whether it answers with the virtual router's MAC instead of the node's. */
  readonly virtualMac: boolean;
  /** The node that holds it while all are well. */
  readonly masterToBe: string;
  readonly public: PublicPlan;
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
  /** Its agent.json, once it is known what the cloud gave the cluster. */
  readonly document: (facts: CloudFacts) => RenderedDocument;
}

/** A node's agent.json. */
export interface RenderedDocument {
  /** Secret. */
  readonly text: string;
  /** The same with its secrets as fingerprints, for a preview to show. */
  readonly shown: string;
}

/** The cluster. */
export interface ClusterPlan {
  readonly network: NetworkPlan;
  /** Name of the external network on which every node has a port of its own; absent: none has. */
  readonly publicNetwork?: string;
  readonly management: Management;
  /** Absent: the stack has nothing to do with OVH's API. */
  readonly ovh?: OvhPlan;
  readonly serverGroupPolicy: DefaultsConfig["serverGroupPolicy"];
  readonly securityRules: readonly SecurityRule[];
  /** By name. */
  readonly vips: readonly VipPlan[];
  /** In the order in which running ones are changed: backups first. */
  readonly nodes: readonly NodePlan[];
  /** What an operator should know of it before it happens. Nothing secret is in it. */
  readonly warnings: readonly string[];
  /** What the operator encrypted, and no preview or state may show. */
  readonly secretTexts: SecretTexts;
}

/**
 * Plans a cluster.
 * @param config a configuration that `loadConfig` found good
 * @param prefix names what has no name of its own
 * @param seed what the agents' keys are derived from. Secret
 * @param secretTexts what is encrypted in the stack's file
 */
export function planCluster(
  config: StackConfig,
  prefix: string,
  seed: string,
  secretTexts: SecretTexts = NO_SECRET_TEXTS,
): ClusterPlan {
  const { defaults, services, ssh, metrics, peerLink } = config;
  const cidr = checkedNetwork(config.network.cidr);
  const nodes = Object.entries(config.nodes).map(([name, node]): ConfiguredNode => {
    const address = formatIpv4(node.address ?? defaultNodeAddress(cidr, name));
    return { ...defaults, ...node, name, address };
  });
  const voters = nodes.map(({ name, address, priority }) => ({ name, address, priority }));
  const agentKeys = new AgentKeys(config.agentKeys, seed, prefix);
  const elections = Object.entries(config.vips)
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, vip]) => {
      const reached = planPublic(vip.public, defaults.externalNetwork);
      return { vip, election: planVirtualRouter(name, vip, electorate(voters, vip), reached, agentKeys) };
    });
  const vips = elections.map(({ vip, election }) => planVip(vip, election, cidr));
  const ovh = planOvh(config);
  const openstack = planOpenstack(config);
  const agents: AgentsPlan = {
    ...planAgents(
      config,
      elections.map(({ election }) => election),
      agentKeys,
    ),
    digestKey: deriveKey(seed, "configuration digest", [prefix], KEY_BYTES).toString("hex"),
    ...(ovh === undefined ? {} : { ovh }),
    ...(openstack === undefined ? {} : { openstack }),
  };
  const reached = { via: ssh.via, publics: Object.values(config.vips).map((vip) => vip.public) };
  const shown = { fingerprintKey: deriveKey(seed, "fingerprints", [prefix], KEY_BYTES), secretTexts };
  return {
    network: planNetwork(config, cidr, prefix, reached),
    ...(hasPublicPorts(reached)
      ? { publicNetwork: checked(defaults.externalNetwork, "an external network for the nodes' ports") }
      : {}),
    management: managementOf(reached),
    ...(ovh === undefined ? {} : { ovh }),
    serverGroupPolicy: defaults.serverGroupPolicy,
    securityRules: securityRules(ssh.allowFrom, services, {
      ...(peerLink.enabled ? { peerLinkPort: peerLink.port ?? PEER_LINK_PORT } : {}),
      ...(metrics === undefined ? {} : { metrics }),
    }),
    vips,
    nodes: rolloutOrder(nodes, vips).map((node) => planNode(node, vips, agents, shown)),
    warnings: [
      ...foldWarnings(
        elections.flatMap(({ vip, election: { name, members } }) =>
          demotionWarnings(name, vip, members, config.states),
        ),
      ),
      ...agentKeys.warnings(elections.filter(({ vip }) => saysNothingOfKeys(vip)).map(({ election }) => election.name)),
    ].map((warning) => secretTexts.redact(warning)),
    secretTexts,
  };
}

const KEY_BYTES = 32;

/** A node with its own words over the defaults, and its address settled. */
type ConfiguredNode = Omit<NodeConfig & DefaultsConfig, "address"> & {
  readonly name: string;
  readonly address: string;
};

function saysNothingOfKeys({ protocol, authentication }: VipConfig): boolean {
  if (protocol !== "vrrp" || typeof authentication === "string") return false;
  return authentication?.keys === undefined && authentication?.mode === undefined;
}

function planVip(vip: VipConfig, election: VirtualRouterPlan, network: Ipv4Network): VipPlan {
  const { name, protocol, virtualRouterId, members } = election;
  const local = vip.alias.filter((alias) => alias.interface === undefined);
  const own = [vip, ...local].map(({ address }) => address);
  const { routed } = vip.public ?? {};
  const added = routed === undefined || own.includes(routed) ? [] : [routed];
  return {
    name,
    address: formatIpv4(vip.address),
    networkAddresses: [...own, ...added.filter((address) => contains(network, address))].map(formatIpv4),
    routedAddresses: added.filter((address) => !contains(network, address)).map(formatIpv4),
    protocol,
    virtualRouterId,
    members,
    virtualMac: vip.virtualMac === true,
    masterToBe: checked(members[0]?.name, `a member of VIP "${name}"`),
    public: election.public,
  };
}

function planAgents(
  { checks, syncGroups, states, peerLink, metrics, logFacility }: StackConfig,
  vips: readonly VirtualRouterPlan[],
  agentKeys: AgentKeys,
): Omit<AgentsPlan, "digestKey"> {
  const { enabled, ...settings } = peerLink;
  return {
    vips,
    checks,
    syncGroups,
    ...(enabled ? { peerLink: { ...settings, ...agentKeys.peerLink() } } : {}),
    ...(states === undefined ? {} : { states }),
    ...(metrics === undefined ? {} : { metricsPort: metrics.port }),
    ...(logFacility === undefined ? {} : { logFacility }),
  };
}

function planNode(node: ConfiguredNode, vips: readonly VipPlan[], agents: AgentsPlan, redaction: Redaction): NodePlan {
  const { name, address, flavor, imageId, availabilityZone } = node;
  return {
    name,
    address,
    flavor: checked(flavor, `a flavor for node "${name}"`),
    imageId: checked(imageId, `an image for node "${name}"`),
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    allowedPairs: allowedPairs(name, vips),
    document: (facts) => {
      const document = agentConfig(name, address, agents, facts);
      return { text: renderAgentConfig(document), shown: renderAgentConfig(shownConfig(document, redaction)) };
    },
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
