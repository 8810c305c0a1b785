/** IPv4 arithmetic: what Neutron's address management needs of an address and of a CIDR. */
import ipaddr from "ipaddr.js";

/** A range of IPv4 addresses, both ends included, as numbers. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** A CIDR with its range; the network and broadcast addresses are `first` and `last`. */
export interface Cidr extends AddressRange {
  readonly prefixLength: number;
}

/** An IPv4 address as a number; undefined when the text is none. */
export function addressNumber(text: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).octets.reduce((number, octet) => number * 256 + octet, 0);
}

/** The text of an IPv4 address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** An IPv4 CIDR, host bits dropped; undefined when the text is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const number = addressNumber(address);
  if (number === undefined || rest.length > 0 || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix)) return undefined;
  const prefixLength = Number(prefix);
  const size = 2 ** (32 - prefixLength);
  const first = number - (number % size);
  return { first, last: first + size - 1, prefixLength };
}

/** The canonical text of a CIDR. */
export function cidrText(cidr: Cidr): string {
  return `${addressText(cidr.first)}/${cidr.prefixLength}`;
}

/** Whether the address is one of the range. */
export function contains(range: AddressRange, number: number): boolean {
  return number >= range.first && number <= range.last;
}

/** Whether two ranges have an address in common. */
export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether the CIDR has the address and a host may use it: not the network's nor the broadcast address. */
export function isHostAddress(cidr: Cidr, number: number): boolean {
  if (!contains(cidr, number)) return false;
  return cidr.prefixLength >= 31 || (number !== cidr.first && number !== cidr.last);
}

/** 4 or 6 for an address or a CIDR of that family, undefined for anything else. */
export function family(text: string): 4 | 6 | undefined {
  const bare = text.includes("/")
    ? ipaddr.isValidCIDR(text)
    : addressNumber(text) !== undefined || ipaddr.IPv6.isValid(text);
  if (!bare) return undefined;
  return text.includes(":") ? 6 : 4;
}

/** The CIDR of an address or of a CIDR, host bits dropped; the text must be one of them. */
export function networkText(text: string): string {
  const [address, prefixLength] = text.includes("/") ? ipaddr.parseCIDR(text) : [ipaddr.parse(text), undefined];
  if (prefixLength === undefined) return `${address.toString()}/${address.kind() === "ipv4" ? 32 : 128}`;
  const network =
    address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  return `${network.toString()}/${prefixLength}`;
}
