/** A cluster of edge nodes that share virtual IPs. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { CloudFacts } from "../plan/agent/cloudFacts.ts";
import type { ClusterPlan, NodePlan, VipPlan } from "../plan/cluster.ts";
import { deriveHostKeys } from "../plan/host/hostKey.ts";
import type { AgentRelease } from "../stackFile/release.ts";
import type { SshAccess } from "../stackFile/sshAccess.ts";
import { AgentAccount } from "./agentAccount.ts";
import { AgentDeployment } from "./agentDeployment.ts";
import { connectionTo } from "./connection.ts";
import { EdgeNode, type NodeOutput, nodeOutput } from "./edgeNode.ts";
import type { FailoverIpSite } from "./failoverIp.ts";
import { HostKeyReplacement } from "./hostKeyReplacement.ts";
import { PrivateNetwork } from "./privateNetwork.ts";
import { PublicPort } from "./publicPort.ts";
import { sealing } from "./sealing.ts";
import { SecurityGroup } from "./securityGroup.ts";
import { type VipOutput, VirtualIp, vipOutput } from "./virtualIp.ts";

/** Arguments of a cluster. */
export interface EdgeClusterArgs {
  /** Stands before the name of everything in the cloud. */
  readonly prefix: string;
  readonly plan: ClusterPlan;
  readonly ssh: SshAccess;
  /** The agent to run on every node. */
  readonly release: AgentRelease;
}

/** The network, the VIPs, the nodes and the agents on them. */
export class EdgeCluster extends pulumi.ComponentResource {
  readonly vips: pulumi.Output<Readonly<Record<string, VipOutput>>>;
  readonly nodes: pulumi.Output<Readonly<Record<string, NodeOutput>>>;
  readonly agent: pulumi.Output<{ readonly version: string; readonly sha256: string }>;

