import assert from "node:assert/strict";
import fc from "fast-check";
import { CARP_FAULTS, type CarpFault, type CarpPacket, decodeCarp, encodeCarp } from "../../agent/protocol/carp.ts";
import { carpDigest, isCarpDigestGood } from "../../agent/protocol/carpDigest.ts";
import { decodeIpv4 } from "../../agent/protocol/packet/ipv4.ts";
import { serialDistance, serialOf } from "../../agent/protocol/packet/serial.ts";
import { datagramOf } from "./fixture.ts";
import { changed, flipped, message, octets } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const packets: fc.Arbitrary<CarpPacket> = fc.record(
  {
    virtualHostId: fc.integer({ min: 1, max: 255 }),
    advertisementBase: fc.nat(255),
    advertisementSkew: fc.nat(255),
    demotion: fc.nat(255),
    counter: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    digest: fc.uint8Array({ minLength: 20, maxLength: 20 }),
  },
  { noNullPrototype: true },
);

const GOOD: CarpPacket = {
  virtualHostId: 51,
  advertisementBase: 1,
  advertisementSkew: 0,
  demotion: 0,
  counter: new Uint8Array(8).fill(0xc0),
  digest: new Uint8Array(20).fill(0xd1),
};

function payloadOf(name: string): Uint8Array {
  return datagramOf(name, "carp").subarray(20);
}

function decodedOf(name: string): CarpPacket {
  const result = decodeCarp(payloadOf(name));
  assert.ok(result.ok);
  return result.value;
}

describe("CARP advertisements of ucarp 1.5.2", () => {
  const captured: readonly (readonly [string, string, string, string, Partial<CarpPacket>])[] = [
    ["ucarp-first", "192.0.2.1", "test-vector", "192.0.2.100", { virtualHostId: 51, advertisementSkew: 0 }],
    ["ucarp-second", "192.0.2.1", "test-vector", "192.0.2.100", { virtualHostId: 51, advertisementBase: 1 }],
    [
      "ucarp-limits",
      "192.0.2.1",
      "0123456789abcdefghi",
      "198.51.100.254",
      { virtualHostId: 255, advertisementBase: 2, advertisementSkew: 100, demotion: 0 },
    ],
    ["ucarp-adopted", "192.0.2.1", "test-vector", "192.0.2.100", { virtualHostId: 51, demotion: 0 }],
    ["ucarp-limits-second", "192.0.2.1", "0123456789abcdefghi", "198.51.100.254", { virtualHostId: 255 }],
  ];
  for (const [name, source, password, address, fields] of captured) {
    it(`${name}: decodes to the configured values and encodes to the same octets [C1-a:+ C1-d]`, () => {
      const ip = decodeIpv4(datagramOf(name, "carp"));
      assert.ok(ip.ok);
      const { payload, ...header } = ip.value;
      assert.deepEqual(header, { source, destination: "224.0.0.18", protocol: 112, ttl: 255 });
      const packet = decodedOf(name);
      assert.deepEqual({ ...packet, ...fields }, packet);
      assert.deepEqual(encodeCarp(packet), payload);
    });

    it(`${name}: carries the digest that we make [C2-a:+ C2-h:+]`, () => {
      const { virtualHostId, counter, digest } = decodedOf(name);
      const input = { virtualHostId, addresses: [address], counter };
      assert.deepEqual(carpDigest(password, input, "without-link-local"), Buffer.from(digest));
      assert.ok(isCarpDigestGood(password, [address], decodedOf(name)));
    });
  }

  it("have random counters as long as it hears nobody: they may go back", () => {
    for (const [first, second] of [
      ["ucarp-first", "ucarp-second"],
      ["ucarp-limits", "ucarp-limits-second"],
    ] as const) {
      assert.ok(serialDistance(serialOf(decodedOf(second).counter), serialOf(decodedOf(first).counter)) < 0n);
    }
  });

  it("count on from a counter of ours that it heard, so ours was good [C3-d:+ C3-e:+]", () => {
    assert.equal(serialOf(decodedOf("ucarp-adopted").counter), 0x0102_0304_0506_0708n);
    assert.equal(serialOf(decodedOf("ucarp-adopted-second").counter), 0x0102_0304_0506_0709n);
  });
});

