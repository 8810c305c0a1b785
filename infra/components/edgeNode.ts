/** One node: its port, its machine and the way to reach it. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { BORN_WITH, bornDifferently } from "../plan/birth.ts";
import type { NodePlan } from "../plan/cluster.ts";
import type { HostKey } from "../plan/hostKey.ts";
import { renderUserData } from "../plan/userData.ts";
import type { PrivateNetwork } from "./privateNetwork.ts";
import { PublicAddress } from "./publicAddress.ts";

/** Arguments of a node. */
export interface EdgeNodeArgs {
  readonly plan: NodePlan;
  /** Name of the machine and its port in the cloud. */
  readonly physicalName: string;
  readonly network: PrivateNetwork;
  readonly securityGroupId: pulumi.Input<string>;
  readonly serverGroupId: pulumi.Input<string>;
  readonly keyPairName: pulumi.Input<string>;
  /** The SSH host key it is born with. */
  readonly hostKey: HostKey;
  /** External network for an address to manage it by; absent: it is managed by another way. */
  readonly managementPool: string | undefined;
  /** The external network, where the node has a port of its own on it. */
  readonly publicNetworkId: pulumi.Input<string> | undefined;
}

/** A machine on the private network whose port may speak for the VIPs it may hold, and for nothing else. */
export class EdgeNode extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  /** Its own on the external network; undefined when it has no port there. */
  readonly ownPublicAddress: pulumi.Output<string> | undefined;
  /** To manage it by; undefined when there is none but the private one. */
  readonly publicAddress: pulumi.Output<string> | undefined;

  constructor(name: string, args: EdgeNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:EdgeNode", name, {}, opts);
    const port = this.port(name, args);
    const publicPort = this.publicPort(name, args);
    // The external network first: its interface is the first one, and has the default route.
    const instance = this.instance(name, publicPort === undefined ? [port] : [publicPort, port], args);
    this.instanceId = instance.id;
    this.ownPublicAddress = publicPort?.allFixedIps.apply((all) => firstIpv4(args.physicalName, all));
    this.publicAddress = this.managementAddress(name, port, args) ?? this.ownPublicAddress;
    this.registerOutputs({ instanceId: this.instanceId, publicAddress: this.publicAddress });
  }

  private port(
    name: string,
    { plan, physicalName, network, securityGroupId }: EdgeNodeArgs,
  ): openstack.networking.Port {
    return new openstack.networking.Port(
      `${name}-port`,
      {
        name: physicalName,
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId, ipAddress: plan.address }],
        securityGroupIds: [securityGroupId],
        allowedAddressPairs: plan.allowedPairs.map(({ address, mac }) => ({
          ipAddress: address,
          ...(mac === undefined ? {} : { macAddress: mac }),
        })),
      },
      // The address is one port's at a time.
      { parent: this, deleteBeforeReplace: true },
    );
  }

  /**
   * A port of its own and no more than a network's name for the machine: so the address stays when the machine is made anew.
   * A failover IP is routed to it by OVH, which lets it through as well; there is nothing to allow.
   */
  private publicPort(
    name: string,
    { physicalName, publicNetworkId, securityGroupId }: EdgeNodeArgs,
  ): openstack.networking.Port | undefined {
    if (publicNetworkId === undefined) return undefined;
    return new openstack.networking.Port(
      `${name}-public-port`,
      { name: `${physicalName}-public`, networkId: publicNetworkId, securityGroupIds: [securityGroupId] },
      { parent: this },
    );
  }

  private instance(
    name: string,
    ports: readonly openstack.networking.Port[],
    args: EdgeNodeArgs,
  ): openstack.compute.Instance {
    const { plan, physicalName } = args;
    const instance = new openstack.compute.Instance(
      name,
      {
        name: physicalName,
        imageId: plan.imageId,
        flavorName: plan.flavor,
        keyPair: args.keyPairName,
        // Security groups are the port's business; named here too, the two would fight.
        networks: ports.map(({ id }) => ({ port: id })),
        userData: pulumi.secret(renderUserData(args.hostKey)),
        configDrive: true,
        schedulerHints: [{ group: args.serverGroupId }],
        ...(plan.availabilityZone === undefined ? {} : { availabilityZone: plan.availabilityZone }),
        // Asked to shut down, the agent hands its VIPs over; a machine that is just deleted has to be missed first.
        stopBeforeDestroy: true,
      },
      {
        parent: this,
        ignoreChanges: [...BORN_WITH],
        // Its port cannot be on two machines, nor two machines on the hosts that anti-affinity leaves.
        deleteBeforeReplace: true,
        additionalSecretOutputs: ["userData"],
      },
    );
    const wanted = { flavor: plan.flavor, imageId: plan.imageId };
    pulumi.all([instance.urn, instance.flavorName, instance.imageId]).apply(([urn, flavor, imageId]) => {
      const message = bornDifferently(plan.name, urn, wanted, { flavor, imageId });
      if (message !== undefined) void pulumi.log.warn(message, instance);
    });
    return instance;
  }

  private managementAddress(
    name: string,
    port: openstack.networking.Port,
    { managementPool, physicalName, network }: EdgeNodeArgs,
  ): pulumi.Output<string> | undefined {
    if (managementPool === undefined) return undefined;
    const args = { pool: managementPool, portId: port.id, description: physicalName, wayOut: network.wayOut };
    return new PublicAddress(`${name}-management`, args, { parent: this }).address;
  }
}

/** External networks may give an address of either version. */
function firstIpv4(node: string, addresses: readonly string[]): string {
  const found = addresses.find((address) => /^\d+(?:\.\d+){3}$/.test(address));
  if (found !== undefined) return found;
  throw new pulumi.RunError(`the port ${node}-public got no IPv4 address: ${addresses.join(", ") || "none at all"}`);
}
