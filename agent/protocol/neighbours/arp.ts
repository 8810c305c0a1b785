/** ARP over Ethernet: the announcement that moves an address to this host, and the reading of any ARP frame. */
import { type Decoded, decoded, fault } from "../packet/decoded.ts";
import { MAC_LENGTH, macBytes, macText } from "../packet/ethernet.ts";
import { ADDRESS_LENGTH, addressBytes, addressText } from "../packet/ip.ts";

/** An ARP packet; hardware addresses are text, `02:00:00:00:00:01`. */
export interface ArpPacket {
  readonly operation: "request" | "reply";
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
}

/** Why a frame is not an ARP packet of IPv4 over Ethernet, in the order of the checks. */
export const ARP_FAULTS = ["arp-truncated", "arp-ethertype", "arp-address-types", "arp-operation"] as const;
export type ArpFault = (typeof ARP_FAULTS)[number];

const ETHERTYPE_ARP = 0x0806;
const FRAME_LENGTH = 42;
const OPERATION_REQUEST = 1;
const OPERATION_REPLY = 2;

/** Hardware type Ethernet, protocol type IPv4, and the lengths of their addresses: octets 14 to 19 of the frame. */
const ADDRESS_TYPES = [0x00, 0x01, 0x08, 0x00, MAC_LENGTH, ADDRESS_LENGTH[4]] as const;
const ADDRESS_TYPES_OFFSET = 14;

/**
 * Writes a gratuitous ARP as an Ethernet frame: a broadcast request for the address by its new holder.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +---------------------------------------------------------------+
 *   0 |               Destination MAC: ff:ff:ff:ff:ff:ff              |
 *     +                               +-------------------------------+
 *   4 |                               |      Source MAC: holder's     |
 *     +-------------------------------+                               +
 *   8 |                                                               |
 *     +-------------------------------+-------------------------------+
 *  12 |       EtherType 0x0806        |      Hardware Type: 1         |
 *     +-------------------------------+---------------+---------------+
 *  16 |     Protocol Type: 0x0800     |HW addr. len. 6|IP addr. len. 4|
 *     +-------------------------------+---------------+---------------+
 *  20 |      Operation: 1, request    |      Sender MAC: holder's     |
 *     +-------------------------------+                               +
 *  24 |                                                               |
 *     +---------------------------------------------------------------+
 *  28 |                  Sender address: the one held                 |
 *     +---------------------------------------------------------------+
 *  32 |                    Target MAC: zero, ignored                  |
 *     +                               +-------------------------------+
 *  36 |                               |    Target address: the one    |
 *     +-------------------------------+-------------------------------+
 *  40 |              held             |
 *     +-------------------------------+
 *
 * RFC 826; this form is the ARP Announcement of RFC 5227 2.3, which hosts accept who ignore gratuitous replies.
 * @param mac the interface's own address. RFC 9568 7.3 has a virtual one, which clouds do not let through.
 * @param sentFrom the frame's source, where it is not the holder: a third party that tells where an address is.
 * @throws RangeError when an address is not one, or not of IPv4.
 */
export function encodeGratuitousArp(mac: string, address: string, sentFrom = mac): Uint8Array {
  return encodeRequest({ sentFrom, senderMac: mac, sender: address, target: address });
}

/**
 * Writes the question who has an address as a broadcast frame, drawn above. Of a sender that has an address of its own
 * it teaches the segment nothing but that one; of 0.0.0.0 nothing at all (RFC 5227 2.1.1).
 * @throws RangeError when an address is not one, or not of IPv4.
 */
export function encodeArpQuestion(mac: string, sender: string, target: string): Uint8Array {
  return encodeRequest({ sentFrom: mac, senderMac: mac, sender, target });
}

interface Request {
  readonly sentFrom: string;
  readonly senderMac: string;
  readonly sender: string;
  readonly target: string;
}

function encodeRequest({ sentFrom, senderMac, sender, target }: Request): Uint8Array {
  const frame = new Uint8Array(FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  frame.fill(0xff, 0, MAC_LENGTH);
  frame.set(macBytes(sentFrom), MAC_LENGTH);
  view.setUint16(12, ETHERTYPE_ARP);
  frame.set(ADDRESS_TYPES, ADDRESS_TYPES_OFFSET);
  view.setUint16(20, OPERATION_REQUEST);
  frame.set(macBytes(senderMac), 22);
  frame.set(ipv4Bytes(sender), 28);
  frame.set(ipv4Bytes(target), 38);
  return frame;
}

function ipv4Bytes(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (bytes.length !== ADDRESS_LENGTH[4]) throw new RangeError(`"${address}" is not an IPv4 address: ARP has no other`);
  return bytes;
}

/** Reads an Ethernet frame, drawn above, that may carry ARP; octets after the 42nd are padding. */
export function decodeArp(frame: Uint8Array): Decoded<ArpPacket, ArpFault> {
  if (frame.length < FRAME_LENGTH) return fault("arp-truncated");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== ETHERTYPE_ARP) return fault("arp-ethertype");
  if (!ADDRESS_TYPES.every((octet, index) => frame[ADDRESS_TYPES_OFFSET + index] === octet)) {
    return fault("arp-address-types");
  }
  const operation = view.getUint16(20);
  if (operation !== OPERATION_REQUEST && operation !== OPERATION_REPLY) return fault("arp-operation");
  return decoded({
    operation: operation === OPERATION_REQUEST ? "request" : "reply",
    senderMac: macText(frame.subarray(22, 28)),
    senderAddress: addressText(frame.subarray(28, 32)),
    targetMac: macText(frame.subarray(32, 38)),
    targetAddress: addressText(frame.subarray(38, 42)),
  });
}
