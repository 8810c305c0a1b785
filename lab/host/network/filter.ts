/**
 * Port security and security groups as nftables rules, what Neutron's agents do on a compute host.
 *
 * A frame crosses the fabric through two families of hooks, in this order:
 *
 *     tap ─▶ bridge prerouting ──▶ bridge forward ─────▶ inet forward ──────────▶ tap
 *            is the source this    which ports is it    security groups, with
 *            port's own? (MAC,     between? (mark)      connection tracking
 *            ARP, IP)
 *
 * The bridge family knows ports but, in kernels without CONFIG_NF_CONNTRACK_BRIDGE, no connections; the inet family,
 * to which br_netfilter lends bridged packets, knows connections but sees the bridge as the only interface. A mark
 * carries the ports from the one to the other: the upper half is the number of the port a frame came from, the
 * lower half of the one it goes to, zero for a port without port security. Marks end at the fabric's edge.
 *
 * All of it is one script that replaces the last one in a single transaction: no frame sees half of it.
 *
 * All ports are filtered by one connection tracker, which forgets a packet that is dropped at its destination. Neutron's
 * hosts have one each, and the sender's remembers what left it, and lets the answer in: so what left a port is remembered
 * here beside the tracker. A change of the filter forgets it, and the next packet brings it back.
 */

import { disjoint, familyOf } from "../cidr.ts";
import { bridgeName, tapName } from "../names.ts";
import type { PortPlan, SegmentPlan } from "../region.ts";
import { ALWAYS_IN, ALWAYS_OUT, filterStatements } from "./filterRule.ts";
import { chain, fromMark, namedSet, replaceTable, type SecuredPort, toMark } from "./filterText.ts";

/** What the filter depends on. */
export interface FilterInput {
  readonly segments: readonly SegmentPlan[];
  readonly ports: readonly PortPlan[];
}

/**
 * The script for `nft -f -` in the fabric's namespace.
 * @param blackholed ports whose frames vanish although the cable looks well
 */
export function renderFilter({ segments, ports }: FilterInput, blackholed: ReadonlySet<string>): string {
  const secured = numbered(ports);
  const blackholes = namedSet(
    "blackholed",
    "ifname",
    "",
    [...blackholed].sort().map((id) => `"${tapName(id)}"`),
  );
  return [
    ...replaceTable("bridge", [...blackholes, ...bridgeSets(secured), ...prerouting(secured), ...forward(secured)]),
    ...replaceTable("inet", [...sentSets(), ...zones(segments), ...groups(secured), ...groupDispatch(secured)]),
    "",
  ].join("\n");
}

/**
 * Whether a port may now do less than before, so that the tracker must forget the connections it knows: else they
 * would pass as established forever. Neutron does the same when a rule goes.
 */
export function narrows(before: readonly PortPlan[], after: readonly PortPlan[]): boolean {
  const now = new Map(after.map((port) => [port.id, port]));
  return before.some((port) => {
    const left = now.get(port.id)?.security;
    if (left === undefined) return false;
    if (port.security === undefined) return true;
    const rules = new Set(left.rules.map((rule) => JSON.stringify(rule)));
    return port.security.rules.some((rule) => !rules.has(JSON.stringify(rule)));
  });
}

/** Ports with port security, numbered from 1. */
function numbered(ports: readonly PortPlan[]): readonly SecuredPort[] {
  return ports
    .flatMap((port) => (port.security === undefined ? [] : [{ ...port, security: port.security }]))
    .map((port, index) => ({ ...port, number: index + 1 }));
}

/** Who may send as whom: the port's own addresses and its allowed pairs, each with its MAC. */
function bridgeSets(secured: readonly SecuredPort[]): readonly string[] {
  const sources = (family: 4 | 6): readonly string[] =>
    secured.flatMap((port) =>
      [...sourcesByMac(port, family)].flatMap(([mac, cidrs]) =>
        disjoint(cidrs).map((cidr) => `"${tapName(port.id)}" . ${mac} . ${cidr}`),
      ),
    );
  const macs = secured.flatMap((port) =>
    [...new Set([port.mac, ...port.security.allowedPairs.map((pair) => pair.mac)])].map(
      (mac) => `"${tapName(port.id)}" . ${mac}`,
    ),
  );
  return [
    ...namedSet(
      "secured",
      "ifname",
      "",
      secured.map((port) => `"${tapName(port.id)}"`),
    ),
    ...namedSet("macs", "ifname . ether_addr", "", macs),
    ...namedSet("sources4", "ifname . ether_addr . ipv4_addr", "flags interval", sources(4)),
    ...namedSet("sources6", "ifname . ether_addr . ipv6_addr", "flags interval", sources(6)),
  ];
}

function sourcesByMac(port: SecuredPort, family: 4 | 6): ReadonlyMap<string, readonly string[]> {
  const own = port.addresses.map(({ address }) => ({ cidr: address, mac: port.mac }));
  // Each MAC has its link-local address besides (RFC 4291, appendix A); neighbour discovery needs it.
  const linkLocal = [port.mac, ...port.security.allowedPairs.map(({ mac }) => mac)].map((mac) => ({
    cidr: linkLocalOf(mac),
    mac,
  }));
  const byMac = new Map<string, string[]>();
  for (const { cidr, mac } of [...own, ...port.security.allowedPairs, ...linkLocal]) {
    if (familyOf(cidr) !== family) continue;
    byMac.set(mac, [...(byMac.get(mac) ?? []), cidr]);
  }
  return byMac;
}

/** The link-local address made from a MAC: `fe:16:3e:aa:bb:cc` is at `fe80::fc16:3eff:feaa:bbcc`. */
export function linkLocalOf(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((octet) => Number.parseInt(octet, 16));
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `fe80::${group(a ^ 2, b)}:${group(c, 0xff)}:${group(0xfe, d)}:${group(e, f)}`;
}

