/** The network between the nodes, and the router that leads out of it. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../plan/network.ts";
import type { SecretTexts } from "../values/secretTexts.ts";
import { VrackAttachment } from "./vrackAttachment.ts";

/** Arguments of a private network. */
export interface PrivateNetworkArgs {
  readonly plan: NetworkPlan;
  /** What no message may show. */
  readonly secretTexts: SecretTexts;
}

/** A network with port security, its one subnet, and with an external network a router between the two. */
export class PrivateNetwork extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  /** Must be there before an address of the external network can lead to a port. */
  readonly wayOut: readonly pulumi.Resource[];

  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:PrivateNetwork", name, {}, opts);
    const { plan, secretTexts } = args;
    const vrack = plan.vrack && { vrack: plan.vrack.name, project: plan.vrack.project, secretTexts };
    const attachment = vrack && new VrackAttachment(`${name}-vrack`, vrack, { parent: this });
    const network = new openstack.networking.Network(
      name,
      {
        name: plan.name,
        // Port security is what makes an allowed pair possible, and its absence dangerous; some regions default to off.
        portSecurityEnabled: true,
        ...(plan.mtu === undefined ? {} : { mtu: plan.mtu }),
        ...(plan.vlan === undefined ? {} : { valueSpecs: vrackVlan(plan.vlan) }),
      },
      // On a vRack that the project is not in, Neutron refuses it.
      { parent: this, ...(attachment === undefined ? {} : { dependsOn: attachment.made.apply((made) => [...made]) }) },
    );
    const subnet = new openstack.networking.Subnet(
      `${name}-subnet`,
      {
        name: plan.name,
        networkId: network.id,
        cidr: plan.cidr,
        ipVersion: 4,
        enableDhcp: plan.dhcp,
        allocationPools: [plan.pool],
        dnsNameservers: [...plan.dnsNameservers],
        ...(plan.gateway === undefined ? { noGateway: true } : { gatewayIp: plan.gateway }),
      },
      // A second subnet of the same range cannot stand beside the first.
      { parent: this, deleteBeforeReplace: true },
    );
    this.networkId = network.id;
    this.subnetId = subnet.id;
    this.wayOut =
      plan.externalNetwork === undefined ? [] : [this.routeTo(name, plan.name, plan.externalNetwork, subnet)];
    this.registerOutputs({ networkId: this.networkId, subnetId: this.subnetId });
  }

  private routeTo(
    name: string,
    physicalName: string,
    externalNetwork: string,
    subnet: openstack.networking.Subnet,
  ): pulumi.Resource {
    const external = openstack.networking.getNetworkOutput({ name: externalNetwork, external: true }, { parent: this });
    const router = new openstack.networking.Router(
      `${name}-router`,
      { name: physicalName, externalNetworkId: external.id },
      { parent: this },
    );
    return new openstack.networking.RouterInterface(
      `${name}-router-interface`,
      { routerId: router.id, subnetId: subnet.id },
      // The gateway's address is one interface's at a time.
      { parent: this, deleteBeforeReplace: true },
    );
  }
}

/**
 * OVH's own way to say on which VLAN of the project's vRack a network is; the values must be text. By OpenStack's provider
 * and not by OVH's, whose network has neither port security nor an MTU, and whose subnet is made again for each change.
 */
function vrackVlan(vlan: number): Record<string, string> {
  return { "provider:network_type": "vrack", "provider:segmentation_id": String(vlan) };
}
