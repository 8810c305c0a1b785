/** The replacement of a node's first SSH host key, over the first connection to it. */
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { confirmHostKey, offerHostKey } from "../plan/host/hostKeyCommands.ts";

/** Arguments of a replacement. */
export interface HostKeyReplacementArgs {
  /** Expects the key that the node is born with. */
  readonly first: types.input.remote.ConnectionArgs;
  /** Expects the key that takes its place. */
  readonly permanent: types.input.remote.ConnectionArgs;
  /** The private key that takes its place. Secret. */
  readonly privateKey: string;
  /** The machine: a new one has its first key again. */
  readonly instanceId: pulumi.Input<string>;
  /** What must be there before SSH can reach the node. */
  readonly reachableAfter: readonly pulumi.Resource[];
}

/** Offers the permanent key over a connection that expects the first, and confirms it over one that expects it. */
export class HostKeyReplacement extends pulumi.ComponentResource {
  /** Done when the node has its permanent key and no other. */
  readonly confirmed: remote.Command;

  constructor(name: string, args: HostKeyReplacementArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:HostKeyReplacement", name, {}, opts);
    const triggers = [args.instanceId];
    const common = { addPreviousOutputInEnv: false, logging: remote.Logging.Stderr, triggers };
    const customTimeouts = { create: "10m", update: "10m" };
    const offer = new remote.Command(
      `${name}-offer`,
      { ...common, connection: args.first, create: offerHostKey(), stdin: pulumi.secret(args.privateKey) },
      {
        parent: this,
        dependsOn: [...args.reachableAfter],
        customTimeouts,
        // Once for a machine: afterwards nobody shows the first key, whatever else of the connection is changed. What is
        // ignored is looked at again for a new machine, since its replacement deletes this resource first.
        ignoreChanges: ["connection", "create", "stdin"],
      },
    );
    this.confirmed = new remote.Command(
      `${name}-confirm`,
      { ...common, connection: args.permanent, create: confirmHostKey() },
      { parent: this, dependsOn: [offer], customTimeouts },
    );
    this.registerOutputs({});
  }
}
