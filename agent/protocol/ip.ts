/** IPv4 as far as a protocol that rides directly in it needs: addresses, the received header, the pseudo-header. */
import { type Decoded, decoded, fault } from "./decoded.ts";

/** Octets of an IPv4 address on the wire. */
export const IPV4_ADDRESS_LENGTH = 4;

/** An IPv4 address in dotted decimal as its octets in network byte order. @throws RangeError when it is not one. */
export function addressBytes(address: string): Uint8Array {
  const octets = address.split(".").map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : Number.NaN));
  if (octets.length !== IPV4_ADDRESS_LENGTH || !octets.every((octet) => octet <= 255)) {
    throw new RangeError(`"${address}" is not an IPv4 address in dotted decimal`);
  }
  return Uint8Array.from(octets);
}

/** The octets of an IPv4 address as the one text everything here compares by: dotted decimal, no leading zeros. */
export function addressText(octets: Uint8Array): string {
  return octets.join(".");
}

/** Orders addresses as unsigned numbers in network byte order: negative when `left` is the lower (RFC 9568 6.4.3). */
export function compareAddresses(left: string, right: string): number {
  const rightOctets = addressBytes(right);
  for (const [index, octet] of addressBytes(left).entries()) {
    const difference = octet - (rightOctets[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

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

/**
 * What an upper-layer checksum covers of the IPv4 header.
 *
 *     +---------------------------------------------------------------+
 *   0 |                         Source Address                        |
 *     +---------------------------------------------------------------+
 *   4 |                       Destination Address                     |
 *     +---------------+---------------+-------------------------------+
 *   8 |       0       |    Protocol   |       Upper-Layer Length      |
 *     +---------------+---------------+-------------------------------+
 *
 * RFC 9293 3.1, where TCP's is drawn.
 */
export function ipv4PseudoHeader(source: string, destination: string, protocol: number, length: number): Uint8Array {
  const header = new Uint8Array(12);
  header.set(addressBytes(source), 0);
  header.set(addressBytes(destination), IPV4_ADDRESS_LENGTH);
  const view = new DataView(header.buffer);
  view.setUint8(9, protocol);
  view.setUint16(10, length);
  return header;
}
