/** Packets captured from other implementations, kept as hex text with a line on where they come from. */
import { readFileSync } from "node:fs";

const ETHERNET_HEADER_LENGTH = 14;

/** The octets of test/fixtures/vrrp/NAME.hex; lines that begin with # are its origin. */
export function fixture(name: string): Uint8Array {
  const text = readFileSync(new URL(`../fixtures/vrrp/${name}.hex`, import.meta.url), "utf8");
  return new Uint8Array(Buffer.from(text.replace(/^#.*$/gm, "").replace(/\s/g, ""), "hex"));
}

/** The IP datagram within a captured frame, as a raw socket hands it over. */
export function datagramOf(name: string): Uint8Array {
  return fixture(name).subarray(ETHERNET_HEADER_LENGTH);
}
