/** The VRRP version 3 advertisement over IPv4, as bytes (RFC 9568 5.2 and 7.1, errata 8299 and 8301). */
import { internetChecksum } from "./checksum.ts";
import { type Decoded, decoded, fault } from "./decoded.ts";
import { addressBytes, addressText, IPV4_ADDRESS_LENGTH, ipv4PseudoHeader } from "./ip.ts";

/** IP protocol number of VRRP, and of CARP (RFC 9568 5.1.1.4). */
export const VRRP_PROTOCOL = 112;

/** Priority of a master that stops taking part (RFC 9568 5.2.4). */
export const PRIORITY_RESIGN = 0;
/** Priority of the address owner (RFC 9568 5.2.4). */
export const PRIORITY_OWNER = 255;

/** The message. */
export interface VrrpAdvertisement {
  /** 1..255 */
  readonly virtualRouterId: number;
  /** 0 when the master resigns, 1..254, or 255 for the address owner. */
  readonly priority: number;
  /** Time between the sender's advertisements in centiseconds, 1..4095: the field the RFC calls Max Advertise Interval. */
  readonly maxAdvertiseIntervalCentis: number;
  /** The virtual router's addresses in their configured order, 1..255 of them. */
  readonly addresses: readonly string[];
}

/** The two ends of the IP packet that carries the message: a pseudo-header is made of them. */
export interface VrrpEnds {
  readonly source: string;
  readonly destination: string;
}

/**
 * What the checksum covers over IPv4. RFC 5798 was read as including a pseudo-header, and keepalived, FRR and
 * tcpdump do so; RFC 9568 5.2.8 says the message alone, as routers of Cisco, Juniper and Arista always had it.
 */
export type ChecksumDialect = "rfc5798" | "rfc9568";

/** Why bytes are not a valid advertisement, in the order of the checks: RFC 9568 7.1, then its errata. */
export const VRRP_FAULTS = ["truncated", "version", "type", "checksum", "no-addresses", "interval"] as const;
export type VrrpFault = (typeof VRRP_FAULTS)[number];

const VERSION = 3;
const TYPE_ADVERTISEMENT = 1;
const HEADER_LENGTH = 8;
const CHECKSUM_OFFSET = 6;
const INTERVAL_MASK = 0x0fff;

/**
 * Writes an advertisement.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------+-------+---------------+---------------+---------------+
 *   0 |Vers. 3| Type 1| Virtual Rtr ID|    Priority   |Addr Count (n) |
 *     +-------+-------+---------------+---------------+---------------+
 *   4 |Reserve| Max Advertise Interval|            Checksum           |
 *     +-------+-----------------------+-------------------------------+
 *   8 |                        IPv4 Address 1                         |
 *     +---------------------------------------------------------------+
 *     |                              ...                              |
 *     +---------------------------------------------------------------+
 *     |                        IPv4 Address n                         |
 *     +---------------------------------------------------------------+
 *
 * The checksum is made with the pseudo-header, without which keepalived as deployed refuses the message, so each
 * destination has bytes of its own.
 * @throws RangeError when a field does not fit the wire.
 */
export function encodeVrrp(advertisement: VrrpAdvertisement, ends: VrrpEnds): Uint8Array {
  const { virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses } = advertisement;
  const bytes = new Uint8Array(HEADER_LENGTH + addresses.length * IPV4_ADDRESS_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (VERSION << 4) | TYPE_ADVERTISEMENT);
  view.setUint8(1, inRange("virtualRouterId", virtualRouterId, 1, 255));
  view.setUint8(2, inRange("priority", priority, 0, 255));
  view.setUint8(3, inRange("number of addresses", addresses.length, 1, 255));
  view.setUint16(4, inRange("maxAdvertiseIntervalCentis", maxAdvertiseIntervalCentis, 1, INTERVAL_MASK));
  addresses.forEach((address, index) => {
    bytes.set(addressBytes(address), HEADER_LENGTH + index * IPV4_ADDRESS_LENGTH);
  });
  view.setUint16(CHECKSUM_OFFSET, internetChecksum(pseudoHeader(ends, bytes.length), bytes));
  return bytes;
}

/** A received advertisement and the form its checksum had. */
export interface DecodedVrrp {
  readonly advertisement: VrrpAdvertisement;
  readonly checksum: ChecksumDialect;
}

/**
 * Reads an advertisement. The four Reserve bits are ignored (RFC 9568 5.2.6), and so are octets after the last
 * address, which neither its length nor its checksum covers.
 */
export function decodeVrrp(bytes: Uint8Array, ends: VrrpEnds): Decoded<DecodedVrrp, VrrpFault> {
  if (bytes.length < HEADER_LENGTH) return fault("truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndType = view.getUint8(0);
  if (versionAndType >> 4 !== VERSION) return fault("version");
  if ((versionAndType & 0x0f) !== TYPE_ADVERTISEMENT) return fault("type");

  const count = view.getUint8(3);
  const length = HEADER_LENGTH + count * IPV4_ADDRESS_LENGTH;
  if (length > bytes.length) return fault("truncated");
  const message = bytes.subarray(0, length);
  const checksum = checksumDialect(message, ends);
  if (checksum === undefined) return fault("checksum");
  if (count === 0) return fault("no-addresses");
  const maxAdvertiseIntervalCentis = view.getUint16(4) & INTERVAL_MASK;
  if (maxAdvertiseIntervalCentis === 0) return fault("interval");

  const addresses = Array.from({ length: count }, (_, index) => {
    const offset = HEADER_LENGTH + index * IPV4_ADDRESS_LENGTH;
    return addressText(message.subarray(offset, offset + IPV4_ADDRESS_LENGTH));
  });
  const advertisement = {
    virtualRouterId: view.getUint8(1),
    priority: view.getUint8(2),
    maxAdvertiseIntervalCentis,
    addresses,
  };
  return decoded({ advertisement, checksum });
}

/** The dialect in which the checksum of a message is good, or undefined when it is in neither. */
function checksumDialect(message: Uint8Array, ends: VrrpEnds): ChecksumDialect | undefined {
  if (internetChecksum(pseudoHeader(ends, message.length), message) === 0) return "rfc5798";
  if (internetChecksum(message) === 0) return "rfc9568";
  return undefined;
}

function pseudoHeader(ends: VrrpEnds, length: number): Uint8Array {
  return ipv4PseudoHeader(ends.source, ends.destination, VRRP_PROTOCOL, length);
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is ${value}, the wire has room for ${min} to ${max}`);
}
