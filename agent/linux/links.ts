/** The network interfaces of this machine and their IPv4 addresses, as rtnetlink(7) shows and changes them. */
import { type Attribute, attributesOf, NLM_F_CREATE, NLM_F_REPLACE, u32 } from "./netlinkMessage.ts";
import type { RouteSocket } from "./rtnetlink.ts";
import { AF_INET } from "./socket.ts";

const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_PROTO = 11;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const RT_SCOPE_UNIVERSE = 0;
const IFINFOMSG_BYTES = 16;
const IFADDRMSG_BYTES = 8;

/** An IPv4 address on an interface. */
export interface LinkAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** Who put it there, IFA_PROTO: 0 is unknown. Kernels before 5.18 keep no such mark. */
  readonly origin: number;
}

/** An interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Hardware address, `02:00:00:00:00:01`; empty on an interface that has none. */
  readonly mac: string;
  /** Up and with a carrier: what is sent has a chance to arrive. */
  readonly running: boolean;
  readonly addresses: readonly LinkAddress[];
}

/** Every interface of this network namespace, now. */
export function listLinks(route: RouteSocket): Link[] {
  const addresses = listAddresses(route);
  const request = new Uint8Array(IFINFOMSG_BYTES);
  const withoutStatistics = [{ type: IFLA_EXT_MASK, value: u32(RTEXT_FILTER_SKIP_STATS) }];
  return route
    .dump(RTM_GETLINK, request, withoutStatistics, "list of links")
    .filter((body) => body.length >= IFINFOMSG_BYTES)
    .map((body) => linkOf(body, addresses));
}

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |    family     |    padding    |         hardware type         |
 * +---------------+---------------+-------------------------------+
 * |                        interface index                        |
 * +---------------------------------------------------------------+
 * |                             flags                             |
 * +---------------------------------------------------------------+
 * |                        mask of changes                        |
 * +---------------------------------------------------------------+   struct ifinfomsg, rtnetlink(7), host order
 */
function linkOf(body: Buffer, addresses: ReadonlyMap<number, LinkAddress[]>): Link {
  const index = body.readInt32LE(4);
  const flags = body.readUInt32LE(8);
  const attributes = attributesOf(body, IFINFOMSG_BYTES);
  const name = attributes.get(IFLA_IFNAME);
  return {
    index,
    name: name === undefined ? `interface ${index}` : name.subarray(0, name.length - 1).toString(),
    mac: (attributes.get(IFLA_ADDRESS)?.toString("hex").match(/../g) ?? []).join(":"),
    running: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    addresses: addresses.get(index) ?? [],
  };
}

/**
 * +---------------+---------------+---------------+---------------+
 * |    family     | prefix length |     flags     |     scope     |
 * +---------------+---------------+---------------+---------------+
 * |                   interface index, host order                 |
 * +---------------------------------------------------------------+   struct ifaddrmsg, rtnetlink(7)
 */
function listAddresses(route: RouteSocket): Map<number, LinkAddress[]> {
  const byLink = new Map<number, LinkAddress[]>();
  const request = new Uint8Array(IFADDRMSG_BYTES);
  request[0] = AF_INET;
  for (const body of route.dump(RTM_GETADDR, request, [], "list of addresses")) {
    if (body.length < IFADDRMSG_BYTES || body[0] !== AF_INET) continue;
    const attributes = attributesOf(body, IFADDRMSG_BYTES);
    const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    if (local?.length !== 4) continue;
    const index = body.readUInt32LE(4);
    const address = {
      address: local.join("."),
      prefixLength: body.readUInt8(1),
      origin: attributes.get(IFA_PROTO)?.[0] ?? 0,
    };
    byLink.set(index, [...(byLink.get(index) ?? []), address]);
  }
  return byLink;
}

/**
 * Puts an address on an interface; when it is there already nothing changes. It answers as soon as this returns.
 * @throws SystemCallError `EPERM` without CAP_NET_ADMIN, `ENODEV` when the interface is gone.
 */
export function addAddress(route: RouteSocket, linkIndex: number, address: LinkAddress): void {
  const origin = { type: IFA_PROTO, value: Uint8Array.of(address.origin) };
  const flags = NLM_F_CREATE | NLM_F_REPLACE;
  const attributes = [...localAddress(address), origin];
  route.change(RTM_NEWADDR, flags, ifaddrmsg(linkIndex, address), attributes, describe("add", linkIndex, address));
}

/** Takes an address off an interface. @throws SystemCallError `EADDRNOTAVAIL` when it is not there. */
export function removeAddress(route: RouteSocket, linkIndex: number, address: LinkAddress): void {
  const subject = describe("remove", linkIndex, address);
  route.change(RTM_DELADDR, 0, ifaddrmsg(linkIndex, address), localAddress(address), subject);
}

function ifaddrmsg(linkIndex: number, { prefixLength }: LinkAddress): Uint8Array {
  const body = Buffer.from([AF_INET, prefixLength, 0, RT_SCOPE_UNIVERSE, 0, 0, 0, 0]);
  body.writeUInt32LE(linkIndex, 4);
  return body;
}

function localAddress({ address }: LinkAddress): Attribute[] {
  const octets = Uint8Array.from(address.split(".").map(Number));
  return [
    { type: IFA_LOCAL, value: octets },
    { type: IFA_ADDRESS, value: octets },
  ];
}

function describe(verb: string, linkIndex: number, { address, prefixLength }: LinkAddress): string {
  return `${verb} ${address}/${prefixLength} on interface ${linkIndex}`;
}
