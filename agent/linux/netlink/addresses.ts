/** The addresses of the network interfaces, of both families, as rtnetlink(7) shows and changes them. */
import { addressBytes, addressText } from "../../protocol/packet/ip.ts";
import { AF_INET, AF_INET6, AF_UNSPEC } from "../sockets/socket.ts";
import { type Attribute, attributesOf, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, u32 } from "./netlinkMessage.ts";
import type { Rtnetlink } from "./rtnetlink.ts";

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_NOPREFIXROUTE = 0x200;
const RT_SCOPE_UNIVERSE = 0;
const IFADDRMSG_BYTES = 8;
/** INFINITY_LIFE_TIME of include/net/addrconf.h. */
const FOR_EVER = 0xffff_ffff;

/** An address on an interface. */
export interface LinkAddress {
  /** Canonical text: dotted decimal, or RFC 5952. */
  readonly address: string;
  readonly prefixLength: number;
  /** Who put it there, IFA_PROTO: 0 is unknown. Kernels before 5.18 keep no such mark. */
  readonly origin: number;
  /** Seconds, 1 to 2^32 - 2, until the kernel drops it, counted from when it is set; when read, those left then. Absent: forever. */
  readonly lifetimeSeconds?: number;
  /** Only when read, and only when true: another machine on the segment has it, duplicate address detection says. */
  readonly failed?: boolean;
}

/** An address and its interface, out of a dump or a notification. */
export interface PlacedAddress extends LinkAddress {
  readonly linkIndex: number;
}

/** Every address of this network namespace, now, by the index of its interface. */
export function listAddresses(route: Rtnetlink): Map<number, LinkAddress[]> {
  const byLink = new Map<number, LinkAddress[]>();
  const request = new Uint8Array(IFADDRMSG_BYTES);
  request[0] = AF_UNSPEC;
  for (const body of route.dump(RTM_GETADDR, request, [], "list of addresses")) {
    const placed = placedAddressOf(body);
    if (placed === undefined) continue;
    const { linkIndex, ...address } = placed;
    byLink.set(linkIndex, [...(byLink.get(linkIndex) ?? []), address]);
  }
  return byLink;
}

/**
 * +---------------+---------------+---------------+---------------+
 * |    family     | prefix length |     flags     |     scope     |
 * +---------------+---------------+---------------+---------------+
 * |                   interface index, host order                 |
 * +---------------------------------------------------------------+   struct ifaddrmsg, rtnetlink(7)
 *
 * @returns undefined for what is neither IPv4 nor IPv6.
 */
export function placedAddressOf(body: Buffer): PlacedAddress | undefined {
  if (body.length < IFADDRMSG_BYTES) return undefined;
  const attributes = attributesOf(body, IFADDRMSG_BYTES);
  // On a point-to-point link IFA_ADDRESS is the other end.
  const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (local === undefined || local.length !== octetsOf(body[0])) return undefined;
  return {
    linkIndex: body.readUInt32LE(4),
    address: addressText(local),
    prefixLength: body.readUInt8(1),
    origin: attributes.get(IFA_PROTO)?.[0] ?? 0,
    ...lifetimeOf(attributes.get(IFA_CACHEINFO)),
    ...(flagsOf(body, attributes) & IFA_F_DADFAILED ? { failed: true } : {}),
  };
}

function octetsOf(family: number | undefined): number | undefined {
  if (family === AF_INET) return 4;
  return family === AF_INET6 ? 16 : undefined;
}

/** The flags outgrew the octet of the header long ago. */
function flagsOf(body: Buffer, attributes: ReadonlyMap<number, Buffer>): number {
  const flags = attributes.get(IFA_FLAGS);
  return flags?.length === 4 ? flags.readUInt32LE(0) : body.readUInt8(2);
}

/**
 * +---------------------------------------------------------------+
 * |    preferred lifetime: seconds until the source of no more    |
 * +---------------------------------------------------------------+
 * |              valid lifetime: seconds until it goes            |
 * +---------------------------------------------------------------+
 * |             when created, when changed (8 octets)             |
 * +---------------------------------------------------------------+   struct ifa_cacheinfo, if_addr.h, host order
 */
