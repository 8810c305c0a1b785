/** VRRP messages written octet by octet, for what no encoder of ours would send. */
import { internetChecksum } from "../../agent/protocol/packet/checksum.ts";
import { pseudoHeader } from "../../agent/protocol/packet/ip.ts";
import { type Ends, PROTOCOL_NUMBER } from "../../agent/protocol/packet/transport.ts";

const CHECKSUM_OFFSET = 6;

/** The octets of a message given as hex with a checksum of 0000, which is filled in over the message alone, or wrongly. */
export function message(hex: string, checksum: "good" | "bad" = "good"): Uint8Array {
  const bytes = octets(hex);
  return withChecksum(bytes, internetChecksum(bytes) ^ (checksum === "good" ? 0 : 1));
}

/** The same with the checksum over a pseudo-header of these ends too. */
export function messageBetween(ends: Ends, hex: string): Uint8Array {
  const bytes = octets(hex);
  return withChecksum(bytes, internetChecksum(pseudoHeader(ends, PROTOCOL_NUMBER, bytes.length), bytes));
}

/** The octets of hex text, in which spaces mean nothing. */
export function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** A copy with some octets changed, by their offsets. */
export function changed(bytes: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, octet] of Object.entries(changes)) copy[Number(offset)] = octet;
  return copy;
}

/** A copy with one bit flipped; bits count from the first octet's highest. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((octet, offset) => (offset === bit >> 3 ? octet ^ (0x80 >> (bit & 7)) : octet));
}

function withChecksum(bytes: Uint8Array, checksum: number): Uint8Array {
  return changed(bytes, { [CHECKSUM_OFFSET]: checksum >> 8, [CHECKSUM_OFFSET + 1]: checksum & 0xff });
}
