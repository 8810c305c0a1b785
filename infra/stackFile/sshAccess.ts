/** How the nodes are reached by SSH: the keys behind the configuration's words, read and looked at. */
import { keyName } from "../schema/explain.ts";
import { type Problem, showValue } from "../schema/problem.ts";
import type { SshConfig } from "../schema/schema.ts";
import { makeSeed, seedFault } from "../schema/seed.ts";
import { lookAtPrivateKey, parsePublicKey } from "../schema/sshKeys.ts";

/** A host that SSH goes through. */
export interface Bastion {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Public key line. */
  readonly hostKey: string;
}

/** Everything needed to log in on a node that does not exist yet. */
export interface SshAccess {
  readonly user: string;
  /** Public key line. */
  readonly publicKey: string;
  /** Secret. */
  readonly privateKey: string;
  /** What the nodes' host keys and the agents' keys are derived from. Secret. */
  readonly hostKeySeed: string;
  readonly bastion: Bastion | undefined;
}

/** Reads a text file of the operator's. Throws what the file system throws. */
export type ReadText = (path: string) => string;

/**
 * Reads the keys that the configuration names.
 * @returns the access, or why there is none
 */
export function readSshAccess(
  ssh: SshConfig,
  readText: ReadText,
): { readonly access: SshAccess | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const choose = (at: readonly string[], inline: string | undefined, file: string | undefined): string | undefined => {
    const chosen = textOf(at, inline, file, readText);
    if (typeof chosen === "string") return chosen.trim();
    problems.push(chosen);
    return undefined;
  };
  const publicKey = choose(["ssh", "publicKey"], ssh.publicKey, ssh.publicKeyFile);
  const privateKey = choose(["ssh", "privateKey"], ssh.privateKey, ssh.privateKeyFile);
  if (publicKey !== undefined) problems.push(...publicKeyProblems(["ssh", "publicKey"], publicKey));
  if (privateKey !== undefined) problems.push(...privateKeyProblems(privateKey, publicKey));
  const seed = readSeed(ssh, readText);
  if (typeof seed !== "string") problems.push(seed);
  const bastionKey = ssh.bastion && choose(["ssh", "bastion", "hostKey"], ssh.bastion.hostKey, ssh.bastion.hostKeyFile);
  if (bastionKey !== undefined) problems.push(...publicKeyProblems(["ssh", "bastion", "hostKey"], bastionKey));

  if (problems.length > 0 || publicKey === undefined || privateKey === undefined || typeof seed !== "string") {
    return { access: undefined, problems };
  }
  const access: SshAccess = {
    user: ssh.user,
    publicKey,
    // OpenSSH and libraries alike want the last line to end.
    privateKey: `${privateKey}\n`,
    hostKeySeed: seed,
    bastion: ssh.bastion && bastionKey !== undefined ? bastionOf(ssh.bastion, bastionKey) : undefined,
  };
  return { access, problems };
}

function bastionOf({ host, port, user }: NonNullable<SshConfig["bastion"]>, hostKey: string): Bastion {
  return { host, port, user, hostKey };
}

/** The text itself or that of the file, of which exactly one must be given. */
function textOf(
  at: readonly string[],
  inline: string | undefined,
  file: string | undefined,
  readText: ReadText,
): string | Problem {
  const key = keyName(at);
  const fileKey = `${key}File`;
  if (inline !== undefined && file !== undefined) {
    return { key: fileKey, value: showValue(file), why: `is given beside ${key}`, remedy: "keep one of the two" };
  }
  if (inline !== undefined) return inline;
  if (file === undefined) return { key: fileKey, why: `is missing, and so is ${key}`, remedy: "write one of the two" };
  try {
    return readText(file);
  } catch (error) {
    const why = `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : "no text"})`;
    const remedy = file.startsWith(".vipf/lab")
      ? "make the lab's keys: npm run lab -- up"
      : "correct the path, or make the key with ssh-keygen";
    return { key: fileKey, value: showValue(file), why, remedy };
  }
}

const SEED = ["ssh", "hostKeySeed"] as const;
const NEW_HOST_KEYS =
  "it changes the host keys of nodes that exist: replace each of them with: pulumi up --replace URN";

/** The seed, or why there is none that could be used. A missing one is never replaced by something that happens to be there. */
function readSeed({ hostKeySeed, hostKeySeedFile, privateKeyFile }: SshConfig, readText: ReadText): string | Problem {
  const key = keyName(SEED);
  const remedy = `make one: ${makeSeed(SEED.join("."))}`;
  if (hostKeySeed === undefined && hostKeySeedFile === undefined) {
    const keep =
      "if the stack has nodes already, set the private key that they were made with, and their keys stay: " +
      "npm run pulumi -- config set --secret --path ssh.hostKeySeed < KEYFILE";
    return { key, why: "is missing", remedy: `${keep}; if it has none, ${remedy}` };
  }
  if (hostKeySeedFile !== undefined && hostKeySeedFile === privateKeyFile) {
    const why = "is the private key's own file, and a new passphrase or format would change every node's host key";
    return { key: `${key}File`, value: showValue(hostKeySeedFile), why, remedy };
  }
  const text = textOf(SEED, hostKeySeed, hostKeySeedFile, readText);
  if (typeof text !== "string") return text;
  const why = seedFault(text);
  return why === undefined ? text : { key, why, remedy: `${remedy}; ${NEW_HOST_KEYS}` };
}

function publicKeyProblems(at: readonly string[], line: string): readonly Problem[] {
  if (parsePublicKey(line) !== undefined) return [];
  const remedy = "take the one line of a .pub file, such as: ssh-ed25519 AAAA... you@host";
  return [{ key: keyName(at), why: "is no SSH public key", remedy }];
}

function privateKeyProblems(file: string, publicLine: string | undefined): readonly Problem[] {
  const key = keyName(["ssh", "privateKey"]);
  const look = lookAtPrivateKey(file);
  switch (look.kind) {
    case "not a key":
      return [
        {
          key,
          why: "is no SSH private key",
          remedy: "take the whole file, from -----BEGIN to -----END and its line end",
        },
      ];
    case "encrypted":
      return [
        {
          key,
          why: "is locked with a passphrase, and nobody is there to type it",
          remedy: "make a key for deployments: ssh-keygen -t ed25519 -N ''",
        },
      ];
    case "usable": {
      const publicKey = publicLine === undefined ? undefined : parsePublicKey(publicLine);
      if (look.publicBlob === undefined || publicKey === undefined || look.publicBlob === publicKey.blob) return [];
      return [
        {
          key,
          why: "does not belong to the public key",
          remedy: "give both halves of one pair: ssh-keygen -y -f KEYFILE prints the public one",
        },
      ];
    }
  }
}
