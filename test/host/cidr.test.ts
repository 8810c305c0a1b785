import assert from "node:assert/strict";
import fc from "fast-check";
import { canonical, contains, disjoint } from "../../lab/host/cidr.ts";

describe("CIDRs", () => {
  it("are canonical without host bits, and a bare address is a network of one", () => {
    assert.equal(canonical("10.25.0.10"), "10.25.0.10/32");
    assert.equal(canonical("10.25.0.10/24"), "10.25.0.0/24");
    assert.equal(canonical("0.0.0.0/0"), "0.0.0.0/0");
    assert.equal(canonical("2001:db8::1"), "2001:db8::1/128");
    assert.equal(canonical("2001:db8::1/32"), "2001:db8::/32");
    assert.throws(() => canonical("10.25.0.300"), /"10\.25\.0\.300" is neither an address nor a CIDR/);
  });

  it("lose what lies inside another, and nothing else", () => {
    assert.deepEqual(disjoint(["10.0.0.0/8", "10.25.0.10", "10.25.0.10/32", "192.0.2.1"]), [
      "10.0.0.0/8",
      "192.0.2.1/32",
    ]);
    assert.deepEqual(disjoint(["0.0.0.0/0", "2001:db8::/32"]), ["0.0.0.0/0", "2001:db8::/32"]);
    assert.deepEqual(disjoint([]), []);
  });

  it("cover the same addresses after that, none of them twice", () => {
    const cidr = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 6, max: 32 }))
      .map(([third, fourth, length]) => `10.25.${third}.${fourth}/${length}`);
    const address = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 }))
      .map(([third, fourth]) => `10.25.${third}.${fourth}`);
    fc.assert(
      fc.property(fc.array(cidr, { maxLength: 8 }), address, (cidrs, host) => {
        const covering = disjoint(cidrs).filter((network) => contains(network, host));
        assert.equal(covering.length, cidrs.some((network) => contains(network, host)) ? 1 : 0);
      }),
    );
  });
});
