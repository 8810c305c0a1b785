/** The default routes of this machine, as rtnetlink(7) shows them. */
import { addressText } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import { AF_INET, AF_INET6, AF_UNSPEC } from "../sockets/socket.ts";
import { attributesOf } from "./netlinkMessage.ts";
import type { RouteSocket } from "./rtnetlink.ts";

const RTM_GETROUTE = 26;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_PREFSRC = 7;
export const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
export const RTA_VIA = 18;
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
/** The route's interface is down, or has no carrier: nothing leaves by it. */
const RTNH_F_DEAD = 0x01;
const RTNH_F_LINKDOWN = 0x10;
export const RTMSG_BYTES = 12;
const RTNEXTHOP_BYTES = 8;

/** A way out to everywhere; a route with several next hops is several. */
export interface DefaultRoute {
  readonly family: Family;
  readonly linkIndex: number;
  /** Undefined: every destination is taken to be on the link itself, or the gateway is of the other family. */
  readonly gateway: string | undefined;
  /** What this machine's own traffic over it has as its source, where that is set. */
  readonly preferredSource: string | undefined;
  /** The lower, the more preferred. */
  readonly metric: number;
}

/** A default route as the kernel writes it. */
export interface RouteEntry {
  readonly family: Family;
  /** Who set it, RTPROT: 2 the kernel, 3 at boot, 4 an administrator, 9 a router's advertisement, 16 DHCP. */
  readonly origin: number;
  /** `struct rtmsg`. */
  readonly header: Buffer;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** The default routes of both families in the main table by which packets can leave now, most preferred first. */
export function listDefaultRoutes(route: RouteSocket): DefaultRoute[] {
  return defaultRouteEntries(route)
    .flatMap(waysOut)
    .sort((left, right) => left.metric - right.metric);
}

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |    family     |  dest. length | source length |type of service|
 * +---------------+---------------+---------------+---------------+
 * |     table     |    origin     |     scope     |     type      |
 * +---------------+---------------+---------------+---------------+
 * |                       flags, host order                       |
 * +---------------------------------------------------------------+   struct rtmsg, rtnetlink(7)
 */
export function defaultRouteEntries(route: RouteSocket): RouteEntry[] {
  const request = new Uint8Array(RTMSG_BYTES);
  request[0] = AF_UNSPEC;
  return route.dump(RTM_GETROUTE, request, [], "list of routes").flatMap((body) => {
    if (body.length < RTMSG_BYTES) return [];
    const [family, destinationLength, sourceLength, , table, origin = 0, , type] = body;
    if (family !== AF_INET && family !== AF_INET6) return [];
    if (destinationLength !== 0 || sourceLength !== 0 || type !== RTN_UNICAST) return [];
    const attributes = attributesOf(body, RTMSG_BYTES);
    if ((number(attributes.get(RTA_TABLE)) ?? table) !== RT_TABLE_MAIN) return [];
    return [{ family: family === AF_INET ? 4 : 6, origin, header: body.subarray(0, RTMSG_BYTES), attributes }];
  });
}

function waysOut({ family, header, attributes }: RouteEntry): DefaultRoute[] {
  const preferredSource = addressIn(attributes.get(RTA_PREFSRC));
  const metric = number(attributes.get(RTA_PRIORITY)) ?? 0;
  return [firstHop(header, attributes), ...nextHops(attributes.get(RTA_MULTIPATH))]
    .filter(({ linkIndex, flags }) => linkIndex !== undefined && (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) === 0)
    .map(({ linkIndex = 0, gateway }) => ({ family, linkIndex, gateway, preferredSource, metric }));
}

interface Hop {
  readonly linkIndex: number | undefined;
  readonly gateway: string | undefined;
  readonly flags: number;
}

/** The one next hop of an ordinary route, which is in its own attributes. */
function firstHop(header: Buffer, attributes: ReadonlyMap<number, Buffer>): Hop {
  return {
    linkIndex: number(attributes.get(RTA_OIF)),
    gateway: addressIn(attributes.get(RTA_GATEWAY)),
    flags: header.readUInt32LE(8),
  };
}

/**
 * +-------------------------------+---------------+---------------+
 * |   length of these 8 and attr. |     flags     |     weight    |
 * +-------------------------------+---------------+---------------+
 * |               interface index, host order                     |
 * +---------------------------------------------------------------+
 * |               attributes, such as RTA_GATEWAY                 |
 * +---------------------------------------------------------------+   struct rtnexthop, rtnetlink(7)
 *
 * One after the other; a length that does not fit ends the walk.
 */
function nextHops(multipath: Buffer | undefined): Hop[] {
  const hops: Hop[] = [];
  let rest = multipath ?? Buffer.alloc(0);
  while (rest.length >= RTNEXTHOP_BYTES) {
    const length = rest.readUInt16LE(0);
    if (length < RTNEXTHOP_BYTES || length > rest.length) break;
    const gateway = attributesOf(rest.subarray(0, length), RTNEXTHOP_BYTES).get(RTA_GATEWAY);
    hops.push({ linkIndex: rest.readInt32LE(4), gateway: addressIn(gateway), flags: rest.readUInt8(2) });
    rest = rest.subarray((length + 3) & ~3);
  }
  return hops;
}

/** A 32-bit attribute in host order. */
export function number(value: Buffer | undefined): number | undefined {
  return value?.length === 4 ? value.readUInt32LE(0) : undefined;
}

function addressIn(value: Buffer | undefined): string | undefined {
  return value?.length === 4 || value?.length === 16 ? addressText(value) : undefined;
}
