/** One node: its port, its machine and the way to reach it. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { NodePlan } from "../plan/cluster.ts";
import { BORN_WITH, bornDifferently } from "../plan/host/birth.ts";
import type { HostKey } from "../plan/host/hostKey.ts";
import { renderUserData } from "../plan/host/userData.ts";
import type { SecretTexts } from "../values/secretTexts.ts";
import type { PrivateNetwork } from "./privateNetwork.ts";
import { PublicAddress } from "./publicAddress.ts";
import type { PublicPort } from "./publicPort.ts";
import { sealedOutput } from "./sealing.ts";

/** Arguments of a node. */
export interface EdgeNodeArgs {
  readonly plan: NodePlan;
  /** Name of the machine and its port in the cloud. */
  readonly physicalName: string;
  readonly network: PrivateNetwork;
  readonly securityGroupId: pulumi.Input<string>;
  readonly serverGroupId: pulumi.Input<string>;
  readonly keyPairName: pulumi.Input<string>;
  /** The SSH host key it is born with; it does not keep it. */
  readonly hostKey: HostKey;
  /** External network for an address to manage it by; absent: it is managed by another way. */
  readonly managementPool: string | undefined;
  /** On the external network; undefined: it has none there. */
  readonly publicPort: PublicPort | undefined;
  /** What no message may show. */
  readonly secretTexts: SecretTexts;
  /** What must be there before anything of this node is made, or made again. */
  readonly after: readonly pulumi.Resource[];
}

/** A machine on the private network whose port may speak for the VIPs it may hold, and for nothing else. */
export class EdgeNode extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  /** To manage it by; undefined when there is none but the private one. */
  readonly publicAddress: pulumi.Output<string> | undefined;

  constructor(name: string, args: EdgeNodeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:EdgeNode", name, {}, opts);
    const port = this.port(name, args);
    this.instanceId = this.instance(name, port, args).id;
    this.publicAddress = this.managementAddress(name, port, args) ?? args.publicPort?.address;
    this.registerOutputs({ instanceId: this.instanceId, publicAddress: this.publicAddress });
  }

  private port(
    name: string,
    { plan, physicalName, network, securityGroupId, after }: EdgeNodeArgs,
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
      // The address is one port's at a time. A new port makes a new machine, so it waits as the machine does.
      { parent: this, deleteBeforeReplace: true, dependsOn: [...after] },
    );
  }

  private instance(
    name: string,
    privatePort: openstack.networking.Port,
    args: EdgeNodeArgs,
  ): openstack.compute.Instance {
    const { plan, physicalName, publicPort } = args;
    // The external network first: its interface is the first one, and has the default route.
    const ports = [...(publicPort === undefined ? [] : [publicPort.portId]), privatePort.id];
    const instance = new openstack.compute.Instance(
      name,
      {
        name: physicalName,
        imageId: plan.imageId,
        flavorName: plan.flavor,
        keyPair: args.keyPairName,
        // Security groups are the port's business; named here too, the two would fight.
        networks: ports.map((port) => ({ port })),
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
        dependsOn: [...args.after],
        additionalSecretOutputs: ["userData"],
      },
    );
    const wanted = { flavor: plan.flavor, imageId: plan.imageId };
    pulumi.all([instance.urn, instance.flavorName, instance.imageId]).apply(([urn, flavor, imageId]) => {
      const message = bornDifferently(plan.name, urn, wanted, { flavor, imageId });
      if (message !== undefined) void pulumi.log.warn(args.secretTexts.redact(message), instance);
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

/** A node as other stacks and scripts read it. */
export interface NodeOutput {
  /** The machine's id in the cloud. */
  readonly id: string;
  /** On the private network. */
  readonly address: string;
  /** To manage it by; absent when it is managed over the private network. */
  readonly publicAddress?: string;
}

export function nodeOutput(plan: NodePlan, made: EdgeNode, secretTexts: SecretTexts): pulumi.Output<NodeOutput> {
  const output = {
    id: made.instanceId,
    address: plan.address,
    ...(made.publicAddress === undefined ? {} : { publicAddress: made.publicAddress }),
  };
  return sealedOutput(output, secretTexts);
}
