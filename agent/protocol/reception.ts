/** The whole way of a received packet to the virtual router it is for, or to the counter of what is wrong with it. */
import { CARP_FAULTS, CARP_VERSION, type CarpFault, type CarpPacket, decodeCarp } from "./carp.ts";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { familyOf } from "./packet/ip.ts";
import { decodeIpv4, IPV4_FAULTS, type Ipv4Fault } from "./packet/ipv4.ts";
import type { Packet } from "./packet/packet.ts";
import { ADVERTISEMENT_TTL, MULTICAST_GROUP, PROTOCOL_NUMBER } from "./packet/transport.ts";
import { type DecodedVrrp, decodeVrrp, VRRP_FAULTS, type VrrpFault } from "./vrrp.ts";

/** Why a received packet reached no virtual router. */
export type ReceptionFault =
  | Ipv4Fault
  | "ip-protocol"
  | "ttl"
  | VrrpFault
  | CarpFault
  | "unknown-virtual-router"
  | "unknown-sender";

/**
 * All of them, in the order of the checks.
 *
 * RFC 9568 7.1 lists its checks without calling the order normative. Here those come first that the bytes alone
 * decide, then those that need the configuration. `ttl` is both: what went to a group must have 255, and is refused
 * before anything else is read; what went to this node must have what its virtual router asks for, and is refused
 * after that is known.
 */
export const RECEPTION_FAULTS: readonly ReceptionFault[] = [
  ...new Set<ReceptionFault>([
    ...IPV4_FAULTS,
    "ip-protocol",
    "ttl",
    ...VRRP_FAULTS,
    ...CARP_FAULTS,
    "unknown-virtual-router",
    "unknown-sender",
  ]),
];

/** A virtual router's end on the segment. */
export interface ProtocolEndpoint {
  readonly protocol: "vrrp" | "carp";
  /** VRID or vhid, 1..255. */
  readonly virtualRouterId: number;
  /** The interface it takes part on. */
  readonly linkIndex: number;
  /** Own address; its family is that of the virtual router. */
  readonly sourceAddress: string;
  /** Own addresses of those who are heard; with multicast an empty list hears everybody. */
  readonly peers: readonly string[];
  /** Whether advertisements come by the group, and not to the own address. */
  readonly multicast: boolean;
  /** With multicast, whether it hears as well what comes to its own address: as master it is asked whether it lives. */
  readonly isAsked?: boolean;
  /** What the TTL or hop limit of a unicast advertisement must be at least, 1..255. */
  readonly minimumTtl: number;
}

/** An advertisement that passed every check but that of its authentication, which needs to remember what came before. */
export type Received<Endpoint extends ProtocolEndpoint> = ReceivedVrrp<Endpoint> | ReceivedCarp<Endpoint>;

interface Arrival<Endpoint> {
  readonly endpoint: Endpoint;
  /** Own address of the router that sent it. */
  readonly from: string;
}

export interface ReceivedVrrp<Endpoint> extends Arrival<Endpoint>, DecodedVrrp {
  readonly protocol: "vrrp";
}

export interface ReceivedCarp<Endpoint> extends Arrival<Endpoint> {
  readonly protocol: "carp";
  readonly packet: CarpPacket;
}

/**
 * Checks a packet as a raw socket hands it over and finds the virtual router it is for: the one of its protocol, id,
 * interface, IP version, and destination.
 *
 * One whose sender has the virtual router's own address passes: it is a copy of an own one or comes from a host that
 * has taken the address, and the election says so (RFC 9568 leaves this case open).
 */
export function receive<Endpoint extends ProtocolEndpoint>(
  packet: Packet,
  endpoints: readonly Endpoint[],
): Decoded<Received<Endpoint>, ReceptionFault> {
  const ip = carrierOf(packet);
  if (!ip.ok) return ip;
  const { source, destination, protocol, ttl, payload } = ip.value;
  if (protocol !== PROTOCOL_NUMBER) return fault("ip-protocol");
  if (destination === MULTICAST_GROUP[packet.family] && ttl !== ADVERTISEMENT_TTL) return fault("ttl");

  const carrier = { ...ip.value, linkIndex: packet.linkIndex };
  if (isForCarp(payload, endpoints)) {
    const carp = decodeCarp(payload);
    if (!carp.ok) return carp;
    const arrival = arrivalOf(carrier, "carp", carp.value.virtualHostId, endpoints);
    return arrival.ok ? decoded({ protocol: "carp", ...arrival.value, packet: carp.value }) : arrival;
  }
  const vrrp = decodeVrrp(payload, { source, destination });
  if (!vrrp.ok) return vrrp;
  const arrival = arrivalOf(carrier, "vrrp", vrrp.value.advertisement.virtualRouterId, endpoints);
  return arrival.ok ? decoded({ protocol: "vrrp", ...arrival.value, ...vrrp.value }) : arrival;
}

/** What the IP header of a packet says, whoever has read it. */
interface Carrier {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ttl: number;
  readonly payload: Uint8Array;
}

function carrierOf(packet: Packet): Decoded<Carrier, Ipv4Fault> {
  if (packet.family === 4) return decodeIpv4(packet.datagram);
  const { source, destination, hopLimit, payload } = packet;
  return decoded({ source, destination, protocol: PROTOCOL_NUMBER, ttl: hopLimit, payload });
}

/**
 * Whether CARP's decoder has the say. The protocols share a number and differ in the version, but the second version
 * is VRRP's as well; where nobody speaks CARP it is VRRP's, and where only CARP is spoken everything is CARP's.
 */
function isForCarp([versionAndType = 0]: Uint8Array, endpoints: readonly ProtocolEndpoint[]): boolean {
  const speaks = (protocol: ProtocolEndpoint["protocol"]) =>
    endpoints.some((endpoint) => endpoint.protocol === protocol);
  return speaks("carp") && (versionAndType >> 4 === CARP_VERSION || !speaks("vrrp"));
}

function arrivalOf<Endpoint extends ProtocolEndpoint>(
  { source, destination, ttl, linkIndex }: Carrier & { readonly linkIndex: number },
  protocol: ProtocolEndpoint["protocol"],
  virtualRouterId: number,
  endpoints: readonly Endpoint[],
): Decoded<Arrival<Endpoint>, "unknown-virtual-router" | "ttl" | "unknown-sender"> {
  const endpoint = endpoints.find(
    (candidate) =>
      candidate.protocol === protocol &&
      candidate.virtualRouterId === virtualRouterId &&
      candidate.linkIndex === linkIndex &&
      (destinationOf(candidate) === destination || (candidate.isAsked && candidate.sourceAddress === destination)),
  );
  if (endpoint === undefined) return fault("unknown-virtual-router");
  const { multicast, minimumTtl, sourceAddress, peers } = endpoint;
  // What went to the group has 255 by then.
  if (ttl < (multicast ? ADVERTISEMENT_TTL : minimumTtl)) return fault("ttl");
  const hearsEverybody = multicast && peers.length === 0;
  if (source !== sourceAddress && !hearsEverybody && !peers.includes(source)) return fault("unknown-sender");
  return decoded({ endpoint, from: source });
}

/** Where the advertisements for an endpoint go: the group of its family, or itself. */
function destinationOf({ multicast, sourceAddress }: ProtocolEndpoint): string {
  return multicast ? MULTICAST_GROUP[familyOf(sourceAddress)] : sourceAddress;
}
