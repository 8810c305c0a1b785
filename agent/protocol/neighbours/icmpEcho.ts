/** ICMP echo of both families: the request that a ping check sends, and the reading of what may be its answer. */
import { internetChecksum } from "../packet/checksum.ts";
import { type Decoded, decoded, fault } from "../packet/decoded.ts";
import { inRange } from "../packet/field.ts";
import { decodeIpv4, IPV4_FAULTS } from "../packet/ipv4.ts";
import type { Family } from "../packet/packet.ts";

/** What an echo request carries and its reply brings back. */
export interface Echo {
  /** 0..65535, the same for every request of one asker. */
  readonly identifier: number;
  /** 0..65535, another for each request. */
  readonly sequence: number;
  /** Anything; what nobody else can know makes a forged reply recognizable. */
  readonly data: Uint8Array;
}

/** Why bytes are not an echo reply, in the order of the checks. */
export const ECHO_FAULTS = [...IPV4_FAULTS, "icmp-protocol", "icmp-truncated", "icmp-checksum", "icmp-type"] as const;
export type EchoFault = (typeof ECHO_FAULTS)[number];

/** IP protocol number, and next header, of ICMP. */
export const ICMP_PROTOCOL: Readonly<Record<Family, number>> = { 4: 1, 6: 58 };
/** The type of a reply; code 0. */
export const ECHO_REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 };
const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };
const HEADER_LENGTH = 8;

/**
 * Writes an echo request.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------+---------------+-------------------------------+
 *   0 |      Type     |    Code: 0    |            Checksum           |
 *     +---------------+---------------+-------------------------------+
 *   4 |           Identifier          |        Sequence Number        |
 *     +-------------------------------+-------------------------------+
 *   8 |                              Data                             |
 *     +---------------------------------------------------------------+
 *
 * RFC 792 page 14; RFC 4443 4.1. The checksum of IPv6 covers the source address, which the kernel chooses: it is left 0
 * for the kernel to fill in, as it does in every raw ICMPv6 socket (RFC 3542 3.1).
 * @throws RangeError when a number does not fit.
 */
export function encodeEchoRequest(family: Family, { identifier, sequence, data }: Echo): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + data.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, ECHO_REQUEST[family]);
  view.setUint16(4, inRange("identifier", identifier, 0, 0xffff));
  view.setUint16(6, inRange("sequence", sequence, 0, 0xffff));
  message.set(data, HEADER_LENGTH);
  if (family === 4) view.setUint16(2, internetChecksum(message));
  return message;
}

/**
 * Reads what a raw ICMP socket hands over as an echo reply: of IPv4 a datagram with its header, of IPv6 the message
 * alone, whose checksum the kernel has verified.
 */
export function decodeEchoReply(family: Family, bytes: Uint8Array): Decoded<Echo, EchoFault> {
  if (family === 6) return echoReplyIn(6, bytes);
  const datagram = decodeIpv4(bytes);
  if (!datagram.ok) return datagram;
  const { protocol, payload } = datagram.value;
  if (protocol !== ICMP_PROTOCOL[4]) return fault("icmp-protocol");
  return echoReplyIn(4, payload);
}

function echoReplyIn(family: Family, message: Uint8Array): Decoded<Echo, EchoFault> {
  if (message.length < HEADER_LENGTH) return fault("icmp-truncated");
  if (family === 4 && internetChecksum(message) !== 0) return fault("icmp-checksum");
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint16(0) !== ECHO_REPLY[family] << 8) return fault("icmp-type");
  return decoded({
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    data: message.subarray(HEADER_LENGTH),
  });
}
