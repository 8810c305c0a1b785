import assert from "node:assert/strict";
import fc from "fast-check";
import { addressText } from "../../agent/protocol/packet/ip.ts";
import { decodeIpv4 } from "../../agent/protocol/packet/ipv4.ts";
import { decodeVrrp, encodeVrrp, type VrrpAdvertisement, type VrrpEnds } from "../../agent/protocol/vrrp.ts";
import { datagramOf, fixture, ipv6PayloadOf } from "./fixture.ts";
import { flipped, message, messageBetween } from "./message.ts";

const ENDS: VrrpEnds = { source: "10.25.0.1", destination: "10.25.0.2" };
const GROUP_ENDS_6: VrrpEnds = { source: "fe80::1", destination: "ff02::12" };
const GOOD: VrrpAdvertisement = {
  virtualRouterId: 10,
  priority: 200,
  maxAdvertiseIntervalCentis: 100,
  addresses: ["10.25.0.10"],
};
const GOOD_6: VrrpAdvertisement = { ...GOOD, addresses: ["fe80::10", "2001:db8::10"] };
const TRAILER = new Uint8Array(28).fill(0xa5);

const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(addressText);
const linkLocal = fc
  .uint8Array({ minLength: 14, maxLength: 14 })
  .map((octets) => addressText(Uint8Array.of(0xfe, 0x80, ...octets)));

const fields = {
  virtualRouterId: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  maxAdvertiseIntervalCentis: fc.integer({ min: 1, max: 4095 }),
};
const advertisements: fc.Arbitrary<VrrpAdvertisement> = fc.record(
  { ...fields, addresses: fc.array(fc.ipV4(), { minLength: 1, maxLength: 255 }) },
  { noNullPrototype: true },
);
const advertisements6: fc.Arbitrary<VrrpAdvertisement> = fc.record(
  {
    ...fields,
    addresses: fc.tuple(linkLocal, fc.array(ipv6, { maxLength: 254 })).map(([first, others]) => [first, ...others]),
  },
  { noNullPrototype: true },
);

describe("RFC 9568 5.2 advertisements of keepalived 2.2.7", () => {
  const one = ["10.25.0.10"];
  const two = ["10.25.0.10", "10.25.0.11"];
  const three = ["192.0.2.100", "192.0.2.101", "192.0.2.102"];
  const captured: readonly (readonly [string, number, number, number, readonly string[]])[] = [
    ["keepalived-unicast", 10, 200, 100, one],
    ["keepalived-unicast-resign", 10, 0, 100, one],
    ["keepalived-multicast", 51, 100, 10, two],
    ["keepalived-multicast-resign", 51, 0, 10, two],
    ["keepalived-multicast-three", 63, 150, 100, three],
    ["keepalived-multicast-three-resign", 63, 0, 100, three],
    ["keepalived-unicast-limits", 255, 254, 1, one],
    ["keepalived-unicast-limits-resign", 255, 0, 1, one],
    ["keepalived-multicast-limits", 1, 1, 50, one],
  ];
  for (const [name, virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses] of captured) {
    it(`${name}: decodes to the configured values and encodes to the same octets [5.2-a:+ 7.2-a 7.2-b 5.2.9-c:+]`, () => {
      const advertisement = { virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses };
      const ip = decodeIpv4(datagramOf(name));
      assert.ok(ip.ok);
      const { payload } = ip.value;
      assert.deepEqual(decodeVrrp(payload, ip.value), {
        ok: true,
        value: { advertisement, checksum: "rfc5798", message: payload, trailer: undefined },
      });
      assert.deepEqual(encodeVrrp(advertisement, ip.value), payload);
    });
  }

  const toOne = { source: "fe80::1", destination: "fe80::2" };
  const captured6: readonly (readonly [string, VrrpEnds, number, number, number, readonly string[]])[] = [
    ["keepalived-ipv6-multicast", GROUP_ENDS_6, 61, 200, 50, ["fe80::10", "2001:db8::10"]],
    ["keepalived-ipv6-multicast-resign", GROUP_ENDS_6, 61, 0, 50, ["fe80::10", "2001:db8::10"]],
    ["keepalived-ipv6-unicast", toOne, 62, 100, 100, ["fe80::10"]],
    ["keepalived-ipv6-unicast-resign", toOne, 62, 0, 100, ["fe80::10"]],
  ];
  for (const [name, ends, virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses] of captured6) {
    it(`${name}: the same over IPv6 [5.2-a:+ 7.2-a 7.2-b 5.2.8-c:+ 5.2.8-d:+]`, () => {
      const advertisement = { virtualRouterId, priority, maxAdvertiseIntervalCentis, addresses };
      const payload = ipv6PayloadOf(name);
      assert.deepEqual(decodeVrrp(payload, ends), {
        ok: true,
        value: { advertisement, checksum: "rfc9568", message: payload, trailer: undefined },
      });
      assert.deepEqual(encodeVrrp(advertisement, ends), payload);
    });
  }
});

