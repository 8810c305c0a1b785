/** Logs in to a node as its operator does: with the deployment's key, through the bastion. */

import { type LabSettings, labFiles } from "../../../lab/settings/settings.ts";
import { type CommandResult, runCommand } from "../../../toolchain/command.ts";

const BASTION_USER = "bastion";
const NODE_USER = "debian";
/** Whose host keys these are the deployment has checked already, and more strictly. */
const UNCHECKED = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
const DEADLINE_MS = 60_000;

/** Runs a command as root on the node with this public address. Any exit code is an answer. */
export function overSsh(settings: LabSettings, address: string, command: string): Promise<CommandResult> {
  const identity = ["-i", labFiles(settings).sshPrivateKey, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"];
  const options = [...identity, ...UNCHECKED];
  const hop = ["ssh", ...options, "-p", String(settings.bastionPort), "-W", "%h:%p", `${BASTION_USER}@127.0.0.1`];
  const argv = ["ssh", ...options, "-o", `ProxyCommand=${hop.join(" ")}`, `${NODE_USER}@${address}`];
  return runCommand([...argv, `sudo -n ${command}`], { accept: "any", timeoutMs: DEADLINE_MS });
}
