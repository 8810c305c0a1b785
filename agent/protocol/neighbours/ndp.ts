/** The unsolicited neighbour advertisement of IPv6 over Ethernet: what moves an address to this host, as ARP does for IPv4. */
import { internetChecksum } from "../packet/checksum.ts";
import { type Decoded, decoded, fault } from "../packet/decoded.ts";
import { MAC_LENGTH, macBytes, macText, multicastMac } from "../packet/ethernet.ts";
import { ADDRESS_LENGTH, addressBytes, addressText, pseudoHeader } from "../packet/ip.ts";
import type { Ends } from "../packet/transport.ts";

/** A neighbour advertisement; `linkLayerAddress` is text, `02:00:00:00:00:01`. */
export interface NeighbourAdvertisement {
  readonly source: string;
  readonly destination: string;
  /** The address it speaks of. */
  readonly target: string;
  /** Where that address is from now on. */
  readonly linkLayerAddress: string;
  /** R: the holder forwards packets. */
  readonly router: boolean;
  /** S: somebody asked. */
  readonly solicited: boolean;
  /** O: a cache that knows better is to forget it. */
  readonly override: boolean;
}

/** Why a frame is not a neighbour advertisement with a link-layer address, in the order of the checks. */
export const NDP_FAULTS = [
  "ndp-truncated",
  "ndp-ethertype",
  "ndp-version",
  "ndp-length",
  "ndp-next-header",
  "ndp-hop-limit",
  "ndp-checksum",
  "ndp-type",
  "ndp-option",
] as const;
export type NdpFault = (typeof NDP_FAULTS)[number];

const ETHERTYPE_IPV6 = 0x86dd;
const ALL_NODES = "ff02::1";
const NEXT_HEADER_ICMPV6 = 58;
/** RFC 4861 7.1.2: with less it may have crossed a router, and is refused. */
const HOP_LIMIT = 255;
const TYPE_NEIGHBOUR_ADVERTISEMENT = 136;
const ROUTER = 0x80;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;
const OPTION_TARGET_LINK_LAYER_ADDRESS = 2;

const IP_OFFSET = 14;
const ICMP_OFFSET = 54;
const ICMP_LENGTH = 32;
const FRAME_LENGTH = ICMP_OFFSET + ICMP_LENGTH;

/**
 * Writes an unsolicited neighbour advertisement as an Ethernet frame, to all nodes of the link.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------------------------------------------------------+
 *   0 |               Destination MAC: 33:33:00:00:00:01              |
 *     +                               +-------------------------------+
 *   4 |                               |      Source MAC: holder's     |
 *     +-------------------------------+                               +
 *   8 |                                                               |
 *     +-------------------------------+-------+---------------+-------+
 *  12 |       EtherType 0x86dd        | Vers.6|     Class     | Flow  |
 *     +-------------------------------+-------+---------------+-------+
 *  16 |          Flow label           |       Payload Length: 32      |
 *     +---------------+---------------+-------------------------------+
 *  20 |Next Header: 58| Hop Limit: 255|                               |
 *     +---------------+---------------+                               +
 *  24 |              Source address: the one held (16 octets)         |
 *     +                               +-------------------------------+
 *  36 |                               |                               |
 *     +-------------------------------+                               +
 *  40 |              Destination address: ff02::1 (16 octets)         |
 *     +                               +---------------+---------------+
 *  52 |                               |   Type: 136   |    Code: 0    |
 *     +-------------------------------+-+-+-+---------+---------------+
 *  56 |            Checksum           |R|S|O|         0               |
 *     +-------------------------------+-+-+-+-------------------------+
 *  60 |               0               |                               |
 *     +-------------------------------+                               +
 *  64 |              Target address: the one held (16 octets)         |
 *     +                               +---------------+---------------+
 *  76 |                               |Option type: 2 |Length in 8: 1 |
 *     +-------------------------------+---------------+---------------+
 *  80 |            Target link-layer address: holder's MAC            |
 *     +                               +-------------------------------+
 *  84 |                               |
 *     +-------------------------------+
 *
 * RFC 4861 4.4 and 7.2.6; RFC 9568 6.4.1 asks for R = 1, S = 0 and O = 1. The address itself is the source, as
 * keepalived has it: clouds let it through wherever they let its packets through.
 * @param mac the interface's own address. RFC 9568 7.3 has a virtual one, which clouds do not let through.
 * @param options `router`: whether the holder forwards packets. Who says so to a host may become its default router.
 * @throws RangeError when an address is not one, or not of IPv6.
 */