function lifetimeOf(cacheinfo: Buffer | undefined): { readonly lifetimeSeconds?: number } {
  if (cacheinfo === undefined || cacheinfo.length < 8) return {};
  const valid = cacheinfo.readUInt32LE(4);
  return valid === FOR_EVER ? {} : { lifetimeSeconds: valid };
}

/**
 * Puts an address on an interface. It answers as soon as this returns. An IPv6 address
 *
 * - is not probed for duplicates first (IFA_F_NODAD), as two machines do have it for the moment of a takeover;
 * - is never chosen as the source of this machine's own traffic: its preferred lifetime is 0 (RFC 6724 5, rule 3). An
 *   answer still comes from the address that was asked;
 * - with a lifetime, brings no route to its prefix (IFA_F_NOPREFIXROUTE): the kernel would let the route end with the
 *   address, and the interface's own address may live by that same route.
 *
 * @throws SystemCallError `EPERM` without CAP_NET_ADMIN, `ENODEV` when the interface is gone, `EACCES` when it has IPv6
 *   switched off, `EEXIST` when the address is there: to replace it would make somebody else's address the agent's.
 */
export function addAddress(route: Rtnetlink, linkIndex: number, address: LinkAddress): void {
  set(route, linkIndex, address, "add", NLM_F_EXCL);
}

/** Counts the lifetime of an address from now, and marks it; sets it when it is not there. @throws SystemCallError as `addAddress` */
export function renewAddress(route: Rtnetlink, linkIndex: number, address: LinkAddress): void {
  set(route, linkIndex, address, "renew", NLM_F_REPLACE);
}

function set(
  route: Rtnetlink,
  linkIndex: number,
  address: LinkAddress,
  verb: "add" | "renew",
  flag: typeof NLM_F_EXCL | typeof NLM_F_REPLACE,
): void {
  const octets = addressBytes(address.address);
  const attributes = [
    ...ends(octets),
    { type: IFA_PROTO, value: Uint8Array.of(address.origin) },
    { type: IFA_CACHEINFO, value: cacheinfo(octets, address) },
    ...(octets.length === 16 ? [{ type: IFA_FLAGS, value: u32(ipv6Flags(address)) }] : []),
  ];
  const body = ifaddrmsg(linkIndex, octets, address.prefixLength);
  route.change(RTM_NEWADDR, NLM_F_CREATE | flag, body, attributes, describe(verb, linkIndex, address));
}

/** Takes an address off an interface. @throws SystemCallError `EADDRNOTAVAIL` when it is not there. */
export function removeAddress(route: Rtnetlink, linkIndex: number, address: LinkAddress): void {
  const octets = addressBytes(address.address);
  const body = ifaddrmsg(linkIndex, octets, address.prefixLength);
  route.change(RTM_DELADDR, 0, body, ends(octets), describe("remove", linkIndex, address));
}

function ipv6Flags({ lifetimeSeconds }: LinkAddress): number {
  return lifetimeSeconds === undefined ? IFA_F_NODAD : IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
}

/** `struct ifa_cacheinfo`, drawn above; IPv4 knows no preference among sources by it. */
function cacheinfo(octets: Uint8Array, { lifetimeSeconds }: LinkAddress): Uint8Array {
  const valid = lifetimeSeconds ?? FOR_EVER;
  const preferred = octets.length === 16 ? 0 : valid;
  return new Uint8Array(Uint32Array.of(preferred, valid, 0, 0).buffer);
}

function ifaddrmsg(linkIndex: number, octets: Uint8Array, prefixLength: number): Uint8Array {
  const family = octets.length === 4 ? AF_INET : AF_INET6;
  const body = Buffer.from([family, prefixLength, 0, RT_SCOPE_UNIVERSE, 0, 0, 0, 0]);
  body.writeUInt32LE(linkIndex, 4);
  return body;
}

function ends(octets: Uint8Array): Attribute[] {
  return [
    { type: IFA_LOCAL, value: octets },
    { type: IFA_ADDRESS, value: octets },
  ];
}

function describe(verb: string, linkIndex: number, { address, prefixLength }: LinkAddress): string {
  return `${verb} ${address}/${prefixLength} on interface ${linkIndex}`;
}
