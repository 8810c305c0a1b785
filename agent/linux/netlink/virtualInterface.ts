/**
 * An interface with a MAC of its own on top of another (macvlan): what is sent to the virtual router's MAC arrives on it,
 * and the addresses on it are answered for with that MAC alone (RFC 9568 7.3).
 *
 * It is in bridge mode. In private mode the kernel gives a multicast whose source is the macvlan's own MAC to the macvlan
 * alone, so the socket on the parent would never hear a peer that sends from the virtual MAC, as RFC 9568 7.2 has it:
 *
 *     peer, from 00:00:5e:00:01:0a --> eth0 --+--> private: vipf4-10 only, which has no socket
 *                                             +--> bridge:  eth0, and its socket
 *
 * Everything is set over rtnetlink, for which CAP_NET_ADMIN is enough, but for one setting of IPv6 that has its only
 * place in /proc/sys: see refuseRouterAdvertisements.
 */
import { writeFileSync } from "node:fs";
import { macBytes } from "../../protocol/packet/ethernet.ts";
import { AF_INET, AF_INET6 } from "../sockets/socket.ts";
import { SystemCallError } from "../system/libc.ts";
import { dumpLinks, IFINFOMSG_BYTES, type Link, listLinks, RTM_DELLINK, RTM_NEWLINK } from "./links.ts";
import { isMacvlanWith, MACVLAN_MODE } from "./macvlan.ts";
import { type Attribute, attributesOf, NLM_F_CREATE, NLM_F_EXCL, nested, text, u32 } from "./netlinkMessage.ts";
import type { Rtnetlink } from "./rtnetlink.ts";

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_MACVLAN_MODE = 1;
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
 * Creates the interface or, when an earlier life of the agent left one, makes it right: up, in bridge mode, without
 * addresses of its own making. A mode is changed in place, so addresses on the interface stay; only one on another
 * parent is replaced.
 *
 * Both it and its parent are then set to answer and ask ARP with their own addresses only. The parent stays set so:
 * another virtual interface may need it, and to a host with one interface on the segment it makes no difference.
 * @returns its index.
 * @throws SystemCallError `EEXIST` when an interface of that name is of another kind or has another MAC: it is not the
 *   agent's and stays as it is; `ENODEV` when the parent is gone; `EROFS` or `ENOENT` when it would take router
 *   advertisements and /proc/sys may not be written.
 */
export function ensureVirtualInterface(route: Rtnetlink, linkIndex: number, name: string, mac: string): number {
  const found = listLinks(route).find((link) => link.name === name);
  if (found !== undefined) {
    if (!isMacvlanWith(mac, found)) throw new SystemCallError("rtnetlink", whoseText(found, mac), "EEXIST");
    if (found.virtualOf === linkIndex) {
      set(route, found.index, IFF_UP, [macvlan()], `set ${name} up, in bridge mode`);
      return found.index;
    }
    remove(route, found);
  }
  create(route, linkIndex, name, mac);
  const made = listLinks(route).find((link) => link.name === name);
  if (made === undefined) throw new SystemCallError("rtnetlink", `${name} was removed by somebody`, "ENODEV");
  try {
    const own = { [IPV4_DEVCONF_ARP_IGNORE]: ARP_IGNORE_OTHERS, [IPV4_DEVCONF_RP_FILTER]: RP_FILTER_LOOSE };
    const parent = { [IPV4_DEVCONF_ARP_IGNORE]: ARP_IGNORE_OTHERS, [IPV4_DEVCONF_ARP_ANNOUNCE]: ARP_ANNOUNCE_OWN };
    raiseIpv4Settings(route, made.index, own, `ARP of ${name}`);
    raiseIpv4Settings(route, linkIndex, parent, `ARP of the parent of ${name}`);
    keepIpv6Quiet(route, made);
    set(route, made.index, IFF_UP, [], `set ${name} up`);
  } catch (error) {
    remove(route, made);
    throw error;
  }
  return made.index;
}

/** Removes the macvlan of that name and MAC; nothing changes where there is none, or another interface has the name. */
export function removeVirtualInterface(route: Rtnetlink, name: string, mac: string): void {
  const found = listLinks(route).find((link) => link.name === name);
  if (found !== undefined && isMacvlanWith(mac, found)) remove(route, found);
}

function whoseText({ name, mac, virtualOf }: Link, wanted: string): string {
  const kind = virtualOf === undefined ? "no macvlan" : `a macvlan with the MAC ${mac}`;
  return `${name} is ${kind}, so it is not the agent's, which has the MAC ${wanted}: rename or remove it`;
}

function create(route: Rtnetlink, linkIndex: number, name: string, mac: string): void {
  const attributes = [
    { type: IFLA_LINK, value: u32(linkIndex) },
    { type: IFLA_IFNAME, value: text(name) },
    { type: IFLA_ADDRESS, value: macBytes(mac) },
    macvlan(),
  ];
  const subject = `create ${name} on interface ${linkIndex}`;
  route.change(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg(0, 0), attributes, subject);
}

/** A macvlan in bridge mode: in the message that creates one, and in one that changes a living one. */
function macvlan(): Attribute {
  const mode = nested(IFLA_INFO_DATA, [{ type: IFLA_MACVLAN_MODE, value: u32(MACVLAN_MODE.bridge) }]);
  return nested(IFLA_LINKINFO, [{ type: IFLA_INFO_KIND, value: text("macvlan") }, mode]);
}

function remove(route: Rtnetlink, { index, name }: Link): void {
  route.change(RTM_DELLINK, 0, ifinfomsg(index, 0), [], `remove ${name}`);
}

function set(route: Rtnetlink, index: number, flags: number, attributes: readonly Attribute[], subject: string): void {
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
  route: Rtnetlink,
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
function keepIpv6Quiet(route: Rtnetlink, { index, name }: Link): void {
  const acceptsAdvertisements = settingAt(settingsOf(route, index, AF_INET6, IFLA_INET6_CONF), DEVCONF_ACCEPT_RA);
  // There is no IPv6 on this machine.
  if (acceptsAdvertisements === undefined) return;
  const mode = { type: IFLA_INET6_ADDR_GEN_MODE, value: Uint8Array.of(IN6_ADDR_GEN_MODE_NONE) };
  set(route, index, 0, [nested(IFLA_AF_SPEC, [nested(AF_INET6, [mode])])], `link-local address of ${name}`);
  if (acceptsAdvertisements !== 0) refuseRouterAdvertisements(name);
}

/** The settings of a family on an interface: 32 bits each, in host order. */
function settingsOf(route: Rtnetlink, index: number, family: number, conf: number): Buffer | undefined {
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