export function encodeNeighbourAdvertisement(
  mac: string,
  address: string,
  { router }: { readonly router: boolean },
): Uint8Array {
  const holder = macBytes(mac);
  const held = addressBytes(address);
  if (held.length !== ADDRESS_LENGTH[6]) {
    throw new RangeError(`"${address}" is not an IPv6 address: neighbour discovery has no other`);
  }
  const frame = new Uint8Array(FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  frame.set(macBytes(multicastMac(ALL_NODES)), 0);
  frame.set(holder, MAC_LENGTH);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint8(IP_OFFSET, 6 << 4);
  view.setUint16(18, ICMP_LENGTH);
  view.setUint8(20, NEXT_HEADER_ICMPV6);
  view.setUint8(21, HOP_LIMIT);
  frame.set(held, 22);
  frame.set(addressBytes(ALL_NODES), 38);
  view.setUint8(ICMP_OFFSET, TYPE_NEIGHBOUR_ADVERTISEMENT);
  view.setUint8(58, OVERRIDE | (router ? ROUTER : 0));
  frame.set(held, 62);
  view.setUint8(78, OPTION_TARGET_LINK_LAYER_ADDRESS);
  view.setUint8(79, 1);
  frame.set(holder, 80);
  view.setUint16(56, icmpChecksum(frame.subarray(ICMP_OFFSET), { source: address, destination: ALL_NODES }));
  return frame;
}

/** Reads an Ethernet frame, drawn above, that may carry a neighbour advertisement; octets after the 86th are padding. */
export function decodeNeighbourAdvertisement(frame: Uint8Array): Decoded<NeighbourAdvertisement, NdpFault> {
  if (frame.length < FRAME_LENGTH) return fault("ndp-truncated");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== ETHERTYPE_IPV6) return fault("ndp-ethertype");
  if (view.getUint8(IP_OFFSET) >> 4 !== 6) return fault("ndp-version");
  if (view.getUint16(18) !== ICMP_LENGTH) return fault("ndp-length");
  if (view.getUint8(20) !== NEXT_HEADER_ICMPV6) return fault("ndp-next-header");
  if (view.getUint8(21) !== HOP_LIMIT) return fault("ndp-hop-limit");
  const source = addressText(frame.subarray(22, 38));
  const destination = addressText(frame.subarray(38, 54));
  const message = frame.subarray(ICMP_OFFSET, FRAME_LENGTH);
  if (icmpChecksum(message, { source, destination }) !== 0) return fault("ndp-checksum");
  if (view.getUint16(ICMP_OFFSET) !== TYPE_NEIGHBOUR_ADVERTISEMENT << 8) return fault("ndp-type");
  if (view.getUint16(78) !== ((OPTION_TARGET_LINK_LAYER_ADDRESS << 8) | 1)) return fault("ndp-option");
  const flags = view.getUint8(58);
  return decoded({
    source,
    destination,
    target: addressText(frame.subarray(62, 78)),
    linkLayerAddress: macText(frame.subarray(80, 86)),
    router: (flags & ROUTER) !== 0,
    solicited: (flags & SOLICITED) !== 0,
    override: (flags & OVERRIDE) !== 0,
  });
}

function icmpChecksum(message: Uint8Array, ends: Ends): number {
  return internetChecksum(pseudoHeader(ends, NEXT_HEADER_ICMPV6, message.length), message);
}
