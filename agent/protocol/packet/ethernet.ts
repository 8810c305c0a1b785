/** Ethernet addresses: as text and as bytes, those of multicast groups, and that of a virtual router. */
import { inRange } from "./field.ts";
import { addressBytes, familyOf } from "./ip.ts";
import type { Family } from "./packet.ts";

/** Octets of an Ethernet address. */
export const MAC_LENGTH = 6;

/** The octets of an address such as 02:00:00:00:00:01. @throws RangeError when it is not one. */
export function macBytes(mac: string): Uint8Array {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac)) {
    throw new RangeError(`"${mac}" is not an Ethernet address such as 02:00:00:00:00:01`);
  }
  return Uint8Array.from(mac.split(":"), (octet) => Number.parseInt(octet, 16));
}

/** The text of an Ethernet address: lower case, colons. */
export function macText(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

/**
 * Where Ethernet sends what is for an IP multicast group: 01:00:5e and the low 23 bits (RFC 1112 6.4), or 33:33 and the
 * low 32 bits (RFC 2464 7).
 * @throws RangeError when `group` is no address.
 */
export function multicastMac(group: string): string {
  const octets = addressBytes(group);
  if (familyOf(group) === 6) return macText(Uint8Array.of(0x33, 0x33, ...octets.subarray(12)));
  const [, second = 0, third = 0, fourth = 0] = octets;
  return macText(Uint8Array.of(0x01, 0x00, 0x5e, second & 0x7f, third, fourth));
}

/**
 * The address that a virtual router's members share, 00:00:5e:00:01:{id} for IPv4 and 00:00:5e:00:02:{id} for IPv6
 * (RFC 9568 7.3).
 * @throws RangeError when the id is not 1..255.
 */
export function virtualRouterMac(family: Family, virtualRouterId: number): string {
  const id = inRange("virtualRouterId", virtualRouterId, 1, 255);
  return macText(Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 0x01 : 0x02, id));
}
