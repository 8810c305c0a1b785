/** The classic packet filter as bpf(4) describes it, for the instructions that the agent's programs have. */
import assert from "node:assert/strict";
import type { Instruction } from "../../agent/linux/sockets/socketFilter.ts";

/** A packet as a socket's filter finds it. */
export interface FilteredPacket {
  /** From where the socket's packets begin. */
  readonly octets: Buffer;
  /** From the IP header on. */
  readonly fromNetwork?: Buffer;
  readonly interfaceIndex?: number;
}

/** SKF_AD_OFF + SKF_AD_IFINDEX, and SKF_NET_OFF, linux/filter.h. */
const INTERFACE_INDEX = 0xffff_f008;
const NETWORK_HEADER = 0xfff0_0000;

/** Runs a program as the kernel would: a load from beyond the packet's end ends it. @returns whether the packet passes. */
export function passes(program: readonly Instruction[], packet: FilteredPacket): boolean {
  const { octets, fromNetwork = Buffer.alloc(0), interfaceIndex = 0 } = packet;
  const isBeyond = (offset: number, length: number): boolean => offset + length > octets.length;
  let accumulator = 0;
  let index = 0;
  for (let at = 0; at < program.length; at++) {
    const [code, whenTrue, whenFalse, operand] = program[at] ?? [0, 0, 0, 0];
    switch (code) {
      case 0x20:
        if (operand === INTERFACE_INDEX) accumulator = interfaceIndex;
        else if (operand >= NETWORK_HEADER) accumulator = fromNetwork.readUInt32BE(operand - NETWORK_HEADER);
        else if (isBeyond(operand, 4)) return false;
        else accumulator = octets.readUInt32BE(operand);
        break;
      case 0x30:
        if (isBeyond(operand, 1)) return false;
        accumulator = octets.readUInt8(operand);
        break;
      case 0xb1:
        index = 4 * (octets.readUInt8(operand) & 0x0f);
        break;
      case 0x50:
        accumulator = octets.readUInt8(index + operand);
        break;
      case 0x05:
        at += operand;
        break;
      case 0x15:
        at += accumulator === operand ? whenTrue : whenFalse;
        break;
      case 0x06:
        return operand !== 0;
      default:
        assert.fail(`instruction ${code}`);
    }
  }
  return assert.fail("the program does not end");
}
