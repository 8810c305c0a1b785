/** IPv4 arithmetic. */
import assert from "node:assert/strict";
import { isIPv4 } from "node:net";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  addressNumber,
  addressText,
  cidrText,
  contains,
  family,
  isHostAddress,
  networkText,
  overlap,
  parseCidr,
} from "../../lab/cloud/state/addresses.ts";

const address = fc.ipV4();
const cidr = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([text, length]) => `${text}/${length}`);

/** The CIDR of a text that is one. */
function cidrOf(text: string) {
  const parsed = parseCidr(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

describe("addresses", () => {
  it("are the same as text and as number", () => {
    fc.assert(
      fc.property(address, (text) => {
        assert.equal(addressText(addressNumber(text) ?? -1), text);
      }),
    );
  });

  it("are those that node:net takes, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(address, fc.string(), fc.stringMatching(/^[0-9.x]{1,15}$/)), (text) => {
        assert.equal(addressNumber(text) !== undefined, isIPv4(text));
      }),
    );
  });

  it("of a CIDR begin with its own and are all inside", () => {
    fc.assert(
      fc.property(cidr, (text) => {
        const parsed = cidrOf(text);
        assert.equal(parsed.last - parsed.first + 1, 2 ** (32 - parsed.prefixLength));
        assert.ok(contains(parsed, addressNumber(text.split("/")[0] ?? "") ?? -1));
        assert.deepEqual(cidrOf(cidrText(parsed)), parsed);
        assert.equal(networkText(text), cidrText(parsed));
      }),
    );
  });

  it("are shared by two CIDRs only when one has the other's first", () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [one, two] = [cidrOf(a), cidrOf(b)];
        assert.equal(overlap(one, two), contains(one, two.first) || contains(two, one.first));
      }),
    );
  });

  it("of the network and the broadcast are no host's, but for /31 and /32", () => {
    for (const [text, hosts] of [
      ["10.0.0.0/30", ["10.0.0.1", "10.0.0.2"]],
      ["10.0.0.0/31", ["10.0.0.0", "10.0.0.1"]],
      ["10.0.0.7/32", ["10.0.0.7"]],
    ] as const) {
      const parsed = cidrOf(text);
      const all = Array.from({ length: parsed.last - parsed.first + 3 }, (_, index) => parsed.first - 1 + index);
      assert.deepEqual(all.filter((number) => isHostAddress(parsed, number)).map(addressText), hosts);
    }
  });

  it("have a family", () => {
    for (const [text, expected] of [
      ["10.0.0.1", 4],
      ["10.0.0.0/8", 4],
      ["fd00::1", 6],
      ["fd00::/64", 6],
      ["10.0.0.0/33", undefined],
      ["10.0.0", undefined],
      ["10.0.0.01", undefined],
      ["edge", undefined],
      ["", undefined],
    ] as const) {
      assert.equal(family(text), expected, text);
    }
    assert.equal(networkText("fd00::1"), "fd00::1/128");
    assert.equal(networkText("fd00::1/64"), "fd00::/64");
  });
});