describe("RFC 9568 5.2.8 checksum over IPv4", () => {
  const draft = fixture("draft-rfc9568-checksum");
  const ends = { source: "198.51.100.10", destination: "192.0.2.1" };
  const advertisement = {
    virtualRouterId: 51,
    priority: 200,
    maxAdvertiseIntervalCentis: 100,
    addresses: ["192.0.2.100"],
  };

  it("without a pseudo-header is accepted and named rfc9568 [5.2.8-b]", () => {
    const result = decodeVrrp(draft, ends);
    assert.ok(result.ok);
    assert.equal(result.value.checksum, "rfc9568");
    assert.deepEqual(result.value.advertisement, advertisement);
  });

  it("is sent with the pseudo-header, and so differs by destination [5.2.8-e:+]", () => {
    const first = encodeVrrp(advertisement, ends);
    const second = encodeVrrp(advertisement, { ...ends, destination: "192.0.2.2" });
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(first, draft);
  });

  it("over the pseudo-header of other ends is bad [5.2.8-e:-]", () => {
    const bytes = encodeVrrp(advertisement, ends);
    assert.deepEqual(decodeVrrp(bytes, { ...ends, source: "198.51.100.11" }), { ok: false, fault: "checksum" });
  });

  it("finds a single changed bit anywhere in the message [5.2.8-a]", () => {
    const bytes = encodeVrrp(GOOD, ENDS);
    assert.equal(decodeVrrp(bytes, ENDS).ok, true);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      assert.equal(decodeVrrp(flipped(bytes, bit), ENDS).ok, false, `bit ${bit}`);
    }
  });

  it("covers no trailer, and leaves no trace of it in the message", () => {
    const signed = encodeVrrp(GOOD, ENDS, TRAILER);
    assert.deepEqual(signed.subarray(0, -TRAILER.length), encodeVrrp(GOOD, ENDS));
    assert.deepEqual(signed.subarray(-TRAILER.length), TRAILER);
  });
});

describe("RFC 9568 5.2.8 checksum over IPv6", () => {
  it("has a pseudo-header of the very ends, or is bad [5.2.8-c 7.1-e:-]", () => {
    const bytes = encodeVrrp(GOOD_6, GROUP_ENDS_6);
    assert.equal(decodeVrrp(bytes, GROUP_ENDS_6).ok, true);
    for (const ends of [
      { ...GROUP_ENDS_6, source: "fe80::2" },
      { ...GROUP_ENDS_6, destination: "fe80::2" },
    ]) {
      assert.deepEqual(decodeVrrp(bytes, ends), { ok: false, fault: "checksum" });
    }
  });

  it("is bad over the message alone, which is good over IPv4 [7.1-e:-]", () => {
    const bytes = message("31 0a c8 01 00 64 0000 fe80 0000 0000 0000 0000 0000 0000 0010");
    assert.deepEqual(decodeVrrp(bytes, GROUP_ENDS_6), { ok: false, fault: "checksum" });
  });

  it("is bad with a pseudo-header that says another length or protocol [5.2.8-d:-]", () => {
    const bytes = encodeVrrp(GOOD_6, GROUP_ENDS_6);
    const view = new DataView(bytes.buffer);
    for (const [field, wrong] of [
      ["protocol 0", 112],
      ["length 4 too small", 4],
    ] as const) {
      const altered = bytes.slice();
      // One's complement: what the pseudo-header lacks, the checksum has more.
      new DataView(altered.buffer).setUint16(6, view.getUint16(6) + wrong);
      assert.deepEqual(decodeVrrp(altered, GROUP_ENDS_6), { ok: false, fault: "checksum" }, field);
    }
  });

  it("covers the trailer too", () => {
    const signed = encodeVrrp(GOOD_6, GROUP_ENDS_6, TRAILER);
    const result = decodeVrrp(signed, GROUP_ENDS_6);
    assert.ok(result.ok);
    assert.deepEqual(result.value.trailer, TRAILER);
    const last = signed.length * 8 - 1;
    assert.deepEqual(decodeVrrp(flipped(signed, last), GROUP_ENDS_6), { ok: false, fault: "checksum" });
  });
});

