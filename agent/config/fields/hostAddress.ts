/** The addresses that one host on a segment can have, in the one text that everything here compares by. */
import { isIPv4, isIPv6 } from "node:net";
import { addressBytes, addressText, isLinkLocal as areLinkLocal } from "../../protocol/packet/ip.ts";

/** Whether an IPv6 address is for one link only, fe80::/10 (RFC 4291 2.5.6), and so needs an interface beside it. */
export function isLinkLocal(address: string): boolean {
  return areLinkLocal(addressBytes(address));
}

/**
 * The canonical text of an address that one host on a segment can have: dotted decimal without leading zeros, or RFC
 * 5952. Undefined for anything else.
 */
export function hostAddressOf(text: string): string | undefined {
  if (isIPv4(text)) {
    const first = Number(text.slice(0, text.indexOf(".")));
    // RFC 6890: "this network", loopback; from 224 on multicast, reserved and broadcast.
    return first !== 0 && first !== 127 && first < 224 ? text : undefined;
  }
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const address = addressText(addressBytes(text));
  // RFC 4291: unspecified, loopback, multicast, and IPv4 in disguise.
  const isHost = address !== "::" && address !== "::1" && !address.startsWith("ff") && !address.includes(".");
  return isHost ? address : undefined;
}
