/** A cluster of edge nodes that share virtual IPs. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { AgentRelease } from "../config/release.ts";
import type { SshAccess } from "../config/sshAccess.ts";
import type { CloudFacts } from "../plan/cloudFacts.ts";
import type { ClusterPlan, NodePlan, VipPlan } from "../plan/cluster.ts";
import { deriveHostKey, type HostKey } from "../plan/hostKey.ts";
import { AgentAccount } from "./agentAccount.ts";
import { AgentDeployment } from "./agentDeployment.ts";
import { connectionTo } from "./connection.ts";
import { EdgeNode } from "./edgeNode.ts";
import type { FailoverIpSite } from "./failoverIp.ts";
import { PrivateNetwork } from "./privateNetwork.ts";
import { SecurityGroup } from "./securityGroup.ts";
import { VirtualIp } from "./virtualIp.ts";

/** Arguments of a cluster. */
export interface EdgeClusterArgs {
  /** Stands before the name of everything in the cloud. */
  readonly prefix: string;
  readonly plan: ClusterPlan;
  readonly ssh: SshAccess;
  /** The agent to run on every node. */
  readonly release: AgentRelease;
}

/** A VIP as other stacks and scripts read it. */
export interface VipOutput {
  readonly address: string;
  /** Absent when the VIP has no public address. */
  readonly publicAddress?: string;
  /** The port that holds the address. */
  readonly portId: string;
  readonly protocol: string;
  readonly virtualRouterId: number;
  /** Who may hold it, from the highest priority to the lowest; of CARP a priority is 254 less the skew. */
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly priority: number }[];
  /** The node that holds it while all are well, if the VIP preempts. Who holds it now only the agents know. */
  readonly masterToBe: string;
}

/** A node as other stacks and scripts read it. */
export interface NodeOutput {
  /** The machine's id in the cloud. */
  readonly id: string;
  /** On the private network. */
  readonly address: string;
  /** To manage it by; absent when it is managed over the private network. */
  readonly publicAddress?: string;
}

/** The network, the VIPs, the nodes and the agents on them. */
export class EdgeCluster extends pulumi.ComponentResource {
  readonly vips: pulumi.Output<Readonly<Record<string, VipOutput>>>;
  readonly nodes: pulumi.Output<Readonly<Record<string, NodeOutput>>>;
  readonly agent: pulumi.Output<{ readonly version: string; readonly sha256: string }>;

  constructor(name: string, args: EdgeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:EdgeCluster", name, {}, opts);
    const { plan, prefix, release } = args;
    const network = new PrivateNetwork(`${name}-network`, { plan: plan.network }, { parent: this });
    const vips = plan.vips.map((vip) => {
      const vipArgs = { plan: vip, physicalName: `${prefix}-vip-${vip.name}`, network, site: siteOf(vip, plan) };
      return { vip, made: new VirtualIp(`${name}-vip-${vip.name}`, vipArgs, { parent: this }) };
    });
    const nodes = this.makeNodes(name, args, network);
    this.deploy(name, args, nodes, this.facts(name, args, vips, nodes));
    this.vips = pulumi.output(Object.fromEntries(vips.map(({ vip, made }) => [vip.name, vipOutput(vip, made)])));
    this.nodes = pulumi.output(Object.fromEntries(nodes.map(({ node, made }) => [node.name, nodeOutput(node, made)])));
    this.agent = pulumi.output({ version: release.version, sha256: release.sha256 });
    this.registerOutputs({ vips: this.vips, nodes: this.nodes, agent: this.agent });
  }

