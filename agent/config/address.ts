/** IPv4 addresses in configuration: those a host can have. */
import { isIPv4 } from "node:net";
import * as z from "zod";
import { expected } from "./expected.ts";

/** Whether the text is an address that one host on a segment can have, in dotted decimal without leading zeros. */
function isHostAddress(text: string): boolean {
  if (!isIPv4(text)) return false;
  const first = Number(text.slice(0, text.indexOf(".")));
  // RFC 6890: "this network", loopback; from 224 on multicast, reserved and broadcast.
  return first !== 0 && first !== 127 && first < 224;
}

/** The own address of a host; `remedy` says whose. */
export function hostAddress(remedy: string): z.ZodString {
  const wanted = expected("an IPv4 address that a host can have", remedy);
  return z.string(wanted).refine(isHostAddress, wanted);
}

/** An address and the length of its prefix, `10.25.0.10/32`. */
export function hostAddressWithPrefix(remedy: string): z.ZodString {
  const wanted = expected("an IPv4 address with its prefix length", remedy);
  return z.string(wanted).refine((text) => {
    const [address, prefixLength, ...rest] = text.split("/");
    if (address === undefined || prefixLength === undefined || rest.length > 0) return false;
    return isHostAddress(address) && /^(?:[1-9]|[12]\d|3[0-2])$/.test(prefixLength);
  }, wanted);
}
