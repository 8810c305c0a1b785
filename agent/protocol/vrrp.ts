/** The VRRP version 3 advertisement over IPv4 and IPv6, as bytes (RFC 9568 5.2 and 7.1, errata 8299 to 8301). */
import { TRAILER_LENGTH } from "./authenticationTrailer.ts";
import { internetChecksum } from "./packet/checksum.ts";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { inRange } from "./packet/field.ts";
import { ADDRESS_LENGTH, addressBytes, addressText, familyOf, isLinkLocal, pseudoHeader } from "./packet/ip.ts";
import { type Ends, PROTOCOL_NUMBER } from "./packet/transport.ts";

/** Priority of a master that stops taking part (RFC 9568 5.2.4). */
export const PRIORITY_RESIGN = 0;
/** Priority of the address owner (RFC 9568 5.2.4). */
export const PRIORITY_OWNER = 255;

/** The version that is spoken here: 2 is never accepted, its first octet is CARP's. */
export const VRRP_VERSION = 3;

/** The message. */
export interface VrrpAdvertisement {
  /** 1..255 */
  readonly virtualRouterId: number;
  /** 0 when the master resigns, 1..254, or 255 for the address owner. */
  readonly priority: number;
  /** Time between the sender's advertisements in centiseconds, 1..4095: the field the RFC calls Max Advertise Interval. */
  readonly maxAdvertiseIntervalCentis: number;
  /** The virtual router's addresses in their configured order, 1..255 of them; of IPv6 the first is link-local. */
  readonly addresses: readonly string[];
}

/** The two ends of the IP packet: a pseudo-header is made of them, and their family is that of the addresses. */
export type VrrpEnds = Ends;

/**
 * What the checksum covers over IPv4. RFC 5798 was read as including a pseudo-header, and keepalived, FRR and
 * tcpdump do so; RFC 9568 5.2.8 says the message alone, as routers of Cisco, Juniper and Arista always had it. Over
 * IPv6 there was never a doubt: always with the pseudo-header, and named by the RFC in force, `rfc9568`.
 */
export type ChecksumDialect = "rfc5798" | "rfc9568";

/** Why bytes are not a valid advertisement, in the order of the checks: RFC 9568 7.1, then its errata. */
export const VRRP_FAULTS = [
  "truncated",
  "version",
  "type",
  "checksum",
  "no-addresses",
  "first-address",
  "interval",
] as const;
export type VrrpFault = (typeof VRRP_FAULTS)[number];

const TYPE_ADVERTISEMENT = 1;
const HEADER_LENGTH = 8;
const CHECKSUM_OFFSET = 6;
const INTERVAL_MASK = 0x0fff;
const UNSIGNED = new Uint8Array();

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
 *   8 |              Address 1, 4 octets or 16 octets                 |
 *     +---------------------------------------------------------------+
 *     |                              ...                              |
 *     +---------------------------------------------------------------+
 *     |                           Address n                           |
 *     +---------------------------------------------------------------+
 *     |         Authentication trailer, none or 28 octets             |
 *     +---------------------------------------------------------------+
 *
 * The checksum is made with the pseudo-header, without which keepalived as deployed refuses the message, so each
 * destination has bytes of its own. Over IPv6 it is what upper layers have, and covers the trailer too; over IPv4 it
 * ends with the addresses.
 * @param trailer what signs the advertisement, from authenticationTrailer.ts: the same for every destination.
 * @throws RangeError when a field does not fit the wire, or a receiver would have to discard the message.
 */
export function encodeVrrp(
  advertisement: VrrpAdvertisement,
  ends: VrrpEnds,
  trailer: Uint8Array = UNSIGNED,
): Uint8Array {
  const { virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses } = advertisement;
  const stride = ADDRESS_LENGTH[familyOf(ends.source)];
  const length = HEADER_LENGTH + addresses.length * stride;
  const bytes = new Uint8Array(length + trailer.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (VRRP_VERSION << 4) | TYPE_ADVERTISEMENT);
  view.setUint8(1, inRange("virtualRouterId", virtualRouterId, 1, 255));
  view.setUint8(2, inRange("priority", priority, 0, 255));
  view.setUint8(3, inRange("number of addresses", addresses.length, 1, 255));
  view.setUint16(4, inRange("maxAdvertiseIntervalCentis", maxAdvertiseIntervalCentis, 1, INTERVAL_MASK));
  addresses.forEach((address, index) => {
    bytes.set(listedBytes(address, index, ends), HEADER_LENGTH + index * stride);
  });
  bytes.set(trailer, length);
  const covered = coveredByChecksum(bytes, length, ends);
  view.setUint16(CHECKSUM_OFFSET, internetChecksum(pseudoHeader(ends, PROTOCOL_NUMBER, covered.length), covered));
  return bytes;
}

