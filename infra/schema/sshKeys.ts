/** Looks at SSH keys without using them: is this one, is it locked, do the two halves belong together. */

const KEY_TYPES = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

/** A public key line: `ssh-ed25519 AAAA... comment` (sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options). */
export interface PublicKey {
  readonly type: string;
  /** RFC 4253 6.6, base64. */
  readonly blob: string;
}

/** Parses a public key line. @returns undefined when it is none, or its blob is of another type than it says */
export function parsePublicKey(line: string): PublicKey | undefined {
  const [type = "", blob = ""] = line.trim().split(/\s+/);
  if (line.trim().includes("\n") || !KEY_TYPES.includes(type)) return undefined;
  return readString(Buffer.from(blob, "base64"), 0)?.bytes.toString() === type ? { type, blob } : undefined;
}

/** What a private key file turned out to be. */
export type PrivateKeyLook =
  | { readonly kind: "usable"; readonly publicBlob?: string }
  | { readonly kind: "encrypted" }
  | { readonly kind: "not a key" };

const PEM = /^-----BEGIN ([A-Z ]*)PRIVATE KEY-----\r?\n([\s\S]+?)-----END \1PRIVATE KEY-----\s*$/;
const OPENSSH_MAGIC = "openssh-key-v1\0";

/** Tells what a private key is. The public half is told for OpenSSH's own format, which carries it in the clear. */
export function lookAtPrivateKey(file: string): PrivateKeyLook {
  const [, label, body] = PEM.exec(file.trim()) ?? [];
  if (label === undefined || body === undefined) return { kind: "not a key" };
  if (label === "ENCRYPTED " || body.includes("Proc-Type: 4,ENCRYPTED")) return { kind: "encrypted" };
  return label === "OPENSSH " ? lookAtOpenSsh(Buffer.from(body, "base64")) : { kind: "usable" };
}

/** OpenSSH's PROTOCOL.key: magic, cipher, kdf, kdf options, number of keys, the first public key. */
function lookAtOpenSsh(bytes: Buffer): PrivateKeyLook {
  if (bytes.subarray(0, OPENSSH_MAGIC.length).toString("latin1") !== OPENSSH_MAGIC) return { kind: "not a key" };
  const cipher = readString(bytes, OPENSSH_MAGIC.length);
  const kdf = cipher && readString(bytes, cipher.end);
  const options = kdf && readString(bytes, kdf.end);
  const publicKey = options && readString(bytes, options.end + 4);
  if (publicKey === undefined) return { kind: "not a key" };
  if (cipher?.bytes.toString() !== "none") return { kind: "encrypted" };
  return { kind: "usable", publicBlob: publicKey.bytes.toString("base64") };
}

/** RFC 4251 section 5, `string`; undefined when it would reach behind the end. */
function readString(bytes: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : { bytes: bytes.subarray(at + 4, end), end };
}
