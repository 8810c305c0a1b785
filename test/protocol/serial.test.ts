import assert from "node:assert/strict";
import fc from "fast-check";
import { serialAfter, serialBytes, serialDistance, serialOf } from "../../agent/protocol/packet/serial.ts";

const LARGEST = (1n << 64n) - 1n;
const serials = fc.bigInt({ min: 0n, max: LARGEST });

describe("RFC 1982 serial numbers of 64 bits", () => {
  it("go on from the largest to 0", () => {
    assert.equal(serialAfter(LARGEST), 0n);
    assert.equal(serialDistance(0n, LARGEST), 1n);
    assert.equal(serialDistance(LARGEST, 0n), -1n);
  });

  it("are ahead by what was added, up to half the circle", () => {
    fc.assert(
      fc.property(serials, fc.bigInt({ min: -(1n << 63n) + 1n, max: (1n << 63n) - 1n }), (serial, step) => {
        assert.equal(serialDistance(BigInt.asUintN(64, serial + step), serial), step);
      }),
    );
    assert.equal(serialDistance(1n << 63n, 0n), -(1n << 63n));
  });

  it("are the same after octets, in network byte order", () => {
    assert.deepEqual(serialBytes(0x0102030405060708n), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    fc.assert(
      fc.property(serials, (serial) => {
        assert.equal(serialOf(serialBytes(serial)), serial);
      }),
    );
  });
});
