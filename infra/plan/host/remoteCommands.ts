/** What is run and copied on a node: paths in the login user's home, and the commands' exact text. */

/** Folder the deployment copies into, relative to the home of the user that logs in. */
export const STAGING = ".failover-agent";

/** Where a release's folder is copied; the folder itself arrives below it under its own name. */
export function stagedRelease(releaseSha256: string): string {
  return `${STAGING}/releases/${shortHash(releaseSha256)}`;
}

/** Where the compressed Node runtime is copied. */
export const STAGED_RUNTIME = `${STAGING}/node.gz`;

/**
 * Waits for the first boot to end and makes room for what is copied.
 *
 * cloud-init's status 2 means that it ended with something to complain about, a deprecated word of the image's own
 * configuration for instance: the machine is up. SFTP makes one folder at a time, so the inner one is made here.
 */
export const PREPARE_COMMAND = [
  "set -e",
  "cloud-init status --wait >/dev/null || [ $? -eq 2 ] || { cloud-init status --long >&2; exit 1; }",
  `install -d -m 0700 ${STAGING} ${STAGING}/releases`,
].join("\n");

/** Writes the node's configuration from its standard input: it holds secrets, so nobody else may ever read it. */
export const STAGE_CONFIG_COMMAND = [
  "set -e",
  "umask 077",
  `cat >${STAGING}/agent.json.new`,
  `mv ${STAGING}/agent.json.new ${STAGING}/agent.json`,
].join("\n");

/** Everything that says what should run on a node; the arguments of infra/remote/install.sh. */
export interface Installation {
  /** Names the release. */
  readonly releaseSha256: string;
  /** Over the release's files as they must arrive. */
  readonly releaseDigest: string;
  /** Of the unpacked Node binary. */
  readonly runtimeSha256: string;
  /** Of agent.json. */
  readonly configSha256: string;
}

/**
 * The command that reads install.sh from its standard input and runs it as root.
 *
 * What to install is on the command line, in the open: sums are no secrets, and a preview shows which one changed.
 * `-n`: a sudo that would ask for a password fails instead of waiting.
 */
export function installCommand(installation: Installation): string {
  const { releaseSha256, releaseDigest, runtimeSha256, configSha256 } = installation;
  return ["sudo -n sh -s --", `"$PWD/${STAGING}"`, releaseSha256, releaseDigest, runtimeSha256, configSha256].join(" ");
}

/** The first 16 digits: enough to name a folder on a machine, as install.sh's `short` does. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 16);
}