/** The octets of an address of the list, which is of the family of its carrier (RFC 9568 5.2.9). */
function listedBytes(address: string, index: number, { source }: VrrpEnds): Uint8Array {
  const octets = addressBytes(address);
  const family = familyOf(source);
  if (octets.length !== ADDRESS_LENGTH[family]) {
    throw new RangeError(
      `"${address}" is not of IPv${family} as its sender ${source} is: a virtual router has one family`,
    );
  }
  if (family === 6 && index === 0 && !isLinkLocal(octets)) {
    throw new RangeError(`"${address}" is not link-local: over IPv6 the first address of a virtual router must be`);
  }
  return octets;
}

/** A received advertisement, the form its checksum had, and its bytes for those who verify a signature. */
export interface DecodedVrrp {
  readonly advertisement: VrrpAdvertisement;
  readonly checksum: ChecksumDialect;
  /** Header and addresses as received, a view of the input. */
  readonly message: Uint8Array;
  /** What follows the addresses when it is as long as a signature, a view of the input; unsigned: undefined. */
  readonly trailer: Uint8Array | undefined;
}

/**
 * Reads an advertisement. The four Reserve bits are ignored (RFC 9568 5.2.6). Octets after the last address are no
 * part of the message, and over IPv4 not of its checksum either; exactly 28 of them are taken for a signature, which
 * who does not expect one may ignore.
 */
export function decodeVrrp(bytes: Uint8Array, ends: VrrpEnds): Decoded<DecodedVrrp, VrrpFault> {
  if (bytes.length < HEADER_LENGTH) return fault("truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const versionAndType = view.getUint8(0);
  if (versionAndType >> 4 !== VRRP_VERSION) return fault("version");
  if ((versionAndType & 0x0f) !== TYPE_ADVERTISEMENT) return fault("type");

  const family = familyOf(ends.source);
  const stride = ADDRESS_LENGTH[family];
  const count = view.getUint8(3);
  const length = HEADER_LENGTH + count * stride;
  if (length > bytes.length) return fault("truncated");
  const checksum = checksumDialect(coveredByChecksum(bytes, length, ends), ends);
  if (checksum === undefined) return fault("checksum");
  if (count === 0) return fault("no-addresses");
  const addresses = Array.from({ length: count }, (_, index) =>
    bytes.subarray(HEADER_LENGTH + index * stride, HEADER_LENGTH + (index + 1) * stride),
  );
  if (family === 6 && !addresses.slice(0, 1).every(isLinkLocal)) return fault("first-address");
  const maxAdvertiseIntervalCentis = view.getUint16(4) & INTERVAL_MASK;
  if (maxAdvertiseIntervalCentis === 0) return fault("interval");

  const advertisement = {
    virtualRouterId: view.getUint8(1),
    priority: view.getUint8(2),
    maxAdvertiseIntervalCentis,
    addresses: addresses.map(addressText),
  };
  const trailer = bytes.length === length + TRAILER_LENGTH ? bytes.subarray(length) : undefined;
  return decoded({ advertisement, checksum, message: bytes.subarray(0, length), trailer });
}

/** Over IPv4 the message alone, which link padding may follow; over IPv6 all that the packet carries (RFC 8200 8.1). */
function coveredByChecksum(bytes: Uint8Array, length: number, { source }: VrrpEnds): Uint8Array {
  return familyOf(source) === 4 ? bytes.subarray(0, length) : bytes;
}

/** The dialect in which the checksum of what it covers is good, or undefined when it is in none. */
function checksumDialect(covered: Uint8Array, ends: VrrpEnds): ChecksumDialect | undefined {
  const withPseudoHeader = internetChecksum(pseudoHeader(ends, PROTOCOL_NUMBER, covered.length), covered) === 0;
  if (familyOf(ends.source) === 6) return withPseudoHeader ? "rfc9568" : undefined;
  if (withPseudoHeader) return "rfc5798";
  return internetChecksum(covered) === 0 ? "rfc9568" : undefined;
}
