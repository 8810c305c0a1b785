/** What a protocol socket sets on IPv4: the header's fields, and the membership of the group (ip(7)). */
import { addressBytes } from "../../protocol/packet/ip.ts";
import { ADVERTISEMENT_TTL } from "../../protocol/packet/transport.ts";
import { setBytesOption, setOption } from "./socket.ts";

const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IP_PMTUDISC_DO = 2;

/** Class selector 6, internetwork control, as every router sends its routing protocols (RFC 4594). */
const TOS_INTERNETWORK_CONTROL = 0xc0;

/**
 * Sets up a raw IPv4 socket.
 * @param group the group to join; undefined: none.
 * @returns the address to bind to. A raw socket hears only what is sent to that, so a member of a group binds to the
 *   group; its source address then comes with IP_MULTICAST_IF.
 */
export function prepareIpv4(
  fd: number,
  linkIndex: number,
  source: string,
  group: string | undefined,
  subject: string,
): string {
  setOption(fd, IPPROTO_IP, IP_TTL, ADVERTISEMENT_TTL, subject);
  setOption(fd, IPPROTO_IP, IP_TOS, TOS_INTERNETWORK_CONTROL, subject);
  // Don't-fragment: an advertisement always fits, and receivers refuse fragments.
  setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, subject);
  if (group === undefined) return source;
  setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, ADVERTISEMENT_TTL, subject);
  setOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0, subject);
  setOption(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0, subject);
  const membership = multicastRequest(group, source, linkIndex);
  setBytesOption(fd, IPPROTO_IP, IP_MULTICAST_IF, membership, subject);
  setBytesOption(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, subject);
  return group;
}

/**
 * +---------------------------------------------------------------+
 * |                      address of the group                     |
 * +---------------------------------------------------------------+
 * |              own address: the source of what is sent          |
 * +---------------------------------------------------------------+
 * |                  index of the interface, host order           |
 * +---------------------------------------------------------------+   struct ip_mreqn, ip(7)
 */
function multicastRequest(group: string, source: string, linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(addressBytes(group), 0);
  bytes.set(addressBytes(source), 4);
  new DataView(bytes.buffer).setInt32(8, linkIndex, true);
  return bytes;
}
