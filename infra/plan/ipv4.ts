/** IPv4 networks as ranges of numbers, the form in which "inside", "broadcast" and "the next one" are plain arithmetic. */
import { isIPv4 } from "node:net";

/** An IPv4 network, its addresses as unsigned 32-bit numbers. */
export interface Ipv4Network {
  /** CIDR notation, as configured. */
  readonly cidr: string;
  /** 0..32 */
  readonly prefixLength: number;
  /** The network address itself. */
  readonly first: number;
  /** The broadcast address. */
  readonly last: number;
}

/** The number of a dotted-quad address. @returns undefined for any other text */
export function parseIpv4(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** Dotted-quad text of an unsigned 32-bit number. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/**
 * Parses CIDR notation. Bits set behind the prefix are kept out: `10.25.0.7/24` and `10.25.0.0/24` are the same network,
 * and `canonicalCidr` tells them apart.
 * @returns undefined when the text is not an address, a slash and a length of 0 to 32
 */
export function parseCidr(text: string): Ipv4Network | undefined {
  const [, addressText = "", lengthText = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(addressText);
  const prefixLength = Number(lengthText);
  if (address === undefined || prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  const first = address - (address % size);
  return { cidr: text, prefixLength, first, last: first + size - 1 };
}

/** The network in the one notation a cloud echoes: no bits behind the prefix, no leading zeros. */
export function canonicalCidr(network: Ipv4Network): string {
  return `${formatIpv4(network.first)}/${network.prefixLength}`;
}

/** Whether the address belongs to the network, its two ends included. */
export function contains(network: Ipv4Network, address: number): boolean {
  return address >= network.first && address <= network.last;
}
