/** A public address that leads to a port. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of a public address. */
export interface PublicAddressArgs {
  /** Name of the external network the address is taken from. */
  readonly pool: pulumi.Input<string>;
  /** The port it leads to; absent: the agents say which, and Pulumi neither asks nor cares. */
  readonly portId?: pulumi.Input<string>;
  /** Which of the port's addresses it leads to; absent: the port has one. */
  readonly fixedIp?: pulumi.Input<string>;
  /** What the address is for, shown by the cloud. */
  readonly description: pulumi.Input<string>;
  /** The router between the port's subnet and the pool. */
  readonly wayOut: readonly pulumi.Resource[];
}

/**
 * A floating IP and its association, two resources: the address outlives the port.
 *
 * On a VIP's port the association is made once. Who answers for the VIP behind it is settled by ARP between the nodes, so
 * a failover changes nothing here, and an `up` in the middle of one finds nothing to change back.
 */
export class PublicAddress extends pulumi.ComponentResource {
  /** The address, once it leads to the port. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: PublicAddressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:PublicAddress", name, {}, opts);
    const isMoved = args.portId === undefined;
    const floatingIp = new openstack.networking.FloatingIp(
      name,
      { pool: args.pool, description: args.description },
      // Where the agents move it, an `up` in the middle of a failover must not see a change. It goes before the router does.
      { parent: this, ...(isMoved ? { ignoreChanges: ["portId", "fixedIp"], dependsOn: [...args.wayOut] } : {}) },
    );
    this.address = args.portId === undefined ? floatingIp.address : this.associate(name, floatingIp, args.portId, args);
    this.registerOutputs({ address: this.address });
  }

  private associate(
    name: string,
    floatingIp: openstack.networking.FloatingIp,
    portId: pulumi.Input<string>,
    args: PublicAddressArgs,
  ): pulumi.Output<string> {
    const association = new openstack.networking.FloatingIpAssociate(
      `${name}-association`,
      {
        floatingIp: floatingIp.address,
        portId,
        ...(args.fixedIp === undefined ? {} : { fixedIp: args.fixedIp }),
      },
      // Made after the new one, the removal of the old association would take the new one with it.
      { parent: this, deleteBeforeReplace: true, dependsOn: [...args.wayOut] },
    );
    return association.floatingIp;
  }
}
