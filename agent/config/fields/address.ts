/** IP addresses as the document has them. */
import * as z from "zod";
import { familyOf } from "../../protocol/packet/ip.ts";
import { expected } from "./expected.ts";
import { hostAddressOf } from "./hostAddress.ts";

/** Text before and after: an address in its canonical form. */
export type AddressSchema = z.ZodPipe<z.ZodString, z.ZodTransform<string, string>>;

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
