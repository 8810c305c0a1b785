/** A VIP's existence in the cloud: the port that holds its address and the public address that leads there. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { VipPlan } from "../plan/cluster.ts";
import type { PrivateNetwork } from "./privateNetwork.ts";
import { PublicAddress } from "./publicAddress.ts";

/** Arguments of a virtual IP. */
export interface VirtualIpArgs {
  readonly plan: VipPlan;
  /** Name of the port in the cloud. */
  readonly physicalName: string;
  readonly network: PrivateNetwork;
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
    this.publicAddress =
      plan.floatingIpPool === undefined
        ? undefined
        : new PublicAddress(
            `${name}-public`,
            {
              pool: plan.floatingIpPool,
              portId: port.id,
              description: physicalName,
              wayOut: network.wayOut,
              // Of several addresses the cloud would choose one, or none.
              ...(plan.networkAddresses.length === 1 ? {} : { fixedIp: plan.address }),
            },
            { parent: this },
          ).address;
    this.registerOutputs({ portId: this.portId, publicAddress: this.publicAddress });
  }
}
