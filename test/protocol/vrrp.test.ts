import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeIpv4 } from "../../agent/protocol/ip.ts";
import {
  decodeVrrp,
  encodeVrrp,
  VRRP_FAULTS,
  type VrrpAdvertisement,
  type VrrpEnds,
  type VrrpFault,
} from "../../agent/protocol/vrrp.ts";
import { datagramOf, fixture } from "./fixture.ts";
import { message } from "./message.ts";
import { anyBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const ENDS: VrrpEnds = { source: "10.25.0.1", destination: "10.25.0.2" };

const advertisements: fc.Arbitrary<VrrpAdvertisement> = fc.record(
  {
    virtualRouterId: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    maxAdvertiseIntervalCentis: fc.integer({ min: 1, max: 4095 }),
    addresses: fc.array(fc.ipV4(), { minLength: 1, maxLength: 255 }),
  },
  { noNullPrototype: true },
);

describe("RFC 9568 5.2 advertisements of keepalived 2.2.7", () => {
  const one = ["10.25.0.10"];
  const captured: readonly (readonly [string, VrrpAdvertisement])[] = [
    ["keepalived-unicast", { virtualRouterId: 10, priority: 200, maxAdvertiseIntervalCentis: 100, addresses: one }],
    [
      "keepalived-unicast-resign",
      { virtualRouterId: 10, priority: 0, maxAdvertiseIntervalCentis: 100, addresses: one },
    ],
    [
      "keepalived-multicast",
      { virtualRouterId: 51, priority: 100, maxAdvertiseIntervalCentis: 10, addresses: ["10.25.0.10", "10.25.0.11"] },
    ],
    [
      "keepalived-multicast-resign",
      { virtualRouterId: 51, priority: 0, maxAdvertiseIntervalCentis: 10, addresses: ["10.25.0.10", "10.25.0.11"] },
    ],
    [
      "keepalived-unicast-limits",
      { virtualRouterId: 255, priority: 254, maxAdvertiseIntervalCentis: 1, addresses: one },
    ],
    [
      "keepalived-unicast-limits-resign",
      { virtualRouterId: 255, priority: 0, maxAdvertiseIntervalCentis: 1, addresses: one },
    ],
    [
      "keepalived-multicast-limits",
      { virtualRouterId: 1, priority: 1, maxAdvertiseIntervalCentis: 50, addresses: one },
    ],
  ];
  for (const [name, advertisement] of captured) {
    it(`${name}: decodes to the configured values and encodes to the same octets`, () => {
      const ip = decodeIpv4(datagramOf(name));
      assert.ok(ip.ok);
      assert.deepEqual(decodeVrrp(ip.value.payload, ip.value), {
        ok: true,
        value: { advertisement, checksum: "rfc5798" },
      });
      assert.deepEqual(encodeVrrp(advertisement, ip.value), ip.value.payload);
    });
  }
});

describe("RFC 9568 5.2.8 checksum", () => {
  const draft = fixture("draft-rfc9568-checksum");
  const ends = { source: "198.51.100.10", destination: "192.0.2.1" };

  it("5.2.8-b without a pseudo-header is accepted and named rfc9568", () => {
    const result = decodeVrrp(draft, ends);
    assert.ok(result.ok);
    assert.equal(result.value.checksum, "rfc9568");
    assert.deepEqual(result.value.advertisement, {
      virtualRouterId: 51,
      priority: 200,
      maxAdvertiseIntervalCentis: 100,
      addresses: ["192.0.2.100"],
    });
  });

  it("5.2.8-e is sent with the pseudo-header, and so differs by destination", () => {
    const decoded = decodeVrrp(draft, ends);
    assert.ok(decoded.ok);
    const first = encodeVrrp(decoded.value.advertisement, ends);
    const second = encodeVrrp(decoded.value.advertisement, { ...ends, destination: "192.0.2.2" });
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(first, draft);
  });

  it("5.2.8-e over the pseudo-header of other ends is bad", () => {
    const decoded = decodeVrrp(draft, ends);
    assert.ok(decoded.ok);
    const bytes = encodeVrrp(decoded.value.advertisement, ends);
    assert.deepEqual(decodeVrrp(bytes, { ...ends, source: "198.51.100.11" }), { ok: false, fault: "checksum" });
  });

  it("5.2.8-a a single changed bit anywhere in the message is found", () => {
    const bytes = encodeVrrp(
      { virtualRouterId: 10, priority: 200, maxAdvertiseIntervalCentis: 100, addresses: ["10.25.0.10"] },
      ENDS,
    );
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.map((octet, offset) => (offset === bit >> 3 ? octet ^ (0x80 >> (bit & 7)) : octet));
      assert.equal(decodeVrrp(changed, ENDS).ok, false, `bit ${bit}`);
    }
  });
});

