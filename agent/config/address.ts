/** IP addresses in configuration: those a host can have, in the one text that everything here compares by. */
import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod";
import { addressBytes, addressText, familyOf, isLinkLocal as areLinkLocal } from "../protocol/ip.ts";
import { expected } from "./expected.ts";

/** Text before and after: an address in its canonical form. */
export type AddressSchema = z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>;

export { familyOf };

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

/** The own address of a host, IPv4 or IPv6; `remedy` says whose. */
export function hostAddress(remedy: string): AddressSchema {
  const wanted = expected("an IP address that a host can have", remedy);
  return z.string(wanted).transform((text, context): string => {
    const address = hostAddressOf(text);
    if (address !== undefined) return address;
    context.issues.push({ code: "custom", input: text, message: wanted.error({ input: text }) });
    return z.NEVER;
  });
}

/** An address and the length of its prefix, `10.25.0.10/32` or `2001:db8::10/128`. */
export function hostAddressWithPrefix(remedy: string): AddressSchema {
  const wanted = expected("an IP address with its prefix length", remedy);
  return z.string(wanted).transform((text, context): string => {
    const [written = "", prefixLength = "", ...rest] = text.split("/");
    const address = hostAddressOf(written);
    const longest = address !== undefined && familyOf(address) === 6 ? 128 : 32;
    const isLength = /^[1-9]\d{0,2}$/.test(prefixLength) && Number(prefixLength) <= longest;
    if (address !== undefined && isLength && rest.length === 0) return `${address}/${prefixLength}`;
    context.issues.push({ code: "custom", input: text, message: wanted.error({ input: text }) });
    return z.NEVER;
  });
}
