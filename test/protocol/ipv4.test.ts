import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeIpv4, IPV4_FAULTS, type Ipv4Fault } from "../../agent/protocol/packet/ipv4.ts";
import { datagramOf } from "./fixture.ts";
import { changed } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

/** keepalived's advertisement with some octets of its IPv4 header changed. */
function withOctets(changes: Readonly<Record<number, number>>): Uint8Array {
  return changed(datagramOf("keepalived-unicast"), changes);
}

describe("RFC 791 IPv4 header", () => {
  it("of keepalived's advertisement is read", () => {
    const result = decodeIpv4(datagramOf("keepalived-unicast"));
    assert.ok(result.ok);
    const { payload, ...header } = result.value;
    assert.deepEqual(header, { source: "10.25.0.1", destination: "10.25.0.2", protocol: 112, ttl: 255 });
    assert.equal(Buffer.from(payload).toString("hex"), "310ac8010064e7bb0a19000a");
  });

  it("may have options, which are no payload", () => {
    const original = datagramOf("keepalived-unicast");
    const bytes = new Uint8Array([0x46, ...original.subarray(1, 20), 1, 1, 1, 0, ...original.subarray(20)]);
    bytes[3] = bytes.length;
    const result = decodeIpv4(bytes);
    assert.ok(result.ok);
    assert.deepEqual(result.value.payload, original.subarray(20));
  });

  it("ends the payload at its total length: what follows is padding of the link", () => {
    const original = datagramOf("keepalived-unicast");
    const result = decodeIpv4(new Uint8Array([...original, ...new Uint8Array(14)]));
    assert.ok(result.ok);
    assert.deepEqual(result.value.payload, original.subarray(20));
  });

  it("may say Don't Fragment", () => {
    assert.equal(decodeIpv4(withOctets({ 6: 0x40 })).ok, true);
  });

  const refused: Readonly<Record<Ipv4Fault, readonly Uint8Array[]>> = {
    "ip-truncated": [new Uint8Array(), withOctets({}).subarray(0, 19), withOctets({}).subarray(0, 31)],
    "ip-version": [withOctets({ 0: 0x65 }), withOctets({ 0: 0x05 })],
    "ip-header-length": [withOctets({ 0: 0x44 }), withOctets({ 0: 0x40 })],
    "ip-total-length": [withOctets({ 3: 19 }), withOctets({ 0: 0x4f })],
    "ip-fragment": [withOctets({ 6: 0x20 }), withOctets({ 7: 1 }), withOctets({ 6: 0x1f, 7: 0xff })],
  };
  for (const name of IPV4_FAULTS) {
    it(`is refused as ${name}`, () => {
      for (const bytes of refused[name]) assert.deepEqual(decodeIpv4(bytes), { ok: false, fault: name });
    });
  }

  it("decodes any bytes to a value or a fault, and looks at none outside of them", () => {
    fc.assert(
      fc.property(hostileBytes(datagramOf("keepalived-unicast"), datagramOf("ucarp-first", "carp")), (bytes) => {
        const result = seesOnlyItsOwnBytes(decodeIpv4, bytes);
        assert.ok(result.ok || IPV4_FAULTS.includes(result.fault));
      }),
    );
  });
});
