/** A node's port on the external network: an address of its own, which stays when the machine is made again. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of a node's public port. */
export interface PublicPortArgs {
  /** Name of the port in the cloud. */
  readonly physicalName: string;
  readonly networkId: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
}

/**
 * A port and no more than a network's name for the machine: so the address outlives it, and the other nodes may know it
 * before the machine is there. A failover IP is routed to it by OVH, which lets it through as well; there is nothing to allow.
 */
export class PublicPort extends pulumi.ComponentResource {
  readonly portId: pulumi.Output<string>;
  /** The IPv4 address that the external network gave. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: PublicPortArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:PublicPort", name, {}, opts);
    const { physicalName, networkId, securityGroupId } = args;
    const port = new openstack.networking.Port(
      name,
      { name: physicalName, networkId, securityGroupIds: [securityGroupId] },
      { parent: this },
    );
    this.portId = port.id;
    this.address = port.allFixedIps.apply((all) => firstIpv4(name, all));
    this.registerOutputs({ portId: this.portId, address: this.address });
  }
}

/** External networks may give an address of either version. */
function firstIpv4(port: string, addresses: readonly string[]): string {
  const found = addresses.find((address) => /^\d+(?:\.\d+){3}$/.test(address));
  if (found !== undefined) return found;
  throw new pulumi.RunError(`the port ${port} got no IPv4 address: ${addresses.join(", ") || "none at all"}`);
}