describe("CARP encode and decode", () => {
  it("are each other's inverse, whatever follows", () => {
    fc.assert(
      fc.property(packets, fc.uint8Array({ maxLength: 40 }), (packet, tail) => {
        assert.deepEqual(decodeCarp(Uint8Array.of(...encodeCarp(packet), ...tail)), { ok: true, value: packet });
      }),
    );
  });

  it("every flipped bit is found by the checksum or before", () => {
    const bytes = encodeCarp(GOOD);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      assert.equal(decodeCarp(flipped(bytes, bit)).ok, false, `bit ${bit}`);
    }
  });

  const tooMuch: readonly (readonly [RegExp, Partial<CarpPacket>])[] = [
    [/^virtualHostId is 0, /, { virtualHostId: 0 }],
    [/^virtualHostId is 256, /, { virtualHostId: 256 }],
    [/^advertisementBase is 256, /, { advertisementBase: 256 }],
    [/^advertisementSkew is -1, /, { advertisementSkew: -1 }],
    [/^advertisementSkew is 0.5, /, { advertisementSkew: 0.5 }],
    [/^demotion is 300, the wire has room for 0 to 255$/, { demotion: 300 }],
    [/^length of the counter is 7, /, { counter: new Uint8Array(7) }],
    [/^length of the digest is 21, /, { digest: new Uint8Array(21) }],
  ];
  for (const [error, change] of tooMuch) {
    it(`what does not fit is refused: ${error.source}`, () => {
      assert.throws(() => encodeCarp({ ...GOOD, ...change }), { name: "RangeError", message: error });
    });
  }
});

describe("checks of a CARP message", () => {
  const body = `${"c0".repeat(8)} ${"d1".repeat(20)}`;
  const refused: Readonly<Record<CarpFault, readonly (readonly [string, Uint8Array])[]>> = {
    "carp-truncated": [
      ["nothing at all [C4-d:-]", new Uint8Array()],
      ["35 octets [C4-d:-]", encodeCarp(GOOD).subarray(0, 35)],
      ["VRRP version 2 with one address [C1-a:-]", datagramOf("keepalived-version-2").subarray(20)],
    ],
    "carp-version": [
      ["version 3, VRRP [C4-d:-]", message(`31 33 00 07 00 01 0000 ${body}`)],
      ["version 1 [C4-d:-]", message(`11 33 00 07 00 01 0000 ${body}`)],
    ],
    "carp-type": [
      ["type 0 [C4-b]", message(`20 33 00 07 00 01 0000 ${body}`)],
      ["type 2 [C4-b]", message(`22 33 00 07 00 01 0000 ${body}`)],
    ],
    "carp-authlen": [
      ["authentication length 6 [C4-b]", message(`21 33 00 06 00 01 0000 ${body}`)],
      // VRRP version 2 with five addresses is as long as a CARP advertisement, and its fourth octet is their number.
      ["VRRP version 2 with five addresses [C1-a:-]", message(`21 33 64 05 00 01 0000 ${body}`)],
    ],
    checksum: [["a wrong checksum [C4-d:-]", message(`21 33 00 07 00 01 0000 ${body}`, "bad")]],
  };
  for (const fault of CARP_FAULTS) {
    for (const [name, bytes] of refused[fault]) {
      it(`${name} is ${fault}`, () => {
        assert.deepEqual(decodeCarp(bytes), { ok: false, fault });
      });
    }
  }

  it("are made in the order of CARP_FAULTS: of two faults the first is named", () => {
    const fault = (hex: string) => decodeCarp(octets(hex));
    assert.deepEqual(fault(`32 33 00 06 00 01 0000 ${body.slice(0, -2)}`), { ok: false, fault: "carp-truncated" });
    assert.deepEqual(fault(`32 33 00 06 00 01 0000 ${body}`), { ok: false, fault: "carp-version" });
    assert.deepEqual(fault(`22 33 00 06 00 01 0000 ${body}`), { ok: false, fault: "carp-type" });
    assert.deepEqual(fault(`21 33 00 06 00 01 0000 ${body}`), { ok: false, fault: "carp-authlen" });
    assert.deepEqual(fault(`21 33 00 07 00 01 0000 ${body}`), { ok: false, fault: "checksum" });
  });

  it("decode any bytes to a value or a fault, and look at none outside of them", () => {
    fc.assert(
      fc.property(hostileBytes(payloadOf("ucarp-first"), payloadOf("ucarp-limits")), (bytes) => {
        const result = seesOnlyItsOwnBytes(decodeCarp, bytes);
        assert.ok(result.ok || CARP_FAULTS.includes(result.fault));
      }),
      { numRuns: 2_000 },
    );
  });

  it("pass a goodbye and the highest demotion", () => {
    const result = decodeCarp(changed(message(`21 33 ff 07 ff ff 0000 ${body}`), {}));
    assert.ok(result.ok);
    const { advertisementBase, advertisementSkew, demotion } = result.value;
    assert.deepEqual([advertisementBase, advertisementSkew, demotion], [255, 255, 255]);
  });
});
