/**
 * The SSH host keys of a node, known before the node exists.
 *
 * Both are derived from a secret seed. The first is given to cloud-init, and expected by the connection that replaces it
 * with the permanent one; that one is expected by every other. So the first connection is checked as strictly as the last,
 * and nobody trusts a key on first use.
 */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { deriveKey } from "../../values/derivedKey.ts";

/** An ed25519 host key in the two forms that sshd and its clients read. */
export interface HostKey {
  /** OpenSSH private key file, unencrypted. Secret. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA... comment` */
  readonly publicKey: string;
}

const KEY_TYPE = "ssh-ed25519";
/** RFC 8410: the PKCS #8 wrapping of an ed25519 seed, up to the seed itself. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SEED_BYTES = 32;
const CHECK_BYTES = 4;
/** PROTOCOL.key: with cipher "none" the private section is padded to this. */
const BLOCK_BYTES = 8;
const PEM_COLUMNS = 70;

/** The host keys of a node. */
export interface HostKeys {
  /** In its user data, where every user of the machine can read it. */
  readonly first: HostKey;
  /** Known to nobody but root on the machine, once it is there. */
  readonly permanent: HostKey;
}

/**
 * Derives the host keys of one node.
 * @param seed secret text; surrounding blanks do not count, so that a file's last newline does not matter
 * @param owner what the keys belong to: project, stack and node
 */
export function deriveHostKeys(seed: string, owner: readonly string[]): HostKeys {
  const permanent = deriveHostKey(seed, owner, "permanent ssh host key");
  return { first: deriveHostKey(seed, owner), permanent };
}

/** One key of a node. @param purpose tells its keys apart */
export function deriveHostKey(seed: string, owner: readonly string[], purpose = "ssh host key"): HostKey {
  const derived = deriveKey(seed, purpose, owner, SEED_BYTES + CHECK_BYTES);
  const secret = derived.subarray(0, SEED_BYTES);
  const point = publicPoint(secret);
  const comment = owner.join("/");
  const publicBlob = Buffer.concat([lengthPrefixed(KEY_TYPE), lengthPrefixed(point)]);
  return {
    privateKey: openSshPrivateKey(publicBlob, point, secret, derived.subarray(SEED_BYTES), comment),
    publicKey: `${KEY_TYPE} ${publicBlob.toString("base64")} ${comment}`,
  };
}

/** The 32-byte public point of an ed25519 seed: the tail of its SPKI form. */
function publicPoint(secret: Buffer): Buffer {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return spki.subarray(spki.length - SEED_BYTES);
}

/**
 * OpenSSH's PROTOCOL.key, unencrypted:
 *
 *   "openssh-key-v1\0"
 *   string cipher ("none") | string kdf ("none") | string kdf options (empty) | uint32 number of keys (1)
 *   string public key blob
 *   string private section: uint32 check, again | string type | string point | string seed+point | string comment | 1 2 3 ...
 */
function openSshPrivateKey(blob: Buffer, point: Buffer, secret: Buffer, check: Buffer, comment: string): string {
  const section = Buffer.concat([
    check,
    check,
    lengthPrefixed(KEY_TYPE),
    lengthPrefixed(point),
    lengthPrefixed(Buffer.concat([secret, point])),
    lengthPrefixed(comment),
  ]);
  const missing = (BLOCK_BYTES - (section.length % BLOCK_BYTES)) % BLOCK_BYTES;
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, missing));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    lengthPrefixed("none"),
    lengthPrefixed("none"),
    lengthPrefixed(""),
    uint32(1),
    lengthPrefixed(blob),
    lengthPrefixed(Buffer.concat([section, padding])),
  ]);
  const lines = file.toString("base64").match(new RegExp(`.{1,${PEM_COLUMNS}}`, "g")) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

/** RFC 4251 section 5, `string`: its length in four bytes, then its bytes. */
function lengthPrefixed(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