/** Before the bridge learns an address: what is not this port's own never happened. */
function prerouting(secured: readonly SecuredPort[]): readonly string[] {
  return chain("prerouting", "type filter hook prerouting priority -400; policy accept;", [
    "iifname @blackholed drop",
    "iifname != @secured accept",
    ...markMap(secured),
    "iifname . ether saddr . arp saddr ip @sources4 iifname . arp saddr ether @macs accept",
    "iifname . ether saddr . ip saddr @sources4 accept",
    "iifname . ether saddr . ip6 saddr @sources6 accept",
    // A server without an address yet: it asks for one by DHCP, listens to groups, or looks whether its address is free.
    "iifname . ether saddr @macs ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept",
    "iifname . ether saddr @macs ip6 saddr :: icmpv6 type { 131, 132, 135, 143 } accept",
    "drop",
  ]);
}

const markMap = (secured: readonly SecuredPort[]): readonly string[] =>
  secured.length === 0
    ? []
    : [
        `meta mark set iifname map { ${secured.map((port) => `"${tapName(port.id)}" : ${fromMark(port)}`).join(", ")} }`,
      ];

/** Priority -200 is before br_netfilter's own hook, which takes the packet over to the inet family. */
function forward(secured: readonly SecuredPort[]): readonly string[] {
  const marks = secured.flatMap((port) =>
    chain(`to_${port.number}`, "", [`meta mark set meta mark | ${toMark(port)}`]),
  );
  const dispatch = secured.map((port) => `"${tapName(port.id)}" : jump to_${port.number}`);
  return [
    ...marks,
    ...chain("forward", "type filter hook forward priority -200; policy accept;", [
      "oifname @blackholed drop",
      ...(dispatch.length === 0 ? [] : [`oifname vmap { ${dispatch.join(", ")} }`]),
    ]),
  ];
}

/** Each segment tracks its connections apart: two of them may use the same addresses, or pass the same packet on. */
function zones(segments: readonly SegmentPlan[]): readonly string[] {
  const numbers = segments.map(({ id }, index) => `"${bridgeName(id)}" : ${index + 1}`);
  return chain(
    "zones",
    "type filter hook prerouting priority raw; policy accept;",
    numbers.length === 0 ? [] : [`ct zone set iifname map { ${numbers.join(", ")} }`],
  );
}

/** Two chains a port. A rule that matches returns, so that the other port of the packet is asked too. */
const groups = (secured: readonly SecuredPort[]): readonly string[] =>
  secured.flatMap(({ number, security: { rules } }) => [
    ...chain(`out_${number}`, "", [
      ...ALWAYS_OUT,
      ...rules
        .filter(({ direction }) => direction === "egress")
        .flatMap(filterStatements)
        .map((match) => `${match} return`),
      "drop",
    ]),
    ...chain(`in_${number}`, "", [
      ...ALWAYS_IN,
      ...rules
        .filter(({ direction }) => direction === "ingress")
        .flatMap(filterStatements)
        .map((match) => `${match} return`),
      "drop",
    ]),
  ]);

function groupDispatch(secured: readonly SecuredPort[]): readonly string[] {
  const from = secured.map((port) => `${fromMark(port)} : jump out_${port.number}`);
  const to = secured.map((port) => `${toMark(port)} : jump in_${port.number}`);
  return chain("forward", "type filter hook forward priority filter; policy accept;", [
    "meta mark 0 accept",
    "ct state established,related accept",
    "ct state invalid drop",
    ...(from.length === 0 ? [] : [`meta mark & 0xffff0000 vmap { ${from.join(", ")} }`]),
    ...SENT.flatMap(({ set, which, flow, answer }) => [
      `${which} iifname . ${answer} @${set} accept`,
      `${which} update @${set} { iifname . ${flow} }`,
    ]),
    ...(to.length === 0 ? [] : [`meta mark & 0x0000ffff vmap { ${to.join(", ")} }`]),
  ]);
}

/**
 * What has left a port and no tracker would keep, by bridge and flow: of protocols without ports, of UDP, and of TCP what
 * is in the middle of a connection, which a tracker that has forgotten it takes up again (nf_conntrack_tcp_loose).
 */
const SENT = ([4, 6] as const).flatMap((family) => {
  const ip = family === 4 ? "ip" : "ip6";
  const address = family === 4 ? "ipv4_addr" : "ipv6_addr";
  const [from, to] = [`${ip} saddr`, `${ip} daddr`];
  return [
    {
      set: `sent${family}`,
      type: `ifname . ${address} . ${address} . inet_proto`,
      which: `meta nfproto ipv${family} meta l4proto != { 1, 6, 17, 58 }`,
      flow: `${from} . ${to} . meta l4proto`,
      answer: `${to} . ${from} . meta l4proto`,
    },
    ...["udp", "tcp"].map((protocol) => ({
      set: `sent${family}${protocol}`,
      type: `ifname . ${address} . inet_service . ${address} . inet_service`,
      which: `meta nfproto ipv${family} ${protocol === "tcp" ? "tcp flags & (syn | ack) != syn" : "meta l4proto udp"}`,
      flow: `${from} . ${protocol} sport . ${to} . ${protocol} dport`,
      answer: `${to} . ${protocol} dport . ${from} . ${protocol} sport`,
    })),
  ];
});

/** As long as the kernel's tracker remembers a packet of a protocol that it does not know: nf_conntrack_generic_timeout. */
const sentSets = (): readonly string[] =>
  SENT.flatMap(({ set, type }) => namedSet(set, type, "flags dynamic,timeout; timeout 600s; size 65535", []));
