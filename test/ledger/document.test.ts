/** Requirements about configuration: what RFC 9568 section 6.1 and ucarp's manual let a group be, and the document refuses. */
import assert from "node:assert/strict";
import { parseAgentConfig } from "../../agent/config/parse.ts";

type Router = Readonly<Record<string, unknown>>;

const GROUP: Router = {
  name: "web",
  virtualRouterId: 10,
  sourceAddress: "192.0.2.11",
  peers: ["192.0.2.12"],
  addresses: ["192.0.2.10/32"],
};
const VRRP: Router = { ...GROUP, protocol: "vrrp", priority: 100 };
const IPV6: Router = {
  ...VRRP,
  interface: "eth0",
  sourceAddress: "fe80::11",
  peers: ["fe80::12"],
  addresses: ["fe80::10/64", "2001:db8::10/64"],
};
const CARP: Router = { ...GROUP, protocol: "carp", password: "test-vector" };

function accepts(...virtualRouters: readonly Router[]): boolean {
  return "config" in parseAgentConfig(JSON.stringify({ version: 1, node: "n1", virtualRouters }));
}

describe("what a document may say of a group", () => {
  it("is a virtual router id of 1 to 255, and must say one [6.1-a 5.2.3-a]", () => {
    for (const virtualRouterId of [1, 255]) assert.ok(accepts({ ...VRRP, virtualRouterId }));
    for (const virtualRouterId of [0, 256, 1.5, undefined]) assert.ok(!accepts({ ...VRRP, virtualRouterId }));
  });

  it("is a priority of 1 to 254, or 255 of the owner, and never 0 [5.2.4-b 5.2.4-d:-]", () => {
    for (const priority of [1, 254, 255]) assert.ok(accepts({ ...VRRP, priority }));
    for (const priority of [0, 256]) assert.ok(!accepts({ ...VRRP, priority }));
  });

  it("is an interval of 10 ms to 40.95 s, 1 s by default [6.1-e 5.2.7-a]", () => {
    for (const advertisementInterval of ["10ms", "1s", "40950ms", undefined])
      assert.ok(accepts({ ...VRRP, advertisementInterval }), advertisementInterval);
    for (const advertisementInterval of ["0s", "9ms", "15ms", "40960ms"])
      assert.ok(!accepts({ ...VRRP, advertisementInterval }), advertisementInterval);
  });

  it("is an address at least, and over IPv6 a link-local one first [6.1-c 6.1-d 5.1.2.1-a:-]", () => {
    assert.ok(!accepts({ ...VRRP, addresses: [] }));
    assert.ok(accepts(IPV6));
    assert.ok(!accepts({ ...IPV6, addresses: ["2001:db8::10/64"] }));
    assert.ok(!accepts({ ...IPV6, sourceAddress: "2001:db8::11" }));
  });

  it("is an id once for a protocol, a family and a link [3-a C8-l]", () => {
    const again = { name: "other", addresses: ["192.0.2.20/32"] };
    assert.ok(accepts(VRRP, { ...VRRP, ...again, virtualRouterId: 11 }));
    assert.ok(!accepts(VRRP, { ...VRRP, ...again }));
    assert.ok(!accepts(CARP, { ...CARP, ...again }));
    assert.ok(!accepts({ ...CARP, advertisementSkew: 255 }));
  });

  it("is ucarp's, with its defaults and without what overflows there [C10-b C10-c C10-l]", () => {
    assert.ok(accepts(CARP));
    assert.ok(accepts({ ...CARP, password: "a".repeat(19) }));
    for (const wrong of [
      { password: "a".repeat(20) },
      { password: undefined },
      { virtualRouterId: 0 },
      { virtualRouterId: 256 },
      { advertisementBase: 256 },
      { advertisementSkew: 256 },
      { addresses: [] },
    ])
      assert.ok(!accepts({ ...CARP, ...wrong }), JSON.stringify(wrong));
  });
});
