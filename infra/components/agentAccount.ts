/** The agents' own account at OVH. */
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of an account. */
export interface AgentAccountArgs {
  /** Name of the account and of its policy. */
  readonly physicalName: string;
  /** The one project it can do anything in. */
  readonly project: string;
  /** Third part of OVH's URNs. */
  readonly partition: string;
}

/** All that an agent does: to see where a failover IP is routed to, and to have it routed to its own machine. */
const ACTIONS = ["publicCloudProject:apiovh:ip/failover/get", "publicCloudProject:apiovh:ip/failover/attach"] as const;

/** A service account, and the policy that lets it do two calls on one project. */
export class AgentAccount extends pulumi.ComponentResource {
  /** Usable: the policy is there. The secret is one. */
  readonly credentials: pulumi.Output<{ readonly clientId: string; readonly clientSecret: string }>;

  constructor(name: string, args: AgentAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:AgentAccount", name, {}, opts);
    const { physicalName, project, partition } = args;
    const client = new ovh.me.APIOAuth2Client(
      name,
      {
        name: physicalName,
        description: "Failover agents of vip-failover: they move failover IPs",
        flow: "CLIENT_CREDENTIALS",
        callbackUrls: [],
      },
      { parent: this },
    );
    const policy = new ovh.iam.Policy(
      `${name}-policy`,
      {
        name: physicalName,
        description: "What failover agents of vip-failover may do",
        identities: [client.identity],
        resources: [`urn:v1:${partition}:resource:publicCloudProject:${project}`],
        allows: [...ACTIONS],
      },
      // A policy is known by its name: there cannot be two.
      { parent: this, deleteBeforeReplace: true },
    );
    this.credentials = pulumi
      .all([client.clientId, client.clientSecret, policy.id])
      .apply(([clientId, clientSecret]) => ({ clientId, clientSecret }));
    this.registerOutputs({});
  }
}
