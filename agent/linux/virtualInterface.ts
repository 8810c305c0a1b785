/**
 * An interface with a MAC of its own on top of another (macvlan, private mode): what is sent to the virtual router's MAC
 * arrives on it, and the addresses on it are answered for with that MAC alone (RFC 9568 7.3).
 *
 * Everything is set over rtnetlink, for which CAP_NET_ADMIN is enough, but for one setting of IPv6 that has its only
 * place in /proc/sys: see refuseRouterAdvertisements.
 */
import { writeFileSync } from "node:fs";
import { macBytes } from "../protocol/ethernet.ts";
import { SystemCallError } from "./libc.ts";
import { dumpLinks, IFINFOMSG_BYTES, type Link, listLinks } from "./links.ts";
import { type Attribute, attributesOf, NLM_F_CREATE, NLM_F_EXCL, nested, text, u32 } from "./netlinkMessage.ts";
import type { RouteSocket } from "./rtnetlink.ts";
import { AF_INET, AF_INET6 } from "./socket.ts";

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
const MACVLAN_MODE_PRIVATE = 1;
const IFLA_AF_SPEC = 26;
/** Within AF_INET of IFLA_AF_SPEC: the interface's settings, numbered as in linux/ip.h. */
const IFLA_INET_CONF = 1;
const IPV4_DEVCONF_RP_FILTER = 8;
const IPV4_DEVCONF_ARP_ANNOUNCE = 18;
const IPV4_DEVCONF_ARP_IGNORE = 19;
/** Within AF_INET6 of IFLA_AF_SPEC: the settings as an array, numbered as in linux/ipv6.h. */
const IFLA_INET6_CONF = 2;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const DEVCONF_ACCEPT_RA = 3;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFF_UP = 0x1;

/** Answers ARP only for addresses of the interface that was asked. */
const ARP_IGNORE_OTHERS = 1;
/** Asks ARP only from addresses of the interface that asks. */
const ARP_ANNOUNCE_OWN = 2;
/** Takes a packet whose source can be reached over any interface: answers leave by the one below. */
const RP_FILTER_LOOSE = 2;

/**
 * Makes the interface or, when there is one of that name, makes it right: up, without addresses of its own making.
 *
 * Both it and the one below are then set to answer and ask ARP with their own addresses only. The one below stays set
 * so: another virtual interface may need it, and to a host with one interface on the segment it makes no difference.
 * @returns its index.
 * @throws SystemCallError `EEXIST` when another kind of interface has the name, `ENODEV` when the one below is gone,
 *   `EROFS` or `ENOENT` when it would take router advertisements and /proc/sys may not be written.
 */
export function ensureVirtualInterface(route: RouteSocket, linkIndex: number, name: string, mac: string): number {
  const found = listLinks(route).find((link) => link.name === name);
  if (found !== undefined && isRight(found, linkIndex, mac)) {
    set(route, found.index, IFF_UP, [], `set ${name} up`);
    return found.index;
  }
  if (found?.virtualOf !== undefined) remove(route, found);
  create(route, linkIndex, name, mac);
  const made = listLinks(route).find((link) => link.name === name);
  if (made === undefined) throw new SystemCallError("rtnetlink", `${name} was removed by somebody`, "ENODEV");
  try {
    const macvlan = { [IPV4_DEVCONF_ARP_IGNORE]: ARP_IGNORE_OTHERS, [IPV4_DEVCONF_RP_FILTER]: RP_FILTER_LOOSE };
    const below = { [IPV4_DEVCONF_ARP_IGNORE]: ARP_IGNORE_OTHERS, [IPV4_DEVCONF_ARP_ANNOUNCE]: ARP_ANNOUNCE_OWN };
    raiseIpv4Settings(route, made.index, macvlan, `ARP of ${name}`);
    raiseIpv4Settings(route, linkIndex, below, `ARP of the interface below ${name}`);
    keepIpv6Quiet(route, made);
    set(route, made.index, IFF_UP, [], `set ${name} up`);
  } catch (error) {
    remove(route, made);
    throw error;
  }
  return made.index;
}

/** Removes a macvlan of that name; without one nothing changes. */
export function removeVirtualInterface(route: RouteSocket, name: string): void {
  const found = listLinks(route).find((link) => link.name === name);
  if (found?.virtualOf !== undefined) remove(route, found);
}

function isRight(link: Link, linkIndex: number, mac: string): boolean {
  return link.virtualOf === linkIndex && link.mac === mac.toLowerCase();
}

