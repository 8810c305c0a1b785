import assert from "node:assert/strict";
import { filterStatements } from "../../lab/host/network/filterRule.ts";
import type { FilterRule } from "../../lab/host/region.ts";

const TABLE: readonly (readonly [string, FilterRule, readonly string[]])[] = [
  ["anything out", { direction: "egress", family: 4 }, ["meta nfproto ipv4"]],
  ["a protocol by number", { direction: "ingress", family: 4, protocol: 112 }, ["meta nfproto ipv4 meta l4proto 112"]],
  [
    "TCP ports",
    { direction: "ingress", family: 4, protocol: 6, ports: { min: 80, max: 443 } },
    ["meta nfproto ipv4 meta l4proto 6 th dport 80-443"],
  ],
  [
    "UDP over IPv6 to a network",
    { direction: "egress", family: 6, protocol: 17, ports: { min: 53, max: 53 }, remote: ["2001:db8::1/64"] },
    ["meta nfproto ipv6 meta l4proto 17 th dport 53-53 ip6 daddr { 2001:db8::/64 }"],
  ],
  [
    "an ICMP type and code",
    { direction: "ingress", family: 4, protocol: 1, ports: { min: 8, max: 0 } },
    ["meta nfproto ipv4 icmp type 8 icmp code 0"],
  ],
  [
    "an ICMPv6 type and code",
    { direction: "ingress", family: 6, protocol: 58, ports: { min: 128, max: 0 } },
    ["meta nfproto ipv6 icmpv6 type 128 icmpv6 code 0"],
  ],
  [
    "members of a group, each once",
    { direction: "ingress", family: 4, protocol: 112, remote: ["10.25.0.12", "10.25.0.11/32", "10.25.0.11"] },
    ["meta nfproto ipv4 meta l4proto 112 ip saddr { 10.25.0.11/32, 10.25.0.12/32 }"],
  ],
  [
    "everyone",
    { direction: "ingress", family: 4, protocol: 6, remote: ["0.0.0.0/0"] },
    ["meta nfproto ipv4 meta l4proto 6"],
  ],
  ["a group without members: nobody", { direction: "ingress", family: 4, remote: [] }, []],
];

describe("a security group rule", () => {
  for (const [what, rule, statements] of TABLE) {
    it(`matches ${what}`, () => {
      assert.deepEqual(filterStatements(rule), statements);
    });
  }

  it("is refused when it contradicts itself", () => {
    const refused: readonly (readonly [FilterRule, RegExp])[] = [
      [
        { direction: "ingress", family: 4, remote: ["2001:db8::/64"] },
        /IPv4 rule cannot have the remote 2001:db8::\/64/,
      ],
      [{ direction: "ingress", family: 4, ports: { min: 1, max: 2 } }, /any protocol cannot have ports/],
      [{ direction: "ingress", family: 4, protocol: 112, ports: { min: 1, max: 2 } }, /protocol 112 has no ports/],
    ];
    for (const [rule, message] of refused) assert.throws(() => filterStatements(rule), message);
  });
});
