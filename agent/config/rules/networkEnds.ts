/** A shared address is a host's: neither of the two ends of its network. */
import { addressBytes } from "../../protocol/packet/ip.ts";
import type { VirtualRouterConfig } from "../schema/virtualRouter.ts";
import type { CrossFieldError } from "./crossFieldError.ts";

/** Every shared address that its prefix length makes its network's own or its broadcast address. */
export function networkEndErrors(routers: readonly VirtualRouterConfig[]): CrossFieldError[] {
  return routers.flatMap(({ addresses }, index) =>
    addresses.flatMap(({ address }, position): CrossFieldError[] => {
      const end = endOfNetwork(address);
      if (end === undefined) return [];
      const path = ["virtualRouters", index, "addresses", position];
      return [{ path, input: address, message: `${address} is ${end}: write one that a host can have` }];
    }),
  );
}

/** RFC 3021: a /31 has no such ends. RFC 4291 2.6.1: IPv6 has no broadcast, and its network's address is all routers'. */
function endOfNetwork(withPrefix: string): string | undefined {
  const [address = "", prefixLength = ""] = withPrefix.split("/");
  const bytes = addressBytes(address);
  const hostBits = BigInt(bytes.length * 8 - Number(prefixLength));
  if (hostBits < 2n) return undefined;
  const everyBit = (1n << hostBits) - 1n;
  const host = bytes.reduce((number, octet) => (number << 8n) | BigInt(octet), 0n) & everyBit;
  const isIpv4 = bytes.length === 4;
  if (host === 0n) return isIpv4 ? "the address of its network" : "the address of all routers of its network";
  return isIpv4 && host === everyBit ? "the broadcast address of its network" : undefined;
}
