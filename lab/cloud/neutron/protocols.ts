/** IP protocols by the names that Neutron knows (neutron_lib/constants.py, IP_PROTOCOL_MAP). */

const NUMBERS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  "ipv6-encap": 41,
  "ipv6-frag": 44,
  "ipv6-icmp": 58,
  icmpv6: 58,
  "ipv6-nonxt": 59,
  "ipv6-opts": 60,
  "ipv6-route": 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};
const NAMES = new Map(Object.entries(NUMBERS));

/** Protocols whose port range means destination ports. */
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);
/** Protocols whose port range means an ICMP type and a code. */
const WITH_TYPES = new Set([1, 58]);

/** The number of a protocol given by name or number; null is any protocol; undefined: there is no such protocol. */
export function protocolNumber(protocol: string | null): number | null | undefined {
  if (protocol === null) return null;
  const named = NAMES.get(protocol);
  if (named !== undefined) return named;
  return /^(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/.test(protocol) ? Number(protocol) : undefined;
}

/** The names in Neutron's own order, for a refusal. */
export function protocolNames(): readonly string[] {
  return [...NAMES.keys()];
}

/** What the port range of a rule means for a protocol: ports, an ICMP type and code, or nothing. */
export function rangeMeaning(protocol: number | null): "ports" | "icmp" | "nothing" {
  if (protocol === null) return "nothing";
  if (WITH_PORTS.has(protocol)) return "ports";
  return WITH_TYPES.has(protocol) ? "icmp" : "nothing";
}