function create(route: RouteSocket, linkIndex: number, name: string, mac: string): void {
  const mode = nested(IFLA_INFO_DATA, [{ type: IFLA_MACVLAN_MODE, value: u32(MACVLAN_MODE_PRIVATE) }]);
  const attributes = [
    { type: IFLA_LINK, value: u32(linkIndex) },
    { type: IFLA_IFNAME, value: text(name) },
    { type: IFLA_ADDRESS, value: macBytes(mac) },
    nested(IFLA_LINKINFO, [{ type: IFLA_INFO_KIND, value: text("macvlan") }, mode]),
  ];
  const subject = `make ${name} on interface ${linkIndex}`;
  route.change(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg(0, 0), attributes, subject);
}

function remove(route: RouteSocket, { index, name }: Link): void {
  route.change(RTM_DELLINK, 0, ifinfomsg(index, 0), [], `remove ${name}`);
}

function set(
  route: RouteSocket,
  index: number,
  flags: number,
  attributes: readonly Attribute[],
  subject: string,
): void {
  route.change(RTM_NEWLINK, 0, ifinfomsg(index, flags), attributes, subject);
}

/** `struct ifinfomsg`, drawn in links.ts: the flags that are set are also the mask of what changes. */
function ifinfomsg(index: number, flags: number): Uint8Array {
  const body = Buffer.alloc(IFINFOMSG_BYTES);
  body.writeInt32LE(index, 4);
  body.writeUInt32LE(flags, 8);
  body.writeUInt32LE(flags, 12);
  return body;
}

/** Sets what is less; what an administrator made stricter stays. */
function raiseIpv4Settings(
  route: RouteSocket,
  index: number,
  settings: Readonly<Record<number, number>>,
  subject: string,
): void {
  const there = settingsOf(route, index, AF_INET, IFLA_INET_CONF);
  const values = Object.entries(settings)
    .map(([key, value]) => ({ type: Number(key), value }))
    // Settings of IPv4 count from 1.
    .filter(({ type, value }) => value > (settingAt(there, type - 1) ?? 0))
    .map(({ type, value }) => ({ type, value: u32(value) }));
  if (values.length === 0) return;
  set(route, index, 0, [nested(IFLA_AF_SPEC, [nested(AF_INET, [nested(IFLA_INET_CONF, values)])])], subject);
}

/** No link-local address of its own, and no addresses or routes from routers: every master would have the same ones. */
function keepIpv6Quiet(route: RouteSocket, { index, name }: Link): void {
  const acceptsAdvertisements = settingAt(settingsOf(route, index, AF_INET6, IFLA_INET6_CONF), DEVCONF_ACCEPT_RA);
  // There is no IPv6 on this machine.
  if (acceptsAdvertisements === undefined) return;
  const mode = { type: IFLA_INET6_ADDR_GEN_MODE, value: Uint8Array.of(IN6_ADDR_GEN_MODE_NONE) };
  set(route, index, 0, [nested(IFLA_AF_SPEC, [nested(AF_INET6, [mode])])], `link-local address of ${name}`);
  if (acceptsAdvertisements !== 0) refuseRouterAdvertisements(name);
}

/** The settings of a family on an interface: 32 bits each, in host order. */
function settingsOf(route: RouteSocket, index: number, family: number, conf: number): Buffer | undefined {
  const body = dumpLinks(route).find((link) => link.readInt32LE(4) === index);
  const families = body === undefined ? undefined : attributesOf(body, IFINFOMSG_BYTES).get(IFLA_AF_SPEC);
  const specification = families === undefined ? undefined : attributesOf(families, 0).get(family);
  return specification === undefined ? undefined : attributesOf(specification, 0).get(conf);
}

function settingAt(settings: Buffer | undefined, position: number): number | undefined {
  return settings === undefined || settings.length < 4 * (position + 1)
    ? undefined
    : settings.readInt32LE(4 * position);
}

/**
 * CAP_NET_ADMIN may write here, but a service that is kept from changing the kernel (ProtectKernelTunables=,
 * ProcSubset=pid) must be given ReadWritePaths=/proc/sys/net/ipv6/conf, or the machine net.ipv6.conf.default.accept_ra=0.
 */
function refuseRouterAdvertisements(name: string): void {
  const path = `/proc/sys/net/ipv6/conf/${name}/accept_ra`;
  try {
    writeFileSync(path, "0", { flag: "r+" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "EIO";
    throw new SystemCallError("write", path, code);
  }
}