describe("RFC 9568 5.2 encode and decode", () => {
  it("are each other's inverse [5.2.3-a:+ 5.2.7-a:+ 5.2.9-c:+]", () => {
    fc.assert(
      fc.property(advertisements, fc.ipV4(), fc.ipV4(), (advertisement, source, destination) => {
        const result = decodeVrrp(encodeVrrp(advertisement, { source, destination }), { source, destination });
        assert.ok(result.ok);
        assert.deepEqual(result.value.advertisement, advertisement);
      }),
    );
  });

  it("are each other's inverse over IPv6, signed and not [1-b:+ 5.2.9-a:+ 5.2.9-b:+]", () => {
    const trailers = fc.option(fc.uint8Array({ minLength: 28, maxLength: 28 }), { nil: undefined });
    fc.assert(
      fc.property(advertisements6, ipv6, ipv6, trailers, (advertisement, source, destination, trailer) => {
        const ends = { source, destination };
        const result = decodeVrrp(encodeVrrp(advertisement, ends, trailer), ends);
        assert.ok(result.ok);
        assert.deepEqual(result.value.advertisement, advertisement);
        assert.deepEqual(result.value.trailer, trailer);
        assert.deepEqual(result.value.message.length, 8 + 16 * advertisement.addresses.length);
      }),
    );
  });

  it("the Reserve bits are sent as 0 [5.2.6-a]", () => {
    fc.assert(
      fc.property(advertisements, (advertisement) => {
        assert.equal((encodeVrrp(advertisement, ENDS)[4] ?? 0xff) >> 4, 0);
      }),
    );
  });

  it("the Reserve bits are ignored on receive [5.2.6-b]", () => {
    const result = decodeVrrp(message("31 0a c8 01 f0 64 0000 0a19000a"), ENDS);
    assert.ok(result.ok);
    assert.equal(result.value.advertisement.maxAdvertiseIntervalCentis, 100);
  });

  it("octets after the last address are neither read nor summed over IPv4 [7.1-p]", () => {
    const padded = new Uint8Array([...message("31 0a c8 01 00 64 0000 0a19000a"), 0xde, 0xad, 0xbe]);
    const result = decodeVrrp(padded, ENDS);
    assert.ok(result.ok);
    assert.deepEqual(result.value.advertisement.addresses, ["10.25.0.10"]);
    assert.equal(result.value.trailer, undefined);
  });

  it("28 octets after the last address are a trailer, no more and no fewer", () => {
    const bytes = encodeVrrp(GOOD, ENDS);
    for (const length of [0, 1, 27, 28, 29, 56]) {
      const result = decodeVrrp(Uint8Array.of(...bytes, ...new Uint8Array(length)), ENDS);
      assert.ok(result.ok);
      assert.equal(result.value.trailer?.length, length === 28 ? 28 : undefined, `${length} octets`);
      assert.deepEqual(result.value.message, bytes);
    }
  });

  it("the family of the addresses is that of the packet [1-b]", () => {
    // 24 octets of list: six addresses over IPv4; over IPv6 with a count of 6 they are far too few.
    const hex = "31 0a c8 06 00 64 0000 fe800000 00000000 00000000 00000010 20010db8 00000000";
    const four = decodeVrrp(message(hex), ENDS);
    assert.ok(four.ok);
    assert.equal(four.value.advertisement.addresses[0], "254.128.0.0");
    assert.deepEqual(decodeVrrp(messageBetween(GROUP_ENDS_6, hex), GROUP_ENDS_6), { ok: false, fault: "truncated" });
  });

  const tooMuch: readonly (readonly [string, RegExp, Partial<VrrpAdvertisement>, VrrpEnds])[] = [
    ["[5.2.3-a:-]", /^virtualRouterId is 0, /, { virtualRouterId: 0 }, ENDS],
    ["[5.2.3-a:-]", /^virtualRouterId is 256, /, { virtualRouterId: 256 }, ENDS],
    ["5.2.4", /^priority is -1, /, { priority: -1 }, ENDS],
    ["5.2.4", /^priority is 256, /, { priority: 256 }, ENDS],
    ["[5.2.7-a:-]", /^maxAdvertiseIntervalCentis is 0, /, { maxAdvertiseIntervalCentis: 0 }, ENDS],
    ["[5.2.7-a:-]", /^maxAdvertiseIntervalCentis is 4096, /, { maxAdvertiseIntervalCentis: 4096 }, ENDS],
    ["5.2.7", /^maxAdvertiseIntervalCentis is 1.5, /, { maxAdvertiseIntervalCentis: 1.5 }, ENDS],
    ["[5.2.5-a:-]", /^number of addresses is 0, /, { addresses: [] }, ENDS],
    ["5.2.5", /^number of addresses is 256, /, { addresses: Array.from({ length: 256 }, () => "10.25.0.10") }, ENDS],
    ["5.2.9", /^"10.25.0" is not an IP address/, { addresses: ["10.25.0"] }, ENDS],
    ["[5.2.9-a:-]", /^"fe80::10" is not of IPv4 as its sender 10.25.0.1 is/, { addresses: ["fe80::10"] }, ENDS],
    ["[5.2.9-a:-]", /^"10.25.0.10" is not of IPv6 as its sender fe80::1 is/, {}, GROUP_ENDS_6],
    ["[5.2.9-b:-]", /^"2001:db8::10" is not link-local/, { addresses: ["2001:db8::10", "fe80::10"] }, GROUP_ENDS_6],
    ["ends", /^"10.25.0.1" and "fe80::2" are not of one IP/, {}, { source: "10.25.0.1", destination: "fe80::2" }],
  ];
  for (const [rule, error, change, ends] of tooMuch) {
    it(`what does not fit is refused, ${rule}: ${error.source}`, () => {
      assert.throws(() => encodeVrrp({ ...GOOD, ...change }, ends), { name: "RangeError", message: error });
    });
  }
});
