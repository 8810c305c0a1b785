/** The network interfaces of this machine with their addresses, as rtnetlink(7) shows them. */

import { AF_UNSPEC } from "../sockets/socket.ts";
import { type LinkAddress, listAddresses } from "./addresses.ts";
import { type MacvlanMode, macvlanModeOf } from "./macvlan.ts";
import { attributesOf, u32 } from "./netlinkMessage.ts";
import type { Rtnetlink } from "./rtnetlink.ts";

export type { LinkAddress };

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_WIRELESS = 11;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
/** Octets of `struct ifinfomsg`. */
export const IFINFOMSG_BYTES = 16;

/** An interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Hardware address, `02:00:00:00:00:01`; empty on an interface that has none. */
  readonly mac: string;
  /** Up and with a carrier: what is sent has a chance to arrive. */
  readonly running: boolean;
  /** Index of the interface that this one is a macvlan of; absent on any other kind. */
  readonly virtualOf?: number;
  /** How that macvlan passes frames; absent on any other kind, or for a mode that this program does not know. */
  readonly macvlanMode?: MacvlanMode;
  /** Index of the bridge or bond that this interface is a port of; absent on one that is of none. */
  readonly portOf?: number;
  readonly addresses: readonly LinkAddress[];
}

/** Every interface of this network namespace, now. */
export function listLinks(route: Rtnetlink): Link[] {
  const addresses = listAddresses(route);
  return dumpLinks(route).map((body) => {
    const link = linkOf(body, []);
    return { ...link, addresses: addresses.get(link.index) ?? [] };
  });
}

/**
 * Whether a notification tells of an interface as a whole. A bridge tells of its ports by the same type with a family of
 * its own, a radio of its events with little else; neither says how the interface is.
 */
export function tellsOfInterface(body: Buffer): boolean {
  if (body.length < IFINFOMSG_BYTES || body[0] !== AF_UNSPEC) return false;
  return !attributesOf(body, IFINFOMSG_BYTES).has(IFLA_WIRELESS);
}

/** Every interface as the kernel writes it: `struct ifinfomsg`, then its attributes. */
export function dumpLinks(route: Rtnetlink): Buffer[] {
  const request = new Uint8Array(IFINFOMSG_BYTES);
  const withoutStatistics = [{ type: IFLA_EXT_MASK, value: u32(RTEXT_FILTER_SKIP_STATS) }];
  return route
    .dump(RTM_GETLINK, request, withoutStatistics, "list of links")
    .filter((body) => body.length >= IFINFOMSG_BYTES);
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
export function linkOf(body: Buffer, addresses: readonly LinkAddress[]): Link {
  const index = body.readInt32LE(4);
  const flags = body.readUInt32LE(8);
  const attributes = attributesOf(body, IFINFOMSG_BYTES);
  return {
    index,
    name: textOf(attributes.get(IFLA_IFNAME)) ?? `interface ${index}`,
    mac: (attributes.get(IFLA_ADDRESS)?.toString("hex").match(/../g) ?? []).join(":"),
    running: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    ...virtualOf(attributes),
    ...portOf(attributes.get(IFLA_MASTER)),
    addresses,
  };
}

function portOf(above: Buffer | undefined): { readonly portOf?: number } {
  return above?.length === 4 ? { portOf: above.readInt32LE(0) } : {};
}

function virtualOf(attributes: ReadonlyMap<number, Buffer>): Pick<Link, "virtualOf" | "macvlanMode"> {
  const encoded = attributes.get(IFLA_LINKINFO);
  const parent = attributes.get(IFLA_LINK);
  if (encoded === undefined || parent?.length !== 4) return {};
  const information = attributesOf(encoded, 0);
  if (textOf(information.get(IFLA_INFO_KIND)) !== "macvlan") return {};
  const mode = modeOf(information.get(IFLA_INFO_DATA));
  return { virtualOf: parent.readInt32LE(0), ...(mode === undefined ? {} : { macvlanMode: mode }) };
}

function modeOf(data: Buffer | undefined): MacvlanMode | undefined {
  const mode = data === undefined ? undefined : attributesOf(data, 0).get(IFLA_MACVLAN_MODE);
  return mode?.length === 4 ? macvlanModeOf(mode.readUInt32LE(0)) : undefined;
}

/** A text without the zero octet that ends it. */
function textOf(value: Buffer | undefined): string | undefined {
  return value?.toString().replace(/\0.*$/s, "");
}
