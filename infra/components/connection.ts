/** The SSH connection to a node, as @pulumi/command wants it. */
import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { SshAccess } from "../stackFile/sshAccess.ts";

/**
 * A refused connection is tried again after 100 ms, then ever later up to 5 s: this many tries are more than four
 * minutes, enough for a first boot. The default, 10, is eleven seconds.
 */
const DIAL_ERROR_LIMIT = 60;
const DIAL_TIMEOUT_SECONDS = 15;

/**
 * Connects to a node, through the bastion where there is one; both must show the host key that is expected of them.
 * @param host address the node is reached at
 * @param hostKey public key line of the node
 */
export function connectionTo(
  access: SshAccess,
  host: pulumi.Input<string>,
  hostKey: pulumi.Input<string>,
): types.input.remote.ConnectionArgs {
  const { user, bastion } = access;
  const privateKey = pulumi.secret(access.privateKey);
  const patience = { dialErrorLimit: DIAL_ERROR_LIMIT, perDialTimeout: DIAL_TIMEOUT_SECONDS };
  return {
    host,
    user,
    privateKey,
    hostKey,
    ...patience,
    ...(bastion === undefined ? {} : { proxy: { ...bastion, privateKey, ...patience } }),
  };
}
