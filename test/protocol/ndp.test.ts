import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeNeighbourAdvertisement,
  encodeNeighbourAdvertisement,
  NDP_FAULTS,
  type NdpFault,
} from "../../agent/protocol/neighbours/ndp.ts";
import { internetChecksum } from "../../agent/protocol/packet/checksum.ts";
import { addressText, pseudoHeader } from "../../agent/protocol/packet/ip.ts";
import { fixture } from "./fixture.ts";
import { changed } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const MAC = "02:00:00:00:00:01";
const CAPTURED = fixture("keepalived-neighbour-advertisement");
const ICMPV6 = 58;

/** keepalived's frame with some octets changed, and the checksum of ICMPv6 made good again. */
function summed(changes: Readonly<Record<number, number>>): Uint8Array {
  const frame = changed(CAPTURED, { ...changes, 56: 0, 57: 0 });
  const ends = { source: addressText(frame.subarray(22, 38)), destination: addressText(frame.subarray(38, 54)) };
  const checksum = internetChecksum(pseudoHeader(ends, ICMPV6, 32), frame.subarray(54, 86));
  return changed(frame, { 56: checksum >> 8, 57: checksum & 0xff });
}

describe("RFC 4861 4.4 neighbour advertisement", () => {
  for (const [name, address] of [
    ["keepalived-neighbour-advertisement", "2001:db8::10"],
    ["keepalived-neighbour-advertisement-link-local", "fe80::10"],
  ] as const) {
    it(`${name}: is written octet by octet as keepalived does`, () => {
      assert.deepEqual(encodeNeighbourAdvertisement(MAC, address, { router: false }), fixture(name));
    });
  }

  it("of a router has R = 1, S = 0, O = 1, the address as target and its MAC as option [6.4.1-a:+ C8-d:+]", () => {
    assert.deepEqual(decodeNeighbourAdvertisement(encodeNeighbourAdvertisement(MAC, "fe80::10", { router: true })), {
      ok: true,
      value: {
        source: "fe80::10",
        destination: "ff02::1",
        target: "fe80::10",
        linkLayerAddress: MAC,
        router: true,
        solicited: false,
        override: true,
      },
    });
  });

  it("is read as it was written", () => {
    const groups = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(groups, fc.boolean(), (octets, router) => {
        const address = addressText(octets);
        const frame = encodeNeighbourAdvertisement(MAC, address, { router });
        const result = decodeNeighbourAdvertisement(Uint8Array.of(...frame, 0, 0, 0));
        assert.ok(result.ok);
        assert.equal(result.value.target, address);
        assert.equal(result.value.source, address);
        assert.equal(result.value.router, router);
      }),
    );
  });

  it("of somebody who was asked says so", () => {
    const result = decodeNeighbourAdvertisement(summed({ 58: 0x40 }));
    assert.ok(result.ok);
    assert.deepEqual([result.value.solicited, result.value.override], [true, false]);
  });

  it("is of IPv6 alone", () => {
    assert.throws(() => encodeNeighbourAdvertisement(MAC, "192.0.2.1", { router: false }), {
      name: "RangeError",
      message: '"192.0.2.1" is not an IPv6 address: neighbour discovery has no other',
    });
  });

  const refused: Readonly<Record<NdpFault, readonly Uint8Array[]>> = {
    "ndp-truncated": [new Uint8Array(), CAPTURED.subarray(0, 85)],
    "ndp-ethertype": [changed(CAPTURED, { 12: 0x08, 13: 0x00 })],
    "ndp-version": [changed(CAPTURED, { 14: 0x45 })],
    "ndp-length": [changed(CAPTURED, { 19: 24 }), changed(CAPTURED, { 18: 1 })],
    "ndp-next-header": [changed(CAPTURED, { 20: 112 })],
    "ndp-hop-limit": [changed(CAPTURED, { 21: 254 })],
    "ndp-checksum": [changed(CAPTURED, { 58: 0xa0 }), changed(CAPTURED, { 37: 0x11 })],
    "ndp-type": [summed({ 54: 135 }), summed({ 55: 1 })],
    "ndp-option": [summed({ 78: 1 }), summed({ 79: 2 })],
  };
  for (const name of NDP_FAULTS) {
    it(`is refused as ${name}`, () => {
      for (const frame of refused[name]) {
        assert.deepEqual(decodeNeighbourAdvertisement(frame), { ok: false, fault: name });
      }
    });
  }

  it("decodes any bytes to a value or a fault, and looks at none outside of them", () => {
    fc.assert(
      fc.property(hostileBytes(CAPTURED), (frame) => {
        const result = seesOnlyItsOwnBytes(decodeNeighbourAdvertisement, frame);
        assert.ok(result.ok || NDP_FAULTS.includes(result.fault));
      }),
      { numRuns: 1_000 },
    );
  });
});
