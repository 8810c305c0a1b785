/** IP addresses of both families, as the one text everything here compares by and as bytes; and the pseudo-headers. */
import { isIPv4, isIPv6 } from "node:net";
import type { Family } from "./packet.ts";
import type { Ends } from "./transport.ts";

/** Octets of an address on the wire. */
export const ADDRESS_LENGTH: Readonly<Record<Family, number>> = { 4: 4, 6: 16 };

const GROUPS = 8;

/** IP version of an address. */
export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/**
 * The octets of an address in network byte order, 4 of them for dotted decimal and 16 for any form of RFC 4291 2.2
 * without a zone.
 * @throws RangeError when it is neither.
 */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  if (isIPv6(address) && !address.includes("%")) return ipv6Bytes(address);
  throw new RangeError(`"${address}" is not an IP address: write one such as 192.0.2.1 or 2001:db8::1`);
}

function ipv6Bytes(address: string): Uint8Array {
  const [head = "", tail = ""] = address.split("::");
  const bytes = new Uint8Array(ADDRESS_LENGTH[6]);
  const last = groupOctets(tail);
  bytes.set(groupOctets(head), 0);
  bytes.set(last, bytes.length - last.length);
  return bytes;
}

/** The octets of groups between colons, of which the last may be in dotted decimal. */
function groupOctets(groups: string): readonly number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * The canonical text of 4 or 16 octets: dotted decimal without leading zeros, or RFC 5952, with dotted decimal at the
 * end where its section 5 has it.
 * @throws RangeError for another number of octets.
 */
export function addressText(octets: Uint8Array): string {
  if (octets.length === ADDRESS_LENGTH[4]) return octets.join(".");
  if (octets.length === ADDRESS_LENGTH[6]) return ipv6Text(octets);
  throw new RangeError(`an IP address has 4 or 16 octets, not ${octets.length}`);
}

function ipv6Text(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const groups = Array.from({ length: GROUPS }, (_, index) => view.getUint16(2 * index));
  const zeros = longestZeroRun(groups);
  // ::192.0.2.1 and ::ffff:192.0.2.1, the IPv4-compatible and the IPv4-mapped addresses (RFC 4291 2.5.5).
  const embedsIpv4 = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff));
  const words = groups.map((group) => group.toString(16));
  if (embedsIpv4) words.splice(6, 2, octets.subarray(12).join("."));
  if (zeros.length === 0) return words.join(":");
  return `${words.slice(0, zeros.start).join(":")}::${words.slice(zeros.start + zeros.length).join(":")}`;
}

/** The run of zeros that `::` stands for: the longest, the first of equals, and never a single group (RFC 5952 4.2). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length >= 2 && length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
}

/**
 * Orders addresses as unsigned numbers in network byte order: negative when `left` is the lower (RFC 9568 6.4.3).
 * Every IPv4 address is below every IPv6 address, as CARP sorts them.
 * @throws RangeError when one is no address.
 */
export function compareAddresses(left: string, right: string): number {
  const leftOctets = addressBytes(left);
  const rightOctets = addressBytes(right);
  if (leftOctets.length !== rightOctets.length) return leftOctets.length - rightOctets.length;
  for (const [index, octet] of leftOctets.entries()) {
    const difference = octet - (rightOctets[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether the octets are an IPv6 link-local address, fe80::/10 (RFC 4291 2.5.6). */
export function isLinkLocal(octets: Uint8Array): boolean {
  const [first = 0, second = 0] = octets;
  return octets.length === ADDRESS_LENGTH[6] && first === 0xfe && (second & 0xc0) === 0x80;
}

/**
 * The group that everyone with an IPv6 address listens to for solicitations: ff02::1:ff and its last three octets
 * (RFC 4291 2.7.1).
 * @throws RangeError when it is not an IPv6 address.
 */
export function solicitedNodeGroup(address: string): string {
  const octets = addressBytes(address);
  if (octets.length !== ADDRESS_LENGTH[6]) {
    throw new RangeError(`"${address}" is not an IPv6 address: only those have a solicited-node group`);
  }
  const group = addressBytes("ff02::1:ff00:0");
  group.set(octets.subarray(13), 13);
  return addressText(group);
}

/**
 * What an upper-layer checksum covers of the IP header. Over IPv4 (RFC 9293 3.1, where TCP's is drawn):
 *
 *     +---------------------------------------------------------------+
 *   0 |                         Source Address                        |
 *     +---------------------------------------------------------------+
 *   4 |                       Destination Address                     |
 *     +---------------+---------------+-------------------------------+
 *   8 |       0       |    Protocol   |       Upper-Layer Length      |
 *     +---------------+---------------+-------------------------------+
 *
 * Over IPv6 (RFC 8200 8.1):
 *
 *     +---------------------------------------------------------------+
 *   0 |                         Source Address                        |
 *     |                           (16 octets)                         |
 *     +---------------------------------------------------------------+
 *  16 |                      Destination Address                      |
 *     |                           (16 octets)                         |
 *     +---------------------------------------------------------------+
 *  32 |                       Upper-Layer Length                      |
 *     +-----------------------------------------------+---------------+
 *  36 |                       0                       |  Next Header  |
 *     +-----------------------------------------------+---------------+
 *
 * @throws RangeError when the ends are not of one family.
 */
export function pseudoHeader({ source, destination }: Ends, protocol: number, length: number): Uint8Array {
  const from = addressBytes(source);
  const to = addressBytes(destination);
  if (from.length !== to.length) throw new RangeError(`"${source}" and "${destination}" are not of one IP version`);
  const tailOffset = from.length + to.length;
  const isIpv4 = from.length === ADDRESS_LENGTH[4];
  const header = new Uint8Array(tailOffset + (isIpv4 ? 4 : 8));
  header.set(from, 0);
  header.set(to, from.length);
  const view = new DataView(header.buffer);
  view.setUint8(isIpv4 ? tailOffset + 1 : tailOffset + 7, protocol);
  view.setUint16(tailOffset + 2, length);
  return header;
}
