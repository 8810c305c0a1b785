/** Packets captured from other implementations, kept as hex text with a line on where they come from. */
import { readFileSync } from "node:fs";

const ETHERNET_HEADER_LENGTH = 14;
const IPV6_HEADER_LENGTH = 40;

/** The octets of test/fixtures/FOLDER/NAME.hex; lines that begin with # are its origin. */
export function fixture(name: string, folder: "vrrp" | "carp" = "vrrp"): Uint8Array {
  const text = readFileSync(new URL(`../fixtures/${folder}/${name}.hex`, import.meta.url), "utf8");
  return new Uint8Array(Buffer.from(text.replace(/^#.*$/gm, "").replace(/\s/g, ""), "hex"));
}

/** The IP datagram within a captured frame, as a raw IPv4 socket hands it over. */
export function datagramOf(name: string, folder: "vrrp" | "carp" = "vrrp"): Uint8Array {
  return fixture(name, folder).subarray(ETHERNET_HEADER_LENGTH);
}

/** What the IPv6 packet within a captured frame carries, as a raw IPv6 socket hands it over. */
export function ipv6PayloadOf(name: string): Uint8Array {
  return fixture(name).subarray(ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH);
}
