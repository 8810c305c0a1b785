/** The whole way of a received datagram to the virtual router it is for, or to the counter of what is wrong with it. */
import { type Decoded, decoded, fault } from "./decoded.ts";
import { decodeIpv4, IPV4_FAULTS } from "./ip.ts";
import { type ChecksumDialect, decodeVrrp, VRRP_FAULTS, VRRP_PROTOCOL, type VrrpAdvertisement } from "./vrrp.ts";

/**
 * Why a received datagram reached no virtual router, in the order of the checks.
 *
 * RFC 9568 7.1 lists its checks without calling the order normative. Here those come first that the bytes alone
 * decide, then those that need the configuration.
 */
export const RECEPTION_FAULTS = [
  ...IPV4_FAULTS,
  "ip-protocol",
  "ttl",
  ...VRRP_FAULTS,
  "unknown-virtual-router",
  "unknown-sender",
] as const;
export type ReceptionFault = (typeof RECEPTION_FAULTS)[number];

/** A virtual router's end on the segment, with unicast peers. */
export interface VrrpEndpoint {
  readonly virtualRouterId: number;
  readonly sourceAddress: string;
  readonly peers: readonly string[];
}

/** An advertisement that passed every check. */
export interface ReceivedVrrp<Endpoint> {
  readonly endpoint: Endpoint;
  /** Own address of the router that sent it. */
  readonly from: string;
  readonly advertisement: VrrpAdvertisement;
  readonly checksum: ChecksumDialect;
}

/** Members of a group share a segment, so nothing that a router forwarded is for them (RFC 9568 5.1.1.3, RFC 5082). */
const TTL = 255;

/**
 * Checks a datagram as a raw IPv4 socket hands it over and finds the virtual router it is for.
 *
 * A datagram from the virtual router's own address passes: it is a copy of an own one or comes from a host that has
 * taken the address, and the election says so (RFC 9568 leaves this case open).
 */
export function receiveVrrp<Endpoint extends VrrpEndpoint>(
  datagram: Uint8Array,
  endpoints: readonly Endpoint[],
): Decoded<ReceivedVrrp<Endpoint>, ReceptionFault> {
  const ip = decodeIpv4(datagram);
  if (!ip.ok) return ip;
  const { source, destination, protocol, ttl, payload } = ip.value;
  if (protocol !== VRRP_PROTOCOL) return fault("ip-protocol");
  if (ttl !== TTL) return fault("ttl");

  const vrrp = decodeVrrp(payload, { source, destination });
  if (!vrrp.ok) return vrrp;
  const { advertisement, checksum } = vrrp.value;
  const endpoint = endpoints.find(
    ({ virtualRouterId, sourceAddress }) =>
      virtualRouterId === advertisement.virtualRouterId && sourceAddress === destination,
  );
  if (endpoint === undefined) return fault("unknown-virtual-router");
  if (source !== endpoint.sourceAddress && !endpoint.peers.includes(source)) return fault("unknown-sender");
  return decoded({ endpoint, from: source, advertisement, checksum });
}
