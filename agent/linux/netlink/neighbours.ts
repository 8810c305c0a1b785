/** What the kernel knows of the segment's neighbours: asks for one, and reads what was answered (rtnetlink(7), arp(7)). */

import { MAC_LENGTH, macText } from "../../protocol/packet/ethernet.ts";
import { addressBytes, familyOf } from "../../protocol/packet/ip.ts";
import { AF_INET, AF_INET6 } from "../sockets/socket.ts";
import { SystemCallError } from "../system/libc.ts";
import { attributesOf, NLM_F_CREATE, NLM_F_REPLACE } from "./netlinkMessage.ts";
import type { Rtnetlink } from "./rtnetlink.ts";

const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_REACHABLE = 0x02;
/** NUD_NOARP and NUD_PERMANENT: what an administrator set, or needs no question. */
const NUD_FIXED = 0x40 | 0x80;
/** Look the neighbour up as if something were sent to it. */
const NTF_USE = 0x01;
const NDMSG_BYTES = 12;

/**
 * Has the kernel ask the segment for an address, and forget what it knew: that may be an earlier holder. What an
 * administrator entered stays, and nothing is asked.
 * @throws SystemCallError `ENODEV` when the interface is gone.
 */
export function askNeighbour(route: Rtnetlink, linkIndex: number, address: string): void {
  if (((neighbourOf(route, linkIndex, address)?.state ?? 0) & NUD_FIXED) !== 0) return;
  const attributes = [{ type: NDA_DST, value: addressBytes(address) }];
  const subject = `neighbour ${address} on interface ${linkIndex}`;
  try {
    route.change(RTM_DELNEIGH, 0, ndmsg(linkIndex, address, 0), attributes, subject);
  } catch (error) {
    if (!(error instanceof SystemCallError && error.code === "ENOENT")) throw error;
  }
  const flags = NLM_F_CREATE | NLM_F_REPLACE;
  route.change(RTM_NEWNEIGH, flags, ndmsg(linkIndex, address, NTF_USE), attributes, subject);
}

/** The MAC that a neighbour answered with since it was asked for; undefined when none has, yet. */
export function neighbourMac(route: Rtnetlink, linkIndex: number, address: string): string | undefined {
  const { state = 0, mac } = neighbourOf(route, linkIndex, address) ?? {};
  return (state & NUD_REACHABLE) !== 0 && mac?.length === MAC_LENGTH ? macText(mac) : undefined;
}

interface Neighbour {
  readonly state: number;
  readonly mac: Buffer | undefined;
}

function neighbourOf(route: Rtnetlink, linkIndex: number, address: string): Neighbour | undefined {
  const wanted = Buffer.from(addressBytes(address));
  for (const body of route.dump(RTM_GETNEIGH, ndmsg(0, address, 0), [], "list of neighbours")) {
    if (body.length < NDMSG_BYTES || body.readInt32LE(4) !== linkIndex) continue;
    const attributes = attributesOf(body, NDMSG_BYTES);
    if (attributes.get(NDA_DST)?.equals(wanted) !== true) continue;
    return { state: body.readUInt16LE(8), mac: attributes.get(NDA_LLADDR) };
  }
  return undefined;
}

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |    family     |                    padding                    |
 * +---------------+---------------+-------------------------------+
 * |                        interface index                        |
 * +-------------------------------+---------------+---------------+
 * |          state: NUD_*         | flags: NTF_*  |     type      |
 * +-------------------------------+---------------+---------------+   struct ndmsg, rtnetlink(7), host order
 */
function ndmsg(linkIndex: number, address: string, flags: number): Uint8Array {
  const body = Buffer.alloc(NDMSG_BYTES);
  body.writeUInt8(familyOf(address) === 4 ? AF_INET : AF_INET6, 0);
  body.writeInt32LE(linkIndex, 4);
  body.writeUInt8(flags, 10);
  return body;
}