describe("RFC 9568 5.2 encode and decode", () => {
  it("are each other's inverse", () => {
    fc.assert(
      fc.property(advertisements, fc.ipV4(), fc.ipV4(), (advertisement, source, destination) => {
        const result = decodeVrrp(encodeVrrp(advertisement, { source, destination }), { source, destination });
        assert.ok(result.ok);
        assert.deepEqual(result.value.advertisement, advertisement);
      }),
    );
  });

  it("5.2.6-a the Reserve bits are sent as 0", () => {
    fc.assert(
      fc.property(advertisements, (advertisement) => {
        assert.equal((encodeVrrp(advertisement, ENDS)[4] ?? 0xff) >> 4, 0);
      }),
    );
  });

  it("5.2.6-b the Reserve bits are ignored on receive", () => {
    const result = decodeVrrp(message("31 0a c8 01 f0 64 0000 0a19000a"), ENDS);
    assert.ok(result.ok);
    assert.equal(result.value.advertisement.maxAdvertiseIntervalCentis, 100);
  });

  it("7.1-p octets after the last address are neither read nor summed", () => {
    const padded = new Uint8Array([...message("31 0a c8 01 00 64 0000 0a19000a"), 0xde, 0xad, 0xbe]);
    const result = decodeVrrp(padded, ENDS);
    assert.ok(result.ok);
    assert.deepEqual(result.value.advertisement.addresses, ["10.25.0.10"]);
  });

  const good = { virtualRouterId: 10, priority: 200, maxAdvertiseIntervalCentis: 100, addresses: ["10.25.0.10"] };
  const tooMuch: readonly (readonly [RegExp, Partial<VrrpAdvertisement>])[] = [
    [/^virtualRouterId is 0, /, { virtualRouterId: 0 }],
    [/^virtualRouterId is 256, /, { virtualRouterId: 256 }],
    [/^priority is -1, /, { priority: -1 }],
    [/^priority is 256, /, { priority: 256 }],
    [/^maxAdvertiseIntervalCentis is 0, /, { maxAdvertiseIntervalCentis: 0 }],
    [/^maxAdvertiseIntervalCentis is 4096, /, { maxAdvertiseIntervalCentis: 4096 }],
    [/^maxAdvertiseIntervalCentis is 1.5, /, { maxAdvertiseIntervalCentis: 1.5 }],
    [/^number of addresses is 0, /, { addresses: [] }],
    [/^number of addresses is 256, /, { addresses: Array.from({ length: 256 }, () => "10.25.0.10") }],
    [/^"10.25.0" is not an IPv4 address/, { addresses: ["10.25.0"] }],
  ];
  for (const [error, change] of tooMuch) {
    it(`what does not fit is refused: ${error.source}`, () => {
      assert.throws(() => encodeVrrp({ ...good, ...change }, ENDS), { name: "RangeError", message: error });
    });
  }
});

describe("RFC 9568 7.1 checks of a message", () => {
  const refused: Readonly<Record<VrrpFault, readonly (readonly [string, Uint8Array])[]>> = {
    truncated: [
      ["7.1-d nothing at all", new Uint8Array()],
      ["7.1-d seven octets", message("31 0a c8 01 00 64 0000").subarray(0, 7)],
      ["7.1-d three addresses announced, two present", message("31 0a c8 03 00 64 0000 0a19000a 0a19000b")],
      ["7.1-d 255 addresses announced", message("31 0a c8 ff 00 64 0000 0a19000a")],
    ],
    version: [
      ["7.1-b version 2", message("21 0a c8 01 00 64 0000 0a19000a")],
      ["7.1-b version 4", message("41 0a c8 01 00 64 0000 0a19000a")],
      ["7.1-b keepalived's version 2", datagramOf("keepalived-version-2").subarray(20)],
    ],
    type: [
      ["7.1-c type 0", message("30 0a c8 01 00 64 0000 0a19000a")],
      ["7.1-c type 2", message("32 0a c8 01 00 64 0000 0a19000a")],
      ["7.1-c type 15", message("3f 0a c8 01 00 64 0000 0a19000a")],
    ],
    checksum: [["7.1-e neither dialect", message("31 0a c8 01 00 64 0000 0a19000a", "bad")]],
    "no-addresses": [["7.1-g (8299) a good checksum over no address", message("31 0a c8 00 00 64 0000")]],
    interval: [["7.1-i (8301) interval 0", message("31 0a c8 01 00 00 0000 0a19000a")]],
  };
  for (const fault of VRRP_FAULTS) {
    for (const [name, bytes] of refused[fault]) {
      it(`${name} is ${fault}`, () => {
        assert.deepEqual(decodeVrrp(bytes, ENDS), { ok: false, fault });
      });
    }
  }

  it("are made in the order of VRRP_FAULTS: of two faults the first is named", () => {
    const both = (hex: string, checksum?: "bad") => decodeVrrp(message(hex, checksum), ENDS);
    assert.deepEqual(both("22 0a c8 01 00 64 0000 0a19000a", "bad"), { ok: false, fault: "version" });
    assert.deepEqual(both("32 0a c8 01 00 64 0000 0a19000a", "bad"), { ok: false, fault: "type" });
    assert.deepEqual(both("31 0a c8 00 00 00 0000", "bad"), { ok: false, fault: "checksum" });
    assert.deepEqual(both("31 0a c8 00 00 00 0000"), { ok: false, fault: "no-addresses" });
  });

  it("decode any bytes to a value or a fault, and look at none outside of them", () => {
    fc.assert(
      fc.property(anyBytes("keepalived-multicast", 34), (bytes) => {
        const result = seesOnlyItsOwnBytes((own) => decodeVrrp(own, ENDS), bytes);
        assert.ok(result.ok || VRRP_FAULTS.includes(result.fault));
      }),
    );
  });
});
