/**
 * Lets a packet socket hear only frames in which a host says that it has one of certain addresses: programs of the classic
 * packet filter (see socketFilter.ts). Every frame of the machine passes by here, so what is of no interest ends early.
 * Pure.
 */
import { addressBytes, familyOf } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import {
  DROP,
  type Instruction,
  JUMP_IF_EQUAL,
  LOAD_OCTET,
  LOAD_WORD,
  MOST_INSTRUCTIONS,
  passIfEqual,
} from "./socketFilter.ts";

/** Addresses, without prefix lengths, by the index of their interface. */
export type WatchedAddresses = ReadonlyMap<number, readonly string[]>;

/** Offsets from the Ethernet header on. */
const NEXT_HEADER_OFFSET = 20;
const ICMP_TYPE_OFFSET = 54;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** The sender's address of ARP; the last word of a neighbour advertisement's target. */
const WORD_OFFSET = { 4: 28, 6: 74 } as const;
/** SKF_AD_OFF + SKF_AD_IFINDEX, linux/filter.h: not of the frame, but where it came in. */
const INTERFACE_INDEX = 0xffff_f008;
const JUMP = 0x05;
const INSTRUCTIONS_AN_ADDRESS = 2;
const INSTRUCTIONS_A_LINK = 5;

/**
 * The program for the addresses of one family; those that the kernel's limit leaves no room for are left out.
 * @returns undefined when there is no address to watch.
 */
export function conflictProgram(watched: WatchedAddresses, family: Family): readonly Instruction[] | undefined {
  const before = family === 6 ? NEIGHBOUR_ADVERTISEMENTS_ONLY : [];
  const program: Instruction[] = [...before];
  for (const [linkIndex, addresses] of watched) {
    const room = MOST_INSTRUCTIONS - program.length - 1 - INSTRUCTIONS_A_LINK;
    const most = Math.max(0, Math.floor(room / INSTRUCTIONS_AN_ADDRESS));
    const own = addresses.filter((address) => familyOf(address) === family).slice(0, most);
    if (own.length > 0) program.push(...passOnLink(linkIndex, own, family));
  }
  return program.length === before.length ? undefined : [...program, DROP];
}

const NEIGHBOUR_ADVERTISEMENTS_ONLY: readonly Instruction[] = [
  [LOAD_OCTET, 0, 0, NEXT_HEADER_OFFSET],
  [JUMP_IF_EQUAL, 1, 0, ICMPV6],
  DROP,
  [LOAD_OCTET, 0, 0, ICMP_TYPE_OFFSET],
  [JUMP_IF_EQUAL, 1, 0, NEIGHBOUR_ADVERTISEMENT],
  DROP,
];

/** Passes what speaks of one of the addresses on its interface; goes on behind itself with frames of other interfaces. */
function passOnLink(linkIndex: number, addresses: readonly string[], family: Family): readonly Instruction[] {
  const passes = addresses.flatMap((address) => passIfEqual(lastWordOf(address)));
  return [
    [LOAD_WORD, 0, 0, INTERFACE_INDEX],
    [JUMP_IF_EQUAL, 1, 0, linkIndex],
    [JUMP, 0, 0, 1 + passes.length + 1],
    [LOAD_WORD, 0, 0, WORD_OFFSET[family]],
    ...passes,
    DROP,
  ];
}

/** Of an IPv4 address all of it. */
function lastWordOf(address: string): number {
  const bytes = Buffer.from(addressBytes(address));
  return bytes.readUInt32BE(bytes.length - 4);
}
