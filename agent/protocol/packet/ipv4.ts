/** The IPv4 header of a datagram as a raw socket hands it over. */
import { type Decoded, decoded, fault } from "./decoded.ts";
import { addressText } from "./ip.ts";

/** Why bytes are not a whole IPv4 datagram, in the order of the checks. */
export const IPV4_FAULTS = [
  "ip-truncated",
  "ip-version",
  "ip-header-length",
  "ip-total-length",
  "ip-fragment",
] as const;
export type Ipv4Fault = (typeof IPV4_FAULTS)[number];

/** A received datagram without its header. */
export interface Ipv4Datagram {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ttl: number;
  /** A view of the input, cut at the header's total length: octets after it are link-layer padding. */
  readonly payload: Uint8Array;
}

const MIN_HEADER_LENGTH = 20;
const WORD = 4;
/** More Fragments and the fragment offset; the reserved bit and Don't Fragment say nothing about wholeness. */
const FRAGMENT_BITS = 0x3fff;

/**
 * Reads the header that a raw IPv4 socket hands over with every datagram (raw(7)).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+-------------------------------+
 *   0 |Version|  IHL  |Type of Service|          Total Length         |
 *     +-------+-------+---------------+-----+-------------------------+
 *   4 |         Identification        |Flags|      Fragment Offset    |
 *     +---------------+---------------+-----+-------------------------+
 *   8 |  Time to Live |    Protocol   |        Header Checksum        |
 *     +---------------+---------------+-------------------------------+
 *  12 |                         Source Address                        |
 *     +---------------------------------------------------------------+
 *  16 |                       Destination Address                     |
 *     +---------------------------------------------------------------+
 *  20 |                  Options, IHL - 5 words of them               |
 *     +---------------------------------------------------------------+
 *
 * RFC 791 3.1. The kernel has checked the header checksum and put fragments together before a raw socket sees them,
 * so a fragment here is none of the kernel's and is refused.
 */
export function decodeIpv4(bytes: Uint8Array): Decoded<Ipv4Datagram, Ipv4Fault> {
  if (bytes.length < MIN_HEADER_LENGTH) return fault("ip-truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndLength = view.getUint8(0);
  if (versionAndLength >> 4 !== 4) return fault("ip-version");

  const headerLength = (versionAndLength & 0x0f) * WORD;
  if (headerLength < MIN_HEADER_LENGTH) return fault("ip-header-length");
  const totalLength = view.getUint16(2);
  if (totalLength < headerLength) return fault("ip-total-length");
  if (totalLength > bytes.length) return fault("ip-truncated");
  if ((view.getUint16(6) & FRAGMENT_BITS) !== 0) return fault("ip-fragment");

  return decoded({
    source: addressText(bytes.subarray(12, 16)),
    destination: addressText(bytes.subarray(16, 20)),
    protocol: view.getUint8(9),
    ttl: view.getUint8(8),
    payload: bytes.subarray(headerLength, totalLength),
  });
}
