/**
 * What a protocol socket does not even hear: a program of the classic packet filter that the kernel runs on every
 * packet before it wakes anybody (SO_ATTACH_FILTER, socket(7), bpf(4)).
 */
import koffi from "koffi";
import { addressBytes } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import { SOL_SOCKET, setBytesOption, setOption } from "./socket.ts";

const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;

/** Whom a socket hears. */
export type Audience =
  /** Those with one of these addresses. */
  | { readonly kind: "senders"; readonly addresses: readonly string[] }
  /** Whoever speaks of one of these virtual routers. */
  | { readonly kind: "virtual-routers"; readonly ids: readonly number[] };

/** One instruction: its code, how many to skip when it is true and when not, its operand. */
export type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number];

export const LOAD_WORD = 0x20;
export const LOAD_OCTET = 0x30;
const LOAD_OCTET_BEHIND_INDEX = 0x50;
/** Index register = 4 * (octet & 0x0f): the length of an IPv4 header. */
const INDEX_BY_HEADER_LENGTH = 0xb1;
export const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
/** SKF_NET_OFF: from here on offsets count from the IP header, wherever the packet begins for this socket. */
const IP_HEADER = 0xfff0_0000;
const WHOLE_PACKET = 0xffff_ffff;
const NOTHING = 0;
const SOURCE_OFFSET = { 4: 12, 6: 8 } as const;
/** Where a virtual router id stands in VRRP and in CARP alike. */
const ID_OFFSET = 1;
/** BPF_MAXINSNS. */
export const MOST_INSTRUCTIONS = 4_096;

export const PASS: Instruction = [RETURN, 0, 0, WHOLE_PACKET];
export const DROP: Instruction = [RETURN, 0, 0, NOTHING];

/** The program for an audience; undefined: it would be longer than the kernel allows. */
export function programFor(audience: Audience, family: Family): readonly Instruction[] | undefined {
  const program =
    audience.kind === "senders"
      ? [...audience.addresses.flatMap((address) => passSender(address, family)), DROP]
      : [...loadId(family), ...audience.ids.flatMap(passIfEqual), DROP];
  return program.length <= MOST_INSTRUCTIONS ? program : undefined;
}

/** Passes what comes from an address, and goes on behind itself with everything else. */
function passSender(address: string, family: Family): readonly Instruction[] {
  const octets = Buffer.from(addressBytes(address));
  const words = Array.from({ length: octets.length / 4 }, (_, place) => octets.readUInt32BE(4 * place));
  const comparisons = words.flatMap((word, place): Instruction[] => {
    const behind = 2 * (words.length - place - 1) + 1;
    const offset = (IP_HEADER + SOURCE_OFFSET[family] + 4 * place) >>> 0;
    return [
      [LOAD_WORD, 0, 0, offset],
      [JUMP_IF_EQUAL, 0, behind, word],
    ];
  });
  return [...comparisons, PASS];
}

/** A raw IPv4 socket has the header before its packets, one of IPv6 has not (raw(7), ipv6(7)). */
function loadId(family: Family): readonly Instruction[] {
  if (family === 6) return [[LOAD_OCTET, 0, 0, ID_OFFSET]];
  return [
    [INDEX_BY_HEADER_LENGTH, 0, 0, 0],
    [LOAD_OCTET_BEHIND_INDEX, 0, 0, ID_OFFSET],
  ];
}

export function passIfEqual(value: number): readonly Instruction[] {
  return [[JUMP_IF_EQUAL, 0, 1, value], PASS];
}

const PROGRAM_BYTES = 16;
const INSTRUCTION_BYTES = 8;

/**
 * Lets a socket hear its audience alone from now on.
 *
 *       0               2               4                               8
 *      +---------------+---------------+-------------------------------+
 *    0 |    number     |                    pad                        |
 *      +---------------+-----------------------------------------------+
 *    8 |                        -> program at 16                       |   struct sock_fprog, linux/filter.h
 *      +---------------+-------+-------+-------------------------------+
 *   16 |     code      | true  | false |            operand            |   struct sock_filter, each
 *      +---------------+-------+-------+-------------------------------+
 *
 * @returns whether it could: an audience too large for a filter is heard among everybody else.
 * @throws SystemCallError `ENOMEM` when the kernel has no room for it.
 */
export function attachFilter(fd: number, audience: Audience, family: Family, subject: string): boolean {
  const program = programFor(audience, family);
  if (program === undefined) return false;
  attachProgram(fd, program, subject);
  return true;
}

/** Replaces a socket's program in one step. @throws SystemCallError `ENOMEM` when the kernel has no room for it. */
export function attachProgram(fd: number, program: readonly Instruction[], subject: string): void {
  const size = PROGRAM_BYTES + INSTRUCTION_BYTES * program.length;
  const address = koffi.alloc("uint8_t", size) as bigint;
  try {
    const memory = koffi.view(address, size);
    const view = new DataView(memory);
    view.setBigUint64(0, BigInt(program.length), true);
    view.setBigUint64(8, address + BigInt(PROGRAM_BYTES), true);
    for (const [place, [code, whenTrue, whenFalse, operand]] of program.entries()) {
      const offset = PROGRAM_BYTES + INSTRUCTION_BYTES * place;
      view.setUint16(offset, code, true);
      view.setUint8(offset + 2, whenTrue);
      view.setUint8(offset + 3, whenFalse);
      view.setUint32(offset + 4, operand, true);
    }
    setBytesOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(memory, 0, PROGRAM_BYTES), subject);
  } finally {
    koffi.free(address);
  }
}

/** Lets a socket hear everybody again. */
export function detachFilter(fd: number, subject: string): void {
  setOption(fd, SOL_SOCKET, SO_DETACH_FILTER, 0, subject);
}
