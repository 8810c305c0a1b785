/** IP socket addresses as the kernel reads and writes them (ip(7), ipv6(7)); raw sockets have no use for ports. */
import { addressBytes, addressText } from "../../protocol/packet/ip.ts";
import { AF_INET, AF_INET6 } from "./socket.ts";

const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |     AF_INET, host order       |               0               |
 * +-------------------------------+-------------------------------+
 * |                         IPv4 address                          |
 * +---------------------------------------------------------------+
 * |                        zero (8 octets)                        |
 * +---------------------------------------------------------------+   struct sockaddr_in, ip(7)
 *
 * +-------------------------------+-------------------------------+
 * |     AF_INET6, host order      |               0               |
 * +-------------------------------+-------------------------------+
 * |                         flow label: 0                         |
 * +---------------------------------------------------------------+
 * |                   IPv6 address (16 octets)                    |
 * +---------------------------------------------------------------+
 * |         scope: index of the interface, host order             |
 * +---------------------------------------------------------------+   struct sockaddr_in6, ipv6(7)
 *
 * @param linkIndex the interface a link-local or multicast IPv6 address is meant on; for others it says nothing.
 */
export function socketAddress(address: string, linkIndex: number): Uint8Array {
  const octets = addressBytes(address);
  const isIpv4 = octets.length === 4;
  const bytes = new Uint8Array(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  bytes.set(octets, isIpv4 ? 4 : 8);
  if (!isIpv4) view.setUint32(24, linkIndex, true);
  return bytes;
}

/** The address in a `struct sockaddr_in6`, drawn above; undefined for anything else. */
export function ipv6AddressIn(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SOCKADDR_IN6_BYTES || view.getUint16(0, true) !== AF_INET6) return undefined;
  return addressText(bytes.subarray(8, 24));
}
