/** The signature that keepalived's `auth_hmac` puts after a VRRP advertisement, as bytes (draft-cassen-vrrp-auth-hmac-00). */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { inRange } from "./packet/field.ts";
import { addressBytes, familyOf } from "./packet/ip.ts";
import { serialBytes, serialOf } from "./packet/serial.ts";

/** Octets of the trailer. */
export const TRAILER_LENGTH = 28;

/** A key that the group shares. */
export interface AuthenticationKey {
  /** Says on the wire which key signed, 1..255. */
  readonly id: number;
  /** 32 to 64 octets. */
  readonly secret: Uint8Array;
}

/** What a trailer says, its signature not verified. */
export interface AuthenticationTrailer {
  readonly keyId: number;
  /** Seconds since 1970, their fraction and a counter, as one serial number: see authenticationSequence.ts. */
  readonly sequence: bigint;
}

/** HMAC-SHA256 cut to its first 16 octets: the only scheme there is. */
const SCHEME = 1;
const SEQUENCE_OFFSET = 4;
const DIGEST_OFFSET = 12;
const DIGEST_LENGTH = TRAILER_LENGTH - DIGEST_OFFSET;
const CHECKSUM_OFFSET = 6;
const PSEUDO_HEADER_LENGTH = 20;

/**
 * Signs an advertisement.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+-------------------------------+
 *   0 |   Scheme: 1   |    Key id     |          Reserved: 0          |
 *     +---------------+---------------+-------------------------------+
 *   4 |                   UTC seconds since 1970                      |
 *     +-------------------------------+-------------------------------+
 *   8 |    Fraction, 1/65536 s        |            Counter            |
 *     +-------------------------------+-------------------------------+
 *  12 |                      HMAC (16 octets)                         |
 *     |                              ...                              |
 *     +---------------------------------------------------------------+
 *
 * @param message header and addresses, as encodeVrrp makes them for any destination: neither destination nor checksum
 * is signed, so one trailer goes to every peer.
 * @param signing `source`: the address it will be sent from; `sequence`: from nextSequence.
 * @returns the trailer, to be given to encodeVrrp.
 * @throws RangeError when the key id is not 1..255 or the source is no address.
 */
export function signatureTrailer(
  message: Uint8Array,
  signing: { readonly source: string; readonly key: AuthenticationKey; readonly sequence: bigint },
): Uint8Array {
  const { source, key, sequence } = signing;
  const trailer = new Uint8Array(TRAILER_LENGTH);
  trailer[0] = SCHEME;
  trailer[1] = inRange("key id", key.id, 1, 255);
  trailer.set(serialBytes(sequence), SEQUENCE_OFFSET);
  trailer.set(digest(message, trailer, source, key), DIGEST_OFFSET);
  return trailer;
}

/** Reads a trailer of any bytes. Key id 0 is left to the lookup of the key, which has none of that id. */
export function decodeTrailer(bytes: Uint8Array): Decoded<AuthenticationTrailer, "auth-malformed"> {
  if (bytes.length !== TRAILER_LENGTH) return fault("auth-malformed");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== SCHEME || view.getUint16(2) !== 0) return fault("auth-malformed");
  return decoded({ keyId: view.getUint8(1), sequence: serialOf(bytes.subarray(SEQUENCE_OFFSET)) });
}

/** Whether a whole trailer was made of this message, sent from `source`, with this key; takes as long either way. */
export function isSignature(
  trailer: Uint8Array,
  message: Uint8Array,
  { source, key }: { readonly source: string; readonly key: AuthenticationKey },
): boolean {
  const received = trailer.subarray(DIGEST_OFFSET);
  return received.length === DIGEST_LENGTH && timingSafeEqual(received, digest(message, trailer, source, key));
}

/**
 * The HMAC, over a pseudo-header and then the message with a checksum of 0, the trailer up to its HMAC and 16 zeros.
 *
 *     +---------------+---------------+---------------+---------------+
 *   0 |  Family, 4|6  |VRRP version: 3| Virtual Rtr ID|       0       |
 *     +---------------+---------------+---------------+---------------+
 *   4 |       Source address; one of IPv4 is followed by zeros        |
 *     |                          (16 octets)                          |
 *     +---------------------------------------------------------------+
 */
function digest(message: Uint8Array, trailer: Uint8Array, source: string, key: AuthenticationKey): Uint8Array {
  const [versionAndType = 0, virtualRouterId = 0] = message;
  const pseudoHeader = new Uint8Array(PSEUDO_HEADER_LENGTH);
  pseudoHeader.set([familyOf(source), versionAndType >> 4, virtualRouterId, 0]);
  pseudoHeader.set(addressBytes(source), 4);
  const unsummed = message.slice();
  unsummed.fill(0, CHECKSUM_OFFSET, CHECKSUM_OFFSET + 2);
  return createHmac("sha256", key.secret)
    .update(pseudoHeader)
    .update(unsummed)
    .update(trailer.subarray(0, DIGEST_OFFSET))
    .update(new Uint8Array(DIGEST_LENGTH))
    .digest()
    .subarray(0, DIGEST_LENGTH);
}
