/**
 * The neighbour solicitation of duplicate address detection (RFC 4862 5.4.2): whoever has the address answers it to all
 * nodes of the link, with override, so every neighbour learns where it is.
 */
import { internetChecksum } from "../packet/checksum.ts";
import { MAC_LENGTH, macBytes, multicastMac } from "../packet/ethernet.ts";
import { ADDRESS_LENGTH, addressBytes, addressText, pseudoHeader } from "../packet/ip.ts";

const ETHERTYPE_IPV6 = 0x86dd;
const NEXT_HEADER_ICMPV6 = 58;
const HOP_LIMIT = 255;
const TYPE_NEIGHBOUR_SOLICITATION = 135;
const UNSPECIFIED = "::";
const SOLICITED_NODE_PREFIX = "ff02::1:ff00:0";

const ICMP_OFFSET = 54;
const ICMP_LENGTH = 24;

/**
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------------------------------------------------------+
 *   0 |  Destination MAC: 33:33:ff and the address's last 24 bits     |
 *     +                               +-------------------------------+
 *   4 |                               |       Source MAC: own         |
 *     +-------------------------------+                               +
 *   8 |                                                               |
 *     +-------------------------------+-------+---------------+-------+
 *  12 |       EtherType 0x86dd        | Vers.6|     Class     | Flow  |
 *     +-------------------------------+-------+---------------+-------+
 *  16 |          Flow label           |       Payload Length: 24      |
 *     +---------------+---------------+-------------------------------+
 *  20 |Next Header: 58| Hop Limit: 255|   Source: ::, unspecified     |
 *     +---------------+---------------+                               +
 *     |                              ...                              |
 *     +                               +-------------------------------+
 *  36 |                               |  Destination: ff02::1:ff and  |
 *     +-------------------------------+                               +
 *     |                the address's last 24 bits                     |
 *     +                               +---------------+---------------+
 *  52 |                               |   Type: 135   |    Code: 0    |
 *     +-------------------------------+---------------+---------------+
 *  56 |            Checksum           |               0               |
 *     +-------------------------------+-------------------------------+
 *  60 |               0               |                               |
 *     +-------------------------------+                               +
 *     |             Target address: the one in question               |
 *     +                               +-------------------------------+
 *  76 |                               |
 *     +-------------------------------+
 *
 * RFC 4861 4.3; from an unspecified source it carries no link-layer address (RFC 4861 7.2.2).
 * @param mac of the interface it leaves by.
 * @throws RangeError when an address is not one, or not of IPv6.
 */
export function encodeDuplicateProbe(mac: string, address: string): Uint8Array {
  const target = addressBytes(address);
  if (target.length !== ADDRESS_LENGTH[6]) {
    throw new RangeError(`"${address}" is not an IPv6 address: neighbour discovery has no other`);
  }
  const group = addressBytes(SOLICITED_NODE_PREFIX);
  group.set(target.subarray(13), 13);
  const destination = addressText(group);
  const frame = new Uint8Array(ICMP_OFFSET + ICMP_LENGTH);
  const view = new DataView(frame.buffer);
  frame.set(macBytes(multicastMac(destination)), 0);
  frame.set(macBytes(mac), MAC_LENGTH);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint8(14, 6 << 4);
  view.setUint16(18, ICMP_LENGTH);
  view.setUint8(20, NEXT_HEADER_ICMPV6);
  view.setUint8(21, HOP_LIMIT);
  frame.set(group, 38);
  view.setUint8(ICMP_OFFSET, TYPE_NEIGHBOUR_SOLICITATION);
  frame.set(target, 62);
  const message = frame.subarray(ICMP_OFFSET);
  const sum = internetChecksum(
    pseudoHeader({ source: UNSPECIFIED, destination }, NEXT_HEADER_ICMPV6, ICMP_LENGTH),
    message,
  );
  view.setUint16(56, sum);
  return frame;
}
