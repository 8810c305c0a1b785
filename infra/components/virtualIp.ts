/** A VIP's existence in the cloud: the port that holds its address and the public address that leads there. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { VipPlan } from "../plan/cluster.ts";
import type { SecretTexts } from "../values/secretTexts.ts";
import { type FailoverIpSite, failoverIpOf } from "./failoverIp.ts";
import type { PrivateNetwork } from "./privateNetwork.ts";
import { PublicAddress } from "./publicAddress.ts";
import { sealedOutput } from "./sealing.ts";

/** Arguments of a virtual IP. */
export interface VirtualIpArgs {
  readonly plan: VipPlan;
  /** Name of the port in the cloud. */
  readonly physicalName: string;
  readonly network: PrivateNetwork;
  /** Where a failover IP is looked up, and what must be able to have it. */
  readonly site: FailoverIpSite | undefined;
}

/**
 * A port that is never attached to anything. It keeps the addresses from being given to anybody else and is what a floating
 * IP can be associated with; attached, it would belong to one node, and the cloud would drop it from the others.
 */
export class VirtualIp extends pulumi.ComponentResource {
  readonly portId: pulumi.Output<string>;
  /** Undefined when the world is not meant to reach it. */
  readonly publicAddress: pulumi.Output<string> | undefined;

  constructor(name: string, args: VirtualIpArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:VirtualIp", name, {}, opts);
    const { plan, physicalName, network } = args;
    const port = new openstack.networking.Port(
      `${name}-port`,
      {
        name: physicalName,
        networkId: network.networkId,
        fixedIps: plan.networkAddresses.map((ipAddress) => ({ subnetId: network.subnetId, ipAddress })),
        // Traffic for the address meets the group of the node that holds it; a port without a card filters nothing.
        noSecurityGroups: true,
      },
      // The address is one port's at a time.
      { parent: this, deleteBeforeReplace: true },
    );
    this.portId = port.id;
    this.publicAddress = this.reach(name, port, args);
    this.registerOutputs({ portId: this.portId, publicAddress: this.publicAddress });
  }

  private reach(
    name: string,
    port: openstack.networking.Port,
    { plan, physicalName, network, site }: VirtualIpArgs,
  ): pulumi.Output<string> | undefined {
    const { public: reached } = plan;
    const made = { description: physicalName, wayOut: network.wayOut };
    switch (reached.kind) {
      case "none":
        return undefined;
      case "routed":
        return pulumi.output(reached.address);
      case "failoverIp":
        return site === undefined ? undefined : failoverIpOf(reached.address, site, this);
      case "movedFloatingIp":
        return new PublicAddress(`${name}-public`, { pool: reached.pool, ...made }, { parent: this }).address;
      case "floatingIp": {
        // Of several addresses the cloud would choose one, or none.
        const fixedIp = plan.networkAddresses.length === 1 ? {} : { fixedIp: plan.address };
        const args = { pool: reached.pool, portId: port.id, ...made, ...fixedIp };
        return new PublicAddress(`${name}-public`, args, { parent: this }).address;
      }
    }
  }
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

export function vipOutput(plan: VipPlan, made: VirtualIp, secretTexts: SecretTexts): pulumi.Output<VipOutput> {
  const { address, protocol, virtualRouterId, members, masterToBe } = plan;
  const output = {
    address,
    ...(made.publicAddress === undefined ? {} : { publicAddress: made.publicAddress }),
    portId: made.portId,
    protocol,
    virtualRouterId,
    nodes: members,
    masterToBe,
  };
  return sealedOutput(output, secretTexts);
}
