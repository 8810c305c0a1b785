import assert from "node:assert/strict";
import { linkLocalOf, narrows, renderFilter } from "../../lab/host/network/filter.ts";
import type { PortPlan } from "../../lab/host/region.ts";
import { EXTERNAL, nodePort, PING, PRIVATE, tcp, VIP, VRRP } from "./edgeRegion.ts";

const SEGMENTS = [EXTERNAL, PRIVATE];
const NOTHING: ReadonlySet<string> = new Set();

const rendered = (...ports: readonly PortPlan[]): string => renderFilter({ segments: SEGMENTS, ports }, NOTHING);

/** The rules of a chain, in order. */
function chain(script: string, name: string): readonly string[] {
  const body = new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n {2}\\}`).exec(script)?.[1];
  assert.ok(body !== undefined, `no chain ${name} in:\n${script}`);
  return body.split("\n").map((line) => line.trim());
}

describe("the filter's rules", () => {
  it("let a port send as itself and as its pairs, each with its MAC", () => {
    const script = rendered(nodePort(1, []), nodePort(2, [], []));
    const tap1 = '"tap00f00001-00"';
    const tap2 = '"tap00f00002-00"';
    assert.ok(script.includes(`${tap1} . fa:16:3e:00:00:01 . ${VIP}/32`));
    assert.ok(script.includes(`${tap1} . fa:16:3e:00:00:01 . 10.25.0.11/32`));
    assert.ok(script.includes(`${tap2} . fa:16:3e:00:00:02 . 10.25.0.12/32`));
    assert.equal(script.includes(`${tap2} . fa:16:3e:00:00:02 . ${VIP}`), false);
    assert.equal(chain(script, "prerouting").at(-1), "drop");
  });

  it("let nothing in without a rule", () => {
    const inbound = chain(rendered(nodePort(1, [])), "in_1");
    assert.equal(inbound.at(-1), "drop");
    assert.ok(
      inbound.slice(0, -1).every((rule) => /udp dport (68|546)|icmpv6/.test(rule)),
      inbound.join("\n"),
    );
  });

  it("have each port's own rules between what is always allowed and the drop", () => {
    const script = rendered(nodePort(1, [VRRP, tcp(22, ["203.0.113.2/32"])]), nodePort(2, [PING]));
    assert.deepEqual(chain(script, "in_1").slice(-3), [
      "meta nfproto ipv4 meta l4proto 112 ip saddr { 10.25.0.0/24 } return",
      "meta nfproto ipv4 meta l4proto 6 th dport 22-22 ip saddr { 203.0.113.2/32 } return",
      "drop",
    ]);
    assert.deepEqual(chain(script, "in_2").slice(-2), ["meta nfproto ipv4 icmp type 8 icmp code 0 return", "drop"]);
    assert.deepEqual(chain(script, "out_1").slice(-3), [
      "meta nfproto ipv4 return",
      "meta nfproto ipv6 return",
      "drop",
    ]);
  });

  it("forbid servers to play DHCP server or IPv6 router, whatever their groups say", () => {
    const outbound = chain(rendered(nodePort(1, [])), "out_1");
    const firstOwnRule = outbound.indexOf("meta nfproto ipv4 return");
    for (const never of [
      "udp sport 67 udp dport 68 drop",
      "udp sport 547 udp dport 546 drop",
      "icmpv6 type 134 drop",
    ]) {
      const at = outbound.findIndex((rule) => rule.endsWith(never));
      assert.ok(at >= 0 && at < firstOwnRule, never);
    }
  });

  it("leave a port without port security alone", () => {
    const { security, ...open } = nodePort(1, []);
    assert.ok(security);
    const script = rendered(open, nodePort(2, []));
    assert.equal(script.includes("tap00f00001-00"), false);
    assert.ok(script.includes('"tap00f00002-00" : 0x10000'));
  });

  it("put a narrower pair that lies inside a wider one into the wider one: sets refuse overlaps", () => {
    const script = rendered(nodePort(1, [], ["10.25.0.11"]));
    assert.equal(script.split("10.25.0.11/32").length, 2);
  });

  it("drop both ways at a black hole", () => {
    const script = renderFilter({ segments: SEGMENTS, ports: [] }, new Set([nodePort(1, []).id]));
    assert.match(script, /set blackholed \{\s+type ifname\s+elements = \{ "tap00f00001-00" \}/);
    assert.ok(chain(script, "prerouting").includes("iifname @blackholed drop"));
    assert.ok(chain(script, "forward").includes("oifname @blackholed drop"));
  });
});

describe("narrowing the filter", () => {
  const wide = nodePort(1, [VRRP, PING]);
  const { security, ...open } = wide;
  const cases: readonly (readonly [string, readonly PortPlan[], readonly PortPlan[], boolean])[] = [
    ["a rule goes", [wide], [nodePort(1, [VRRP])], true],
    ["port security comes", [open], [wide], true],
    ["a rule comes", [nodePort(1, [VRRP])], [wide], false],
    ["rules change places", [wide], [nodePort(1, [PING, VRRP])], false],
    ["the port goes", [wide], [], false],
    ["a port comes", [], [wide], false],
    ["port security goes", [wide], [open], false],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`${expected ? "forgets" : "keeps"} connections when ${what}`, () => {
      assert.ok(security);
      assert.equal(narrows(before, after), expected);
    });
  }
});

describe("a link-local address", () => {
  it("is the MAC with its universal bit turned over and ff:fe in the middle (RFC 4291, appendix A)", () => {
    assert.equal(linkLocalOf("fa:16:3e:aa:bb:cc"), "fe80::f816:3eff:feaa:bbcc");
  });
});
