/** What proves a CARP advertisement: an HMAC-SHA1 over the group's id and addresses and the counter, by its password. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { CARP_TYPE_ADVERTISEMENT, CARP_VERSION, type CarpPacket } from "./carp.ts";
import { inRange } from "./packet/field.ts";
import { addressBytes, addressText, compareAddresses, isLinkLocal } from "./packet/ip.ts";

/** What the digest covers. Base, skew and demotion are not in it, so who can change a packet under way can change these. */
export interface CarpDigestInput {
  readonly virtualHostId: number;
  /** All shared addresses of the virtual host, in any order. */
  readonly addresses: readonly string[];
  /** 8 octets as on the wire. */
  readonly counter: Uint8Array;
}

/**
 * Whether IPv6 link-local addresses are covered. OpenBSD sends without them and accepts both; FreeBSD sends with those
 * that belong to the vhid. Without such addresses, as always with ucarp, the forms are the same.
 */
export type CarpDigestForm = "without-link-local" | "with-link-local";

/** Octets of a password. OpenBSD and FreeBSD keep 20 with a NUL after it; longer ones are cut there, and refused here. */
const KEY_LENGTH = 20;

/**
 * Makes the digest, over octets in this order:
 *
 *     version 2 | type 1 | vhid | IPv4 addresses, 4 octets each | IPv6 addresses, 16 octets each | counter, 8 octets
 *
 * Addresses are sorted as unsigned numbers and equal ones taken once. The lowest and the highest address of a family,
 * such as 0.0.0.0 and 255.255.255.255, are never taken: OpenBSD's sort starts above the one and ends below the other.
 * @param password raw, its octets in UTF-8 filled up with zeros.
 * @returns 20 octets.
 * @throws RangeError when the password is longer than 20 octets or an address is none.
 */
export function carpDigest(password: string, input: CarpDigestInput, form: CarpDigestForm): Uint8Array {
  const key = new TextEncoder().encode(password);
  inRange("number of octets of the password", key.length, 1, KEY_LENGTH);
  // HMAC itself fills the key up with zeros, to 64 octets, so the 20 octets of CARP's key need not be laid out here.
  const hmac = createHmac("sha1", key);
  hmac.update(Uint8Array.of(CARP_VERSION, CARP_TYPE_ADVERTISEMENT, input.virtualHostId));
  for (const octets of coveredAddresses(input.addresses, form)) hmac.update(octets);
  return hmac.update(input.counter).digest();
}

/** Whether a packet's digest is good in one of the two forms, in a time that tells nothing about it. */
export function isCarpDigestGood(password: string, addresses: readonly string[], packet: CarpPacket): boolean {
  const { virtualHostId, counter, digest } = packet;
  const input = { virtualHostId, addresses, counter };
  const without = timingSafeEqual(digest, carpDigest(password, input, "without-link-local"));
  const withThem = timingSafeEqual(digest, carpDigest(password, input, "with-link-local"));
  return without || withThem;
}

function coveredAddresses(addresses: readonly string[], form: CarpDigestForm): readonly Uint8Array[] {
  const canonical = addresses.map((address) => addressText(addressBytes(address)));
  return [...new Set(canonical)]
    .sort(compareAddresses)
    .map(addressBytes)
    .filter((octets) => !isExtreme(octets) && (form === "with-link-local" || !isLinkLocal(octets)));
}

function isExtreme(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0x00) || octets.every((octet) => octet === 0xff);
}
