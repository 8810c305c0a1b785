/** The agent's way onto a node, over SSH. */
import { createHash } from "node:crypto";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import {
  installCommand,
  PREPARE_COMMAND,
  STAGE_CONFIG_COMMAND,
  STAGED_RUNTIME,
  stagedRelease,
} from "../plan/host/remoteCommands.ts";
import type { AgentRelease } from "../stackFile/release.ts";

/** Arguments of a deployment. */
export interface AgentDeploymentArgs {
  readonly connection: types.input.remote.ConnectionArgs;
  /** The machine: a new one gets everything anew, though nothing else has changed. */
  readonly instanceId: pulumi.Input<string>;
  readonly release: AgentRelease;
  /** Text of the node's agent.json. Secret. */
  readonly agentConfig: pulumi.Input<string>;
  /** The same with its secrets as fingerprints, and so none itself. */
  readonly shownAgentConfig: pulumi.Input<string>;
  /** What must be there before SSH can reach the node. */
  readonly reachableAfter: readonly pulumi.Resource[];
}

/**
 * Copies the Node runtime, the release and agent.json, then installs them.
 *
 *   prepare --+-- runtime --+
 *             +-- release --+-- install --> the next node
 *             +-- config  --+
 *
 * The install ends when the agent answers and takes part. The next node waits for it, so at no time is more than one
 * agent down, and a release or a configuration that does not come up stops the rollout on its first node.
 *
 * There is no `delete`: a replaced command would run the old one after the new one's start, and stop a fresh agent.
 */
export class AgentDeployment extends pulumi.ComponentResource {
  /** Done when the node is in service. */
  readonly installed: remote.Command;

  constructor(name: string, args: AgentDeploymentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vip-failover:infra:AgentDeployment", name, {}, opts);
    const { release, instanceId } = args;
    const configSha256 = pulumi.unsecret(
      pulumi.output(args.agentConfig).apply((text) => createHash("sha256").update(text).digest("hex")),
    );
    const prepare = this.command(
      `${name}-prepare`,
      args,
      { create: PREPARE_COMMAND, triggers: [instanceId] },
      args.reachableAfter,
    );
    const copy = (suffix: string, source: pulumi.asset.Asset | pulumi.asset.Archive, remotePath: string) =>
      new remote.CopyToRemote(
        `${name}-${suffix}`,
        { connection: args.connection, source, remotePath, triggers: [instanceId] },
        { parent: this, dependsOn: [prepare] },
      );
    const copies = [
      copy("runtime", new pulumi.asset.FileAsset(release.runtime.file), STAGED_RUNTIME),
      copy("release", new pulumi.asset.FileArchive(release.folder), stagedRelease(release.sha256)),
      // By a command and its standard input: a copy would be readable by others, and stand in the state in the clear.
      this.command(
        `${name}-config`,
        args,
        { create: STAGE_CONFIG_COMMAND, stdin: pulumi.secret(args.agentConfig), triggers: [instanceId] },
        [prepare],
      ),
    ];
    const create = configSha256.apply((sum) =>
      installCommand({
        releaseSha256: release.sha256,
        releaseDigest: release.digest,
        runtimeSha256: release.runtime.sha256,
        configSha256: sum,
      }),
    );
    // The configuration and not its sum: a preview says which of its values changes, of a secret its fingerprint.
    const triggers = [instanceId, release.sha256, release.runtime.sha256, args.shownAgentConfig];
    this.installed = this.command(`${name}-install`, args, { create, stdin: release.installScript, triggers }, copies);
    this.registerOutputs({});
  }

  private command(
    name: string,
    { connection }: AgentDeploymentArgs,
    args: Omit<remote.CommandArgs, "connection">,
    dependsOn: readonly pulumi.Resource[],
  ): remote.Command {
    return new remote.Command(
      name,
      {
        connection,
        // Nothing goes by environment: sshd refuses variables that it was not told to accept.
        addPreviousOutputInEnv: false,
        logging: remote.Logging.Stderr,
        ...args,
      },
      // A command has no limit of its own, and a first boot that hangs would wait forever.
      { parent: this, dependsOn: [...dependsOn], customTimeouts: { create: "10m", update: "10m" } },
    );
  }
}
