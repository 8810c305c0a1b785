/** The CARP version 2 advertisement as bytes, as OpenBSD's carp(4), FreeBSD's and ucarp send it over IPv4 and IPv6. */
import { internetChecksum } from "./packet/checksum.ts";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { inRange } from "./packet/field.ts";

/** The version nibble; VRRP's was the same before its third version. */
export const CARP_VERSION = 2;
/** The only type. */
export const CARP_TYPE_ADVERTISEMENT = 1;

/** Advertisement base and skew of a master that says goodbye: everybody is preferred to it (carp(4) on OpenBSD). */
export const BOW_OUT = { advertisementBase: 255, advertisementSkew: 255 } as const;

/** The message, every field as it is on the wire. */
export interface CarpPacket {
  /** 1..255, the vhid. */
  readonly virtualHostId: number;
  /** Seconds between the sender's advertisements, 0..255; not authenticated. */
  readonly advertisementBase: number;
  /** 256ths of a second on top, 0..255: the lower, the more preferred; not authenticated. */
  readonly advertisementSkew: number;
  /** OpenBSD's demotion count, 0..255; FreeBSD and ucarp send 0 and ignore it. Not authenticated. */
  readonly demotion: number;
  /** 8 octets, opaque here: see carpCounter.ts. */
  readonly counter: Uint8Array;
  /** 20 octets, from carpDigest. */
  readonly digest: Uint8Array;
}

/** Why bytes are not a CARP advertisement, in the order of the checks. */
export const CARP_FAULTS = ["carp-truncated", "carp-version", "carp-type", "carp-authlen", "checksum"] as const;
export type CarpFault = (typeof CARP_FAULTS)[number];

/** Octets of the counter. */
export const COUNTER_LENGTH = 8;
/** Octets of an HMAC-SHA1. */
export const DIGEST_LENGTH = 20;

const LENGTH = 36;
const CHECKSUM_OFFSET = 6;
const COUNTER_OFFSET = 8;
const DIGEST_OFFSET = 16;
/** Counter and digest in words of 4 octets. */
const AUTHENTICATION_LENGTH = 7;

/**
 * Writes an advertisement.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+---------------+---------------+
 *   0 |Vers. 2| Type 1|    Vhid       |    Advskew    |  Authlen: 7   |
 *     +-------+-------+---------------+---------------+---------------+
 *   4 |    Demote     |    Advbase    |            Checksum           |
 *     +---------------+---------------+-------------------------------+
 *   8 |                       Counter (8 octets)                      |
 *     |                                                               |
 *     +---------------------------------------------------------------+
 *  16 |                      HMAC-SHA1 (20 octets)                    |
 *     |                              ...                              |
 *     +---------------------------------------------------------------+
 *
 * There is no RFC: this is ip_carp.h of OpenBSD. The checksum is over these octets alone for both IP versions, so the
 * bytes are the same for every destination.
 * @throws RangeError when a field does not fit the wire.
 */
export function encodeCarp(packet: CarpPacket): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (CARP_VERSION << 4) | CARP_TYPE_ADVERTISEMENT);
  view.setUint8(1, inRange("virtualHostId", packet.virtualHostId, 1, 255));
  view.setUint8(2, inRange("advertisementSkew", packet.advertisementSkew, 0, 255));
  view.setUint8(3, AUTHENTICATION_LENGTH);
  view.setUint8(4, inRange("demotion", packet.demotion, 0, 255));
  view.setUint8(5, inRange("advertisementBase", packet.advertisementBase, 0, 255));
  inRange("length of the counter", packet.counter.length, COUNTER_LENGTH, COUNTER_LENGTH);
  bytes.set(packet.counter, COUNTER_OFFSET);
  inRange("length of the digest", packet.digest.length, DIGEST_LENGTH, DIGEST_LENGTH);
  bytes.set(packet.digest, DIGEST_OFFSET);
  view.setUint16(CHECKSUM_OFFSET, internetChecksum(bytes));
  return bytes;
}

/**
 * Reads an advertisement; octets after the 36th are no part of it. OpenBSD, FreeBSD and ucarp check neither type nor
 * authentication length, but send no others. Counter and digest are views of the input.
 */
export function decodeCarp(bytes: Uint8Array): Decoded<CarpPacket, CarpFault> {
  if (bytes.length < LENGTH) return fault("carp-truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndType = view.getUint8(0);
  if (versionAndType >> 4 !== CARP_VERSION) return fault("carp-version");
  if ((versionAndType & 0x0f) !== CARP_TYPE_ADVERTISEMENT) return fault("carp-type");
  if (view.getUint8(3) !== AUTHENTICATION_LENGTH) return fault("carp-authlen");
  const message = bytes.subarray(0, LENGTH);
  if (internetChecksum(message) !== 0) return fault("checksum");
  return decoded({
    virtualHostId: view.getUint8(1),
    advertisementBase: view.getUint8(5),
    advertisementSkew: view.getUint8(2),
    demotion: view.getUint8(4),
    counter: message.subarray(COUNTER_OFFSET, DIGEST_OFFSET),
    digest: message.subarray(DIGEST_OFFSET),
  });
}
