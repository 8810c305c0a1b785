import assert from "node:assert/strict";
import fc from "fast-check";
import { ARP_FAULTS, type ArpFault, decodeArp, encodeGratuitousArp } from "../../agent/protocol/neighbours/arp.ts";
import { fixture } from "./fixture.ts";
import { changed } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const MAC = "02:00:00:00:00:01";

function withOctets(changes: Readonly<Record<number, number>>): Uint8Array {
  return changed(fixture("keepalived-gratuitous-arp"), changes);
}

describe("RFC 5227 2.3 gratuitous ARP", () => {
  it("is keepalived's, octet by octet, but for the target MAC, which the RFC wants to be zero", () => {
    const expected = fixture("keepalived-gratuitous-arp").slice().fill(0, 32, 38);
    assert.deepEqual(encodeGratuitousArp(MAC, "10.25.0.10"), expected);
  });

  it("told by a third party has the holder's MAC inside, and the teller's as the frame's source", () => {
    const frame = encodeGratuitousArp("00:00:5e:00:01:0a", "10.25.0.10", MAC);
    const own = encodeGratuitousArp("00:00:5e:00:01:0a", "10.25.0.10");
    assert.deepEqual(frame, changed(own, { 6: 0x02, 7: 0, 8: 0, 9: 0, 10: 0, 11: 0x01 }));
  });

  it("is a request from the holder for its own address, by broadcast [C8-a]", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.ipV4(), (octets, address) => {
        const mac = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(":");
        const frame = encodeGratuitousArp(mac, address);
        assert.deepEqual(decodeArp(frame), {
          ok: true,
          value: {
            operation: "request",
            senderMac: mac,
            senderAddress: address,
            targetMac: "00:00:00:00:00:00",
            targetAddress: address,
          },
        });
        assert.deepEqual(frame.subarray(0, 6), new Uint8Array(6).fill(0xff));
        assert.deepEqual(frame.subarray(6, 12), octets);
      }),
    );
  });

  it("is of IPv4 alone", () => {
    assert.throws(() => encodeGratuitousArp(MAC, "2001:db8::10"), {
      name: "RangeError",
      message: '"2001:db8::10" is not an IPv4 address: ARP has no other',
    });
  });
});

describe("RFC 826 ARP", () => {
  it("of keepalived is read", () => {
    assert.deepEqual(decodeArp(fixture("keepalived-gratuitous-arp")), {
      ok: true,
      value: {
        operation: "request",
        senderMac: MAC,
        senderAddress: "10.25.0.10",
        targetMac: "ff:ff:ff:ff:ff:ff",
        targetAddress: "10.25.0.10",
      },
    });
  });

  it("a reply is told from a request, and padding is ignored", () => {
    const result = decodeArp(new Uint8Array([...withOctets({ 21: 2 }), ...new Uint8Array(18)]));
    assert.ok(result.ok);
    assert.equal(result.value.operation, "reply");
  });

  const refused: Readonly<Record<ArpFault, readonly Uint8Array[]>> = {
    "arp-truncated": [new Uint8Array(), withOctets({}).subarray(0, 41)],
    "arp-ethertype": [withOctets({ 12: 0x86, 13: 0xdd }), withOctets({ 13: 0x00 })],
    "arp-address-types": [
      withOctets({ 15: 6 }),
      withOctets({ 16: 0x86 }),
      withOctets({ 18: 8 }),
      withOctets({ 19: 16 }),
    ],
    "arp-operation": [withOctets({ 21: 0 }), withOctets({ 21: 3 }), withOctets({ 20: 1 })],
  };
  for (const name of ARP_FAULTS) {
    it(`is refused as ${name}`, () => {
      for (const frame of refused[name]) assert.deepEqual(decodeArp(frame), { ok: false, fault: name });
    });
  }

  it("decodes any bytes to a value or a fault, and looks at none outside of them", () => {
    fc.assert(
      fc.property(hostileBytes(fixture("keepalived-gratuitous-arp")), (frame) => {
        const result = seesOnlyItsOwnBytes(decodeArp, frame);
        assert.ok(result.ok || ARP_FAULTS.includes(result.fault));
      }),
    );
  });
});
