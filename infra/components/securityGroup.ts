/** The one security group of a cluster: what its nodes let in and out. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { SecurityRule } from "../plan/securityRules.ts";

/** Arguments of a security group. */
export interface SecurityGroupArgs {
  /** Name of the group in the cloud. */
  readonly physicalName: string;
  readonly rules: readonly SecurityRule[];
}

/** A security group with exactly the rules planned. */
export class SecurityGroup extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;
  /** Until these are there nobody gets in. */
  readonly rules: readonly pulumi.Resource[];

  constructor(name: string, args: SecurityGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:SecurityGroup", name, {}, opts);
    const group = new openstack.networking.SecGroup(
      name,
      {
        name: args.physicalName,
        description: "Edge nodes of vip-failover: VRRP between members, SSH and services as configured",
        // Clouds differ in what a new group lets out; ours says it itself.
        deleteDefaultRules: true,
      },
      { parent: this },
    );
    this.groupId = group.id;
    this.rules = args.rules.map(
      (rule) =>
        new openstack.networking.SecGroupRule(
          `${name}-${rule.name}`,
          {
            securityGroupId: group.id,
            direction: rule.direction,
            ethertype: "IPv4",
            ...(rule.protocol === undefined ? {} : { protocol: rule.protocol }),
            ...(rule.ports === undefined ? {} : { portRangeMin: rule.ports.min, portRangeMax: rule.ports.max }),
            ...(rule.remote.kind === "cidr" ? { remoteIpPrefix: rule.remote.cidr } : { remoteGroupId: group.id }),
          },
          { parent: this },
        ),
    );
    this.registerOutputs({ groupId: this.groupId });
  }
}