  private makeNodes(
    name: string,
    { plan, prefix, ssh }: EdgeClusterArgs,
    network: PrivateNetwork,
  ): readonly MadeNode[] {
    const group = new SecurityGroup(
      `${name}-security-group`,
      { physicalName: prefix, rules: plan.securityRules },
      { parent: this },
    );
    const serverGroup = new openstack.compute.ServerGroup(
      `${name}-server-group`,
      { name: prefix, policies: [plan.serverGroupPolicy] },
      { parent: this },
    );
    const keyPair = new openstack.compute.Keypair(
      `${name}-key-pair`,
      { name: prefix, publicKey: ssh.publicKey },
      // A key pair is known by its name: there cannot be two.
      { parent: this, deleteBeforeReplace: true },
    );
    const managementPool = plan.management === "floatingIp" ? plan.network.externalNetwork : undefined;
    const publicNetworkId =
      plan.publicNetwork === undefined
        ? undefined
        : openstack.networking.getNetworkOutput({ name: plan.publicNetwork, external: true }, { parent: this }).id;
    return plan.nodes.map((node) => {
      const hostKey = deriveHostKey(ssh.hostKeySeed, [prefix, node.name]);
      const made = new EdgeNode(
        `${name}-${node.name}`,
        {
          plan: node,
          physicalName: `${prefix}-${node.name}`,
          network,
          securityGroupId: group.groupId,
          serverGroupId: serverGroup.id,
          keyPairName: keyPair.name,
          hostKey,
          managementPool,
          publicNetworkId,
        },
        { parent: this },
      );
      return { node, made, hostKey, reachableAfter: group.rules };
    });
  }

  /** What the documents need to know of the cloud's making. */
  private facts(
    name: string,
    { plan, prefix }: EdgeClusterArgs,
    vips: readonly { readonly vip: VipPlan; readonly made: VirtualIp }[],
    nodes: readonly MadeNode[],
  ): pulumi.Output<CloudFacts> {
    const { ovh } = plan;
    const isNeeded = ovh?.credentials === "create" && plan.publicNetwork !== undefined;
    const account = isNeeded
      ? new AgentAccount(
          `${name}-agent-account`,
          { physicalName: `${prefix}-agents`, project: ovh.project, partition: ovh.partition },
          { parent: this },
        ).credentials
      : undefined;
    const moved = vips.filter(({ vip }) => vip.public.kind === "movedFloatingIp");
    return pulumi.output({
      nodes: byName(nodes.map(({ node, made }) => [node.name, made.ownPublicAddress])),
      floatingIps: byName(moved.map(({ vip, made }) => [vip.name, made.publicAddress])),
      ...(account === undefined ? {} : { account }),
    });
  }

  private deploy(
    name: string,
    { plan, ssh, release }: EdgeClusterArgs,
    nodes: readonly MadeNode[],
    facts: pulumi.Output<CloudFacts>,
  ): void {
    let installAfter: AgentDeployment | undefined;
    for (const { node, made, hostKey, reachableAfter } of nodes) {
      const document = facts.apply((known) => node.document(known));
      const host = plan.management === "private" ? node.address : (made.publicAddress ?? node.address);
      installAfter = new AgentDeployment(
        `${name}-${node.name}-agent`,
        {
          connection: connectionTo(ssh, host, hostKey.publicKey),
          instanceId: made.instanceId,
          release,
          agentConfig: document.text,
          shownAgentConfig: pulumi.unsecret(document.shown),
          reachableAfter,
          installAfter,
        },
        { parent: made },
      );
    }
  }
}

/** A node with what its agent's deployment needs. */
interface MadeNode {
  readonly node: NodePlan;
  readonly made: EdgeNode;
  readonly hostKey: HostKey;
  readonly reachableAfter: readonly pulumi.Resource[];
}

/** Those that are there. */
function byName(
  entries: readonly (readonly [string, pulumi.Output<string> | undefined])[],
): Readonly<Record<string, pulumi.Output<string>>> {
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** OVH's project, with the flavors of the nodes that may hold a VIP; undefined for a stack without one. */
function siteOf({ members }: VipPlan, { ovh, nodes }: ClusterPlan): FailoverIpSite | undefined {
  if (ovh === undefined) return undefined;
  const holders = nodes.filter(({ name }) => members.some((member) => member.name === name));
  return { project: ovh.project, region: ovh.region, flavors: [...new Set(holders.map(({ flavor }) => flavor))] };
}

function vipOutput(plan: VipPlan, made: VirtualIp): pulumi.Output<VipOutput> {
  const { address, protocol, virtualRouterId, members, masterToBe } = plan;
  return pulumi.output({
    address,
    ...(made.publicAddress === undefined ? {} : { publicAddress: made.publicAddress }),
    portId: made.portId,
    protocol,
    virtualRouterId,
    nodes: members,
    masterToBe,
  });
}

function nodeOutput(plan: NodePlan, made: EdgeNode): pulumi.Output<NodeOutput> {
  return pulumi.output({
    id: made.instanceId,
    address: plan.address,
    ...(made.publicAddress === undefined ? {} : { publicAddress: made.publicAddress }),
  });
}
