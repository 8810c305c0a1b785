// SSH host keys: what one looks like in configuration, and whether the key that a server shows is that one.
import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A public host key: its algorithm and its blob, RFC 4253 section 6.6. */
export interface HostKey {
  readonly algorithm: string;
  readonly blob: Buffer;
}

/**
 * Reads a host key in the form of a line of authorized_keys(5): `ssh-ed25519 AAAA… comment`.
 * @throws Error when the line is no such key
 */
export function parseHostKey(line: string): HostKey {
  const [algorithm = "", base64 = ""] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  if (blob.length < 4 || algorithmOf(blob) !== algorithm) {
    throw new Error(
      `hostKey "${line.trim().slice(0, 40)}…" is no public key: expected a line such as "ssh-ed25519 AAAA…"`,
    );
  }
  return { algorithm, blob };
}

/** The algorithm that a key blob names: a string with its length before it, RFC 4251 section 5. */
export function algorithmOf(blob: Buffer): string {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return blob.subarray(4, 4 + length).toString("latin1");
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** What to ask the server for, so that it shows the key of the kind that is expected and not another of its keys. */
export function signatureAlgorithms({ algorithm }: HostKey): ServerHostKeyAlgorithm[] {
  switch (algorithm) {
    case "ssh-rsa":
      return ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
    case "ssh-ed25519":
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return [algorithm];
    default:
      throw new Error(
        `host keys of type ${algorithm} are not offered by this stand-in: use an ed25519, ecdsa or rsa key`,
      );
  }
}
