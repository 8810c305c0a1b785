import assert from "node:assert/strict";
import fc from "fast-check";
import { internetChecksum } from "../../agent/protocol/packet/checksum.ts";

describe("RFC 1071 Internet checksum", () => {
  it("is the complement of the sum of the RFC's example", () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    assert.equal(internetChecksum(example), ~0xddf2 & 0xffff);
  });

  it("takes an odd last octet as the high half of a word", () => {
    assert.equal(internetChecksum(Uint8Array.of(0x12)), ~0x1200 & 0xffff);
  });

  it("is all ones over nothing", () => {
    assert.equal(internetChecksum(), 0xffff);
  });

  it("carries as often as it takes", () => {
    // The sum is 0x1ffff, which folds to 0x10000 and then to 1.
    assert.equal(internetChecksum(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x00, 0x01)), ~1 & 0xffff);
  });

  it("is 0 over data that contains its own checksum, and does not mind where the parts are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat(1500), (data, cut) => {
        const checksum = internetChecksum(data);
        const field = Uint8Array.of(checksum >> 8, checksum & 0xff);
        const even = Math.min(cut, data.length) & ~1;
        assert.equal(internetChecksum(field, data), 0);
        assert.equal(internetChecksum(data.subarray(0, even), data.subarray(even)), checksum);
      }),
    );
  });
});
