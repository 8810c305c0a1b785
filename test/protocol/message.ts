/** VRRP messages written octet by octet, for what no encoder of ours would send. */
import { internetChecksum } from "../../agent/protocol/checksum.ts";

/** The octets of a message given as hex with a checksum of 0000, which is filled in over the message alone, or wrongly. */
export function message(hex: string, checksum: "good" | "bad" = "good"): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  const value = internetChecksum(bytes) ^ (checksum === "good" ? 0 : 1);
  bytes.set([value >> 8, value & 0xff], 6);
  return bytes;
}
