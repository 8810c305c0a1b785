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

/** A range with a purpose of its own, which is not the public Internet's (RFC 6890). */
export interface SpecialRange {
  readonly cidr: string;
  /** What its addresses are, completing "is". */
  readonly what: string;
  /** Whether a host's interface can have one. */
  readonly isHost: boolean;
}

const SPECIAL: readonly SpecialRange[] = [
  { cidr: "0.0.0.0/8", what: '"this network" (0.0.0.0/8)', isHost: false },
  { cidr: "10.0.0.0/8", what: "private (10.0.0.0/8)", isHost: true },
  { cidr: "100.64.0.0/10", what: "shared by carriers (100.64.0.0/10)", isHost: true },
  { cidr: "127.0.0.0/8", what: "loopback (127.0.0.0/8)", isHost: false },
  { cidr: "169.254.0.0/16", what: "link-local (169.254.0.0/16)", isHost: true },
  { cidr: "172.16.0.0/12", what: "private (172.16.0.0/12)", isHost: true },
  { cidr: "192.168.0.0/16", what: "private (192.168.0.0/16)", isHost: true },
  { cidr: "224.0.0.0/4", what: "multicast (224.0.0.0/4)", isHost: false },
  { cidr: "240.0.0.0/4", what: "reserved (240.0.0.0/4)", isHost: false },
];

const SPECIAL_NETWORKS = SPECIAL.flatMap((special) => {
  const network = parseCidr(special.cidr);
  return network === undefined ? [] : [{ special, network }];
});

/** The special range that holds all of first..last; undefined for public addresses, and for what is more than one range. */
export function specialRange(first: number, last: number = first): SpecialRange | undefined {
  return SPECIAL_NETWORKS.find(({ network }) => first >= network.first && last <= network.last)?.special;
}
