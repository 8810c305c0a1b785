/**
 * Which source this machine's own traffic has on its way to everywhere: a route beside the default route.
 *
 * For each default route of the interface there is a copy that prefers the source, is better by one and carries the
 * agent's mark. The default route itself is never touched: the kernel takes an IPv4 route away with the source it
 * prefers, so a machine whose agent hung and whose lease ran out would have no way out at all. So only the copy goes.
 */
import { addressBytes } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import { PROTOCOL_NUMBER } from "../../protocol/packet/transport.ts";
import { type Attribute, NLM_F_CREATE, u32 } from "./netlinkMessage.ts";
import {
  defaultRouteEntries,
  number,
  type RouteEntry,
  RTA_GATEWAY,
  RTA_MULTIPATH,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_VIA,
} from "./routes.ts";
import type { RouteSocket } from "./rtnetlink.ts";

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTA_CACHEINFO = 12;
const RTA_EXPIRES = 23;
const RTA_NH_ID = 30;
const RTNH_F_ONLINK = 0x04;
const USER_HZ = 100;
const ORIGIN_OFFSET = 5;
const FLAGS_OFFSET = 8;

/** What this machine's own traffic over the default routes of one interface has as its source. */
export interface PreferredSource {
  readonly linkIndex: number;
  readonly family: Family;
  /** An address of this machine; undefined: what it would be without the agent. */
  readonly source: string | undefined;
}

/**
 * Makes the routes what they should be; changes nothing when they are, and has nothing to do without a default route.
 * @throws SystemCallError `EINVAL` when the source is not an address of this machine, `EPERM` without CAP_NET_ADMIN.
 */
export function setPreferredSource(route: RouteSocket, { linkIndex, family, source }: PreferredSource): void {
  const there = defaultRouteEntries(route).filter(
    (entry) => entry.family === family && number(entry.attributes.get(RTA_OIF)) === linkIndex,
  );
  const copies = there.filter(isCopy);
  const wanted =
    source === undefined ? [] : there.filter((entry) => !isCopy(entry)).map((entry) => copyOf(entry, source));
  const subject = (verb: string): string => `${verb} IPv${family} default route over interface ${linkIndex}`;
  for (const entry of copies) {
    if (wanted.some((want) => isSame(want, entry))) continue;
    route.change(RTM_DELROUTE, 0, entry.header, attributesToSend(entry), subject("remove"));
  }
  for (const entry of wanted) {
    if (copies.some((copy) => isSame(copy, entry))) continue;
    route.change(RTM_NEWROUTE, NLM_F_CREATE, entry.header, attributesToSend(entry), subject("add"));
  }
}

function isCopy({ origin }: RouteEntry): boolean {
  return origin === PROTOCOL_NUMBER;
}

/** The same route with the source, preferred to the original: by its metric, or of equal ones by being put before it. */
function copyOf({ family, header, attributes }: RouteEntry, source: string): RouteEntry {
  const metric = number(attributes.get(RTA_PRIORITY)) ?? 0;
  const copy = Buffer.from(header);
  copy.writeUInt8(PROTOCOL_NUMBER, ORIGIN_OFFSET);
  // What the kernel says of the route's state is not to be said back.
  copy.writeUInt32LE(header.readUInt32LE(FLAGS_OFFSET) & RTNH_F_ONLINK, FLAGS_OFFSET);
  const changed = new Map(attributes)
    .set(RTA_PREFSRC, Buffer.from(addressBytes(source)))
    .set(RTA_PRIORITY, Buffer.from(u32(Math.max(0, metric - 1))));
  return { family, origin: PROTOCOL_NUMBER, header: copy, attributes: changed };
}

/** Everything but what the kernel counts itself; where a route refers to a next hop by number, that instead of its parts. */
function attributesToSend({ attributes }: RouteEntry): Attribute[] {
  const left = new Set([RTA_CACHEINFO]);
  if (attributes.has(RTA_NH_ID)) for (const type of [RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_VIA]) left.add(type);
  const kept = Array.from(attributes, ([type, value]) => ({ type, value })).filter(({ type }) => !left.has(type));
  return [...kept, ...expires(attributes.get(RTA_CACHEINFO))];
}

/**
 * A route of a router's advertisement ends some time after the last one; its copy is to end with it.
 *
 * +---------------------------------------------------------------+
 * |           references, last use: clock ticks (8 octets)        |
 * +---------------------------------------------------------------+
 * |           expires in: clock ticks, signed; 0: never           |
 * +---------------------------------------------------------------+   struct rta_cacheinfo, rtnetlink.h, host order
 */
function expires(cacheinfo: Buffer | undefined): Attribute[] {
  const ticks = cacheinfo !== undefined && cacheinfo.length >= 12 ? cacheinfo.readInt32LE(8) : 0;
  return ticks > 0 ? [{ type: RTA_EXPIRES, value: u32(Math.ceil(ticks / USER_HZ)) }] : [];
}

/** Whether two routes lead the same way with the same preferences. */
function isSame(left: RouteEntry, right: RouteEntry): boolean {
  return [RTA_GATEWAY, RTA_VIA, RTA_PREFSRC, RTA_PRIORITY].every(
    (type) => written(left, type) === written(right, type),
  );
}

/** An attribute as text; the kernel leaves a metric of 0 out. */
function written({ attributes }: RouteEntry, type: number): string {
  return (attributes.get(type) ?? Buffer.alloc(type === RTA_PRIORITY ? 4 : 0)).toString("hex");
}
