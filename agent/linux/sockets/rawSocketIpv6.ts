/** What a protocol socket sets on IPv6: the header's fields, what is told of received ones, the group (ipv6(7), RFC 3542). */
import { addressBytes } from "../../protocol/packet/ip.ts";
import { ADVERTISEMENT_TTL } from "../../protocol/packet/transport.ts";
import { SOL_IPV6, setBytesOption, setOption } from "./socket.ts";

const IPV6_CHECKSUM = 7;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const IPV6_MTU_DISCOVER = 23;
const IPV6_MULTICAST_ALL = 29;
const IPV6_RECVPKTINFO = 49;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_DONTFRAG = 62;
const IPV6_TCLASS = 67;
const IPV6_PMTUDISC_DO = 2;

/** Class selector 6, internetwork control, as every router sends its routing protocols (RFC 4594). */
const TRAFFIC_CLASS_INTERNETWORK_CONTROL = 0xc0;
/** The kernel neither writes nor checks a checksum: the codec does both, and counts what it finds. */
const NO_CHECKSUM = -1;

/**
 * Sets up a raw IPv6 socket.
 * @param group the group to join; undefined: none.
 * @returns the address to bind to: the source, also of a member. It hears its groups beside its own address, and
 *   PacketReader keeps them apart.
 */
export function prepareIpv6(
  fd: number,
  linkIndex: number,
  source: string,
  group: string | undefined,
  subject: string,
): string {
  setOption(fd, SOL_IPV6, IPV6_CHECKSUM, NO_CHECKSUM, subject);
  setOption(fd, SOL_IPV6, IPV6_UNICAST_HOPS, ADVERTISEMENT_TTL, subject);
  setOption(fd, SOL_IPV6, IPV6_TCLASS, TRAFFIC_CLASS_INTERNETWORK_CONTROL, subject);
  setOption(fd, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, subject);
  setOption(fd, SOL_IPV6, IPV6_DONTFRAG, 1, subject);
  setOption(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1, subject);
  setOption(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1, subject);
  // Otherwise it would hear every group that any socket of this machine joined.
  setOption(fd, SOL_IPV6, IPV6_MULTICAST_ALL, 0, subject);
  if (group === undefined) return source;
  setOption(fd, SOL_IPV6, IPV6_MULTICAST_HOPS, ADVERTISEMENT_TTL, subject);
  setOption(fd, SOL_IPV6, IPV6_MULTICAST_LOOP, 0, subject);
  setBytesOption(fd, SOL_IPV6, IPV6_JOIN_GROUP, multicastRequest(group, linkIndex), subject);
  return source;
}

/**
 * +---------------------------------------------------------------+
 * |               address of the group (16 octets)                |
 * +---------------------------------------------------------------+
 * |                  index of the interface, host order           |
 * +---------------------------------------------------------------+   struct ipv6_mreq, ipv6(7)
 */
function multicastRequest(group: string, linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(addressBytes(group), 0);
  new DataView(bytes.buffer).setInt32(16, linkIndex, true);
  return bytes;
}
