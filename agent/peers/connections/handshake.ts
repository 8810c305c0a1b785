/**
 * How two peers prove to each other that they have the group's key: TLS 1.2 with a pre-shared key (RFC 5489).
 *
 * The one cipher suite has no certificates on either side, so there is no other way in; its key exchange is ephemeral,
 * so a key that leaks later opens no recording. In TLS 1.3 a server may fall back to a certificate, which a client
 * of a pre-shared key then had to look out for.
 */
import { constants, hkdfSync } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import type { NumberedKey } from "../../config/schema/peerLink.ts";

const KEY_BYTES = 32;
const SALT = "vip-failover peer link 1";

/** What both sides insist on. */
export const SECURITY: SecureContextOptions = {
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
};

/** Stands between a node's name and the number of the key it calls with. */
const NUMBER_MARK = "#";

/** A node that dials: its TLS identity and its pre-shared key. */
export interface Caller {
  readonly identity: string;
  readonly psk: Buffer;
}

/** How a node calls with a key. The first key has no number in the identity: agents without numbers know it as theirs. */
export function callerWith({ number, key }: NumberedKey, node: string): Caller {
  return { identity: number === 1 ? node : `${node}${NUMBER_MARK}${number}`, psk: dialingKey(key, node) };
}

/**
 * Finds the node and the key that an identity names.
 * @param keys those that are accepted
 * @param expects whether a node of this name may call
 * @returns undefined when nobody of the group has this identity
 */
export function callerOf(
  identity: string,
  keys: readonly NumberedKey[],
  expects: (node: string) => boolean,
): { readonly node: string; readonly psk: Buffer } | undefined {
  for (const key of keys) {
    const suffix = key.number === 1 ? "" : `${NUMBER_MARK}${key.number}`;
    const node = identity.slice(0, identity.length - suffix.length);
    if (identity.endsWith(suffix) && expects(node)) return { node, psk: dialingKey(key.key, node) };
  }
  return undefined;
}

/**
 * The pre-shared key of the node that dials.
 * @param groupKey the configured key in hexadecimal; it is never used itself (HKDF with SHA-256, RFC 5869)
 */
export function dialingKey(groupKey: string, node: string): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(groupKey, "hex"), SALT, `dialled by ${node}`, KEY_BYTES));
}

/**
 * Why two peers did not come together. `refused`: nobody listens there. `unreachable`: no route, or no answer from a
 * router. `timeout`: no answer at all, or a handshake that got stuck. `own-address-missing`: this node does not have
 * the address to dial from or to listen on. `address-in-use`: another process listens there. `wrong-key`: the keys
 * differ. `unknown-node`: the name of who dialled is no peer of who was dialled, or not one that dials it.
 * `unknown-address`: no peer that dials this node has the address of who dialled. `wrong-address`: the peer that it says
 * it is has another one. `already-connected`: the process that spoke for the peer before still does.
 * `wrong-node`: another node than the expected one answers. `version-mismatch`: it speaks another version of the peer
 * link. `dismissed`: it closed the connection at once, and says why. `bad-message`: what it says makes no sense. `too-many`: more connections at a time than a group has.
 * `reset`: closed before it began. `failed`: anything else, with the code of the error.
 */
export type Refusal =
  | "refused"
  | "unreachable"
  | "timeout"
  | "own-address-missing"
  | "address-in-use"
  | "wrong-key"
  | "unknown-node"
  | "unknown-address"
  | "wrong-address"
  | "already-connected"
  | "wrong-node"
  | "version-mismatch"
  | "dismissed"
  | "bad-message"
  | "too-many"
  | "reset"
  | "failed";

/** By the code of the error, from libuv or OpenSSL; an alert is what the other side says of its own. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  ETIMEDOUT: "timeout",
  ERR_TLS_HANDSHAKE_TIMEOUT: "timeout",
  EADDRNOTAVAIL: "own-address-missing",
  EADDRINUSE: "address-in-use",
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: "wrong-key",
  ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC: "wrong-key",
  ERR_SSL_PSK_IDENTITY_NOT_FOUND: "unknown-node",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_PSK_IDENTITY: "unknown-node",
  ECONNRESET: "reset",
  EPIPE: "reset",
};

/** The code of an error, such as ECONNREFUSED; its message would be too long for a log and may quote what was sent. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** Why it was, in the words of the log and the metrics. */
export function refusalOf(error: unknown): Refusal {
  return REFUSALS[codeOf(error)] ?? "failed";
}
