/** The ranges of addresses that a subnet gives out. */
import { type AddressRange, addressNumber, addressText, type Cidr, contains, parseCidr } from "../state/addresses.ts";
import type { Subnet, View } from "../state/state.ts";

/** The range of a subnet's CIDR, which was checked when the subnet was made. */
export function cidrOf(subnet: View<Subnet>): Cidr {
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) throw new Error(`subnet ${subnet.id} has the CIDR ${subnet.cidr}, which is none`);
  return cidr;
}

/** The subnet's pools as ranges. */
export function poolRanges(subnet: View<Subnet>): AddressRange[] {
  return subnet.allocationPools.map((pool) => poolRange(pool));
}

export function poolRange({ start, end }: { readonly start: string; readonly end: string }): AddressRange {
  return { first: addressNumber(start) ?? Number.NaN, last: addressNumber(end) ?? Number.NaN };
}

/** All host addresses but the gateway's. */
export function defaultPools(cidr: Cidr, gatewayIp: string | null): Subnet["allocationPools"] {
  const edge = cidr.prefixLength >= 31 ? 0 : 1;
  const all = { first: cidr.first + edge, last: cidr.last - edge };
  const gateway = gatewayIp === null ? undefined : addressNumber(gatewayIp);
  const ranges =
    gateway === undefined || !contains(all, gateway)
      ? [all]
      : [
          { first: all.first, last: gateway - 1 },
          { first: gateway + 1, last: all.last },
        ];
  return ranges
    .filter((range) => range.first <= range.last)
    .map((range) => ({ start: addressText(range.first), end: addressText(range.last) }));
}
