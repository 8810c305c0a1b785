/** One security group rule as an nftables match, and what every port may do without a rule. */
import { disjoint, familyOf } from "../cidr.ts";
import type { FilterRule } from "../region.ts";

/** IANA protocol numbers that have ports, or types and codes. */
const ICMP = 1;
const ICMPV6 = 58;
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/** Multicast listener and neighbour discovery (RFC 4890): 130-132 and 143 groups, 133 and 134 routers, 135 and 136 neighbours. */
const MLD_IN = "130, 131, 132";
const MLD_OUT = "131, 132, 143";

/** What a port always hears: answers of DHCP, IPv6 neighbours and routers. */
export const ALWAYS_IN: readonly string[] = [
  "meta nfproto ipv4 udp sport 67 udp dport 68 return",
  "meta nfproto ipv6 udp sport 547 udp dport 546 return",
  `icmpv6 type { ${MLD_IN}, 134, 135, 136 } return`,
];

/** What a port may always say, and what it never may: a server is neither a DHCP server nor an IPv6 router. */
export const ALWAYS_OUT: readonly string[] = [
  "meta nfproto ipv4 udp sport 68 udp dport 67 return",
  "meta nfproto ipv6 udp sport 546 udp dport 547 return",
  "meta nfproto ipv4 udp sport 67 udp dport 68 drop",
  "meta nfproto ipv6 udp sport 547 udp dport 546 drop",
  "icmpv6 type 134 drop",
  `icmpv6 type { ${MLD_OUT}, 133, 135, 136 } return`,
];

/**
 * The match of a rule, without a verdict; none for a rule that matches nobody.
 * @throws Error when a remote CIDR is of the other family, or ports are given for a protocol that has none
 */
export function filterStatements(rule: FilterRule): readonly string[] {
  const remote = remoteMatch(rule);
  if (remote === "nobody") return [];
  return [[`meta nfproto ipv${rule.family}`, ...protocolMatch(rule), ...remote].join(" ")];
}

function remoteMatch({ direction, family, remote }: FilterRule): readonly string[] | "nobody" {
  if (remote === undefined) return [];
  if (remote.length === 0) return "nobody";
  const stranger = remote.find((cidr) => familyOf(cidr) !== family);
  if (stranger !== undefined) throw new Error(`an IPv${family} rule cannot have the remote ${stranger}`);
  const networks = disjoint(remote);
  // Everyone is no match at all; a set with a whole family in it would be refused.
  if (networks.some((cidr) => cidr.endsWith("/0"))) return [];
  const field = `${family === 4 ? "ip" : "ip6"} ${direction === "ingress" ? "saddr" : "daddr"}`;
  return [`${field} { ${networks.join(", ")} }`];
}

function protocolMatch({ protocol, ports }: FilterRule): readonly string[] {
  if (protocol === undefined) {
    if (ports !== undefined) throw new Error("a rule for any protocol cannot have ports");
    return [];
  }
  if (ports === undefined) return [`meta l4proto ${protocol}`];
  if (protocol === ICMP) return [`icmp type ${ports.min} icmp code ${ports.max}`];
  if (protocol === ICMPV6) return [`icmpv6 type ${ports.min} icmpv6 code ${ports.max}`];
  if (WITH_PORTS.has(protocol)) return [`meta l4proto ${protocol} th dport ${ports.min}-${ports.max}`];
  throw new Error(`IP protocol ${protocol} has no ports, but a rule names ${ports.min} to ${ports.max}`);
}