  constructor(name: string, args: EdgeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, prefix, release } = args;
    const { secretTexts } = plan;
    super(
      "vip-failover:infra:EdgeCluster",
      name,
      {},
      { ...opts, transformations: [...(opts?.transformations ?? []), sealing(secretTexts)] },
    );
    for (const warning of plan.warnings) void pulumi.log.warn(warning, this);
    const network = new PrivateNetwork(`${name}-network`, { plan: plan.network, secretTexts }, { parent: this });
    const vips = plan.vips.map((vip) => {
      const vipArgs = { plan: vip, physicalName: `${prefix}-vip-${vip.name}`, network, site: siteOf(vip, plan) };
      return { vip, made: new VirtualIp(`${name}-vip-${vip.name}`, vipArgs, { parent: this }) };
    });
    const common = this.common(name, args, network);
    const nodes = this.makeNodes(name, args, common, this.facts(name, args, vips, common));
    this.vips = pulumi.output(
      Object.fromEntries(vips.map(({ vip, made }) => [vip.name, vipOutput(vip, made, secretTexts)])),
    );
    this.nodes = pulumi.output(
      Object.fromEntries(nodes.map(({ node, made }) => [node.name, nodeOutput(node, made, secretTexts)])),
    );
    this.agent = pulumi.output({ version: release.version, sha256: release.sha256 });
    this.registerOutputs({ vips: this.vips, nodes: this.nodes, agent: this.agent });
  }

  private common(name: string, { plan, prefix, ssh }: EdgeClusterArgs, network: PrivateNetwork): Common {
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
    const publicPorts = this.publicPorts(name, { plan, prefix }, group);
    return { network, group, serverGroupId: serverGroup.id, keyPairName: keyPair.name, publicPorts };
  }

  /** By node; none where the cluster stays off the external network. */
  private publicPorts(
    name: string,
    { plan, prefix }: Pick<EdgeClusterArgs, "plan" | "prefix">,
    { groupId: securityGroupId }: SecurityGroup,
  ): ReadonlyMap<string, PublicPort> {
    if (plan.publicNetwork === undefined) return new Map();
    const network = { name: plan.publicNetwork, external: true };
    const { id: networkId } = openstack.networking.getNetworkOutput(network, { parent: this });
    const portOf = ({ name: node }: NodePlan) => {
      const args = { physicalName: `${prefix}-${node}-public`, networkId, securityGroupId };
      return new PublicPort(`${name}-${node}-public-port`, args, { parent: this });
    };
    return new Map(plan.nodes.map((node) => [node.name, portOf(node)]));
  }

  /**
   * One node after the other, backups first: each is in service before the next is made, or stopped to be made anew, so
   * that a cluster loses one node at a time, and a node that does not come up stops all. It also leaves the cloud in peace
   * that looks late whether anti-affinity holds: two nodes that are made at once could push each other off every host.
   */
  private makeNodes(
    name: string,
    { plan, prefix, ssh, release }: EdgeClusterArgs,
    common: Common,
    facts: pulumi.Output<CloudFacts>,
  ): readonly MadeNode[] {
    const managementPool = plan.management === "floatingIp" ? plan.network.externalNetwork : undefined;
    let after: readonly pulumi.Resource[] = [];
    return plan.nodes.map((node) => {
      const hostKeys = deriveHostKeys(ssh.hostKeySeed, [prefix, node.name]);
      const made = new EdgeNode(
        `${name}-${node.name}`,
        {
          plan: node,
          physicalName: `${prefix}-${node.name}`,
          network: common.network,
          securityGroupId: common.group.groupId,
          serverGroupId: common.serverGroupId,
          keyPairName: common.keyPairName,
          hostKey: hostKeys.first,
          managementPool,
          publicPort: common.publicPorts.get(node.name),
          secretTexts: plan.secretTexts,
          after,
        },
        { parent: this },
      );
      const host = plan.management === "private" ? node.address : (made.publicAddress ?? node.address);
      const document = facts.apply((known) => node.document(known));
      const connection = connectionTo(ssh, host, hostKeys.permanent.publicKey);
      const { confirmed } = new HostKeyReplacement(
        `${name}-${node.name}-host-key`,
        {
          first: connectionTo(ssh, host, hostKeys.first.publicKey),
          permanent: connection,
          privateKey: hostKeys.permanent.privateKey,
          instanceId: made.instanceId,
          reachableAfter: common.group.rules,
        },
        { parent: made },
      );
      const { installed } = new AgentDeployment(
        `${name}-${node.name}-agent`,
        {
          connection,
          instanceId: made.instanceId,
          release,
          agentConfig: document.text,
          shownAgentConfig: pulumi.unsecret(document.shown),
          reachableAfter: [confirmed],
        },
        { parent: made },
      );
      after = [installed];
      return { node, made };
    });
  }

  /** What the documents need to know of the cloud's making. */
  private facts(
    name: string,
    { plan, prefix }: EdgeClusterArgs,
    vips: readonly { readonly vip: VipPlan; readonly made: VirtualIp }[],
    { publicPorts }: Common,
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
    const known = pulumi.output({
      nodes: Array.from(publicPorts, ([node, { address }]) => ({ name: node, address })),
      floatingIps: moved.map(({ vip, made }) => ({ name: vip.name, address: made.publicAddress })),
      account,
    });
    return known.apply(
      ({ nodes, floatingIps, account: given }): CloudFacts => ({
        nodes: addressesByName(nodes),
        floatingIps: addressesByName(floatingIps),
        ...(given === undefined ? {} : { account: given }),
      }),
    );
  }
}

/** What all nodes have in common. */
interface Common {
  readonly network: PrivateNetwork;
  readonly group: SecurityGroup;
  readonly serverGroupId: pulumi.Output<string>;
  readonly keyPairName: pulumi.Output<string>;
  readonly publicPorts: ReadonlyMap<string, PublicPort>;
}

interface MadeNode {
  readonly node: NodePlan;
  readonly made: EdgeNode;
}

/** Those that are there. */
function addressesByName(
  entries: readonly { readonly name: string; readonly address: string | undefined }[],
): ReadonlyMap<string, string> {
  return new Map(entries.flatMap(({ name, address }) => (address === undefined ? [] : [[name, address]])));
}

/** OVH's project, with the flavors of the nodes that may hold a VIP; undefined for a stack without one. */
function siteOf({ members }: VipPlan, { ovh, nodes, secretTexts }: ClusterPlan): FailoverIpSite | undefined {
  if (ovh === undefined) return undefined;
  const holders = nodes.filter(({ name }) => members.some((member) => member.name === name));
  const flavors = [...new Set(holders.map(({ flavor }) => flavor))];
  return { project: ovh.project, region: ovh.region, flavors, secretTexts };
}
