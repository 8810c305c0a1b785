/** Networks in CIDR notation as nftables wants them: canonical, and none inside another. */
import ipaddr from "ipaddr.js";

type Family = 4 | 6;

/** The family of an address or CIDR. */
export const familyOf = (cidr: string): Family => (cidr.includes(":") ? 6 : 4);

/**
 * The smallest list of networks that covers the same addresses: host bits cleared, what lies inside another dropped.
 * Two CIDRs never overlap in part, so what is left can stand in one interval set, which refuses overlaps.
 * @throws Error when one is no address or CIDR
 */
export function disjoint(cidrs: readonly string[]): readonly string[] {
  const networks = [...new Set(cidrs.map(canonical))].map((text) => ({ text, range: ipaddr.parseCIDR(text) }));
  return networks
    .filter(({ text, range: [address, length] }) =>
      networks.every(
        (other) =>
          other.text === text ||
          other.range[0].kind() !== address.kind() ||
          other.range[1] > length ||
          !address.match(other.range),
      ),
    )
    .map(({ text }) => text)
    .sort();
}

/** Whether an address is inside a network. False for another family. */
export function contains(cidr: string, address: string): boolean {
  const network = ipaddr.parseCIDR(canonical(cidr));
  const host = ipaddr.parse(address);
  return host.kind() === network[0].kind() && host.match(network);
}

/** The address of a network as text with its length, a bare address as a network of one. */
export function canonical(cidr: string): string {
  const text = cidr.includes("/") ? cidr : `${cidr}/${familyOf(cidr) === 4 ? 32 : 128}`;
  if (!ipaddr.isValidCIDR(text)) throw new Error(`"${cidr}" is neither an address nor a CIDR`);
  const [, length] = ipaddr.parseCIDR(text);
  const network =
    familyOf(text) === 4 ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  return `${network.toString()}/${length}`;
}
