/**
 * Where everything of the private network has its address.
 *
 *   .0        .1        .10       .10+N                  .224           .255
 *   network   gateway   VIPs      node named "...-N",    the cloud's    broadcast
 *                                 others by hash         own pool
 *
 * A node's default address follows from its own name and nothing else, so adding or removing a node never moves another.
 * The price is that two names can fall on one address; that is refused with the remedy to write an address down.
 */
import { createHash } from "node:crypto";
import { formatIpv4, type Ipv4Network } from "./ipv4.ts";

/** Shortest prefix that still leaves a pool for DHCP, a gateway and a few nodes: 16 addresses. */
export const LONGEST_PREFIX = 28;
/** Longest network anyone has a use for, a whole private /8. */
export const SHORTEST_PREFIX = 8;

/** Networks smaller than this have no room to keep the first ten addresses free for VIPs. */
const ROOMY = 64;
const KEPT_FOR_VIPS = 10;

/** More than this no cloud needs for its own ports. */
const LARGEST_POOL = 32;

/** An inclusive range of addresses. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range the cloud may take addresses from by itself, for its DHCP and DNS ports: the network's end, at most a quarter
 * of it. Nodes and VIPs ask for theirs by name and stay out of it. A gateway that is the last address, as OVH's is of a routed
 * block, is not in it.
 */
export function allocationPool(network: Ipv4Network, gateway?: number): AddressRange {
  const size = Math.min((network.last - network.first + 1) / 4, LARGEST_POOL);
  return { start: network.last + 1 - size, end: network.last - (gateway === network.last - 1 ? 2 : 1) };
}

/** The gateway's address when none is configured: the first of the network. */
export function defaultGateway(network: Ipv4Network): number {
  return network.first + 1;
}

/**
 * A node's address when none is configured.
 *
 * A name that ends in a number takes that place (edge-1 of 10.25.0.0/24 is 10.25.0.11); any other name, or a number that
 * does not fit, takes the place its hash says.
 */
export function defaultNodeAddress(network: Ipv4Network, nodeName: string): number {
  const base = network.first + (network.last - network.first + 1 >= ROOMY ? KEPT_FOR_VIPS : 1);
  const places = allocationPool(network).start - base - 1;
  const number = Number(/\d+$/.exec(nodeName)?.[0] ?? 0);
  if (number >= 1 && number <= places) return base + number;
  const hash = createHash("sha256").update(nodeName).digest().readUInt32BE();
  return base + 1 + (hash % places);
}

/** `10.25.0.192` and `10.25.0.254`, as a subnet's allocation pool wants them. */
export function formatRange(range: AddressRange): { readonly start: string; readonly end: string } {
  return { start: formatIpv4(range.start), end: formatIpv4(range.end) };
}
