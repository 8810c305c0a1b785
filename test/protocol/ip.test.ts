import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressBytes,
  addressText,
  compareAddresses,
  decodeIpv4,
  IPV4_FAULTS,
  type Ipv4Fault,
  ipv4PseudoHeader,
} from "../../agent/protocol/ip.ts";
import { datagramOf } from "./fixture.ts";
import { anyBytes, seesOnlyItsOwnBytes } from "./noise.ts";

/** keepalived's advertisement with some octets of its IPv4 header changed. */
function withOctets(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = datagramOf("keepalived-unicast").slice();
  for (const [offset, octet] of Object.entries(changes)) bytes[Number(offset)] = octet;
  return bytes;
}

describe("IPv4 addresses", () => {
  it("are the same after text -> octets -> text", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        assert.equal(addressText(addressBytes(address)), address);
      }),
    );
  });

  it("compare as unsigned numbers in network byte order (6.4.3-m)", () => {
    const number = (address: string) => addressBytes(address).reduce((sum, octet) => sum * 256 + octet, 0);
    assert.ok(compareAddresses("10.0.0.200", "10.0.0.3") > 0);
    assert.ok(compareAddresses("200.0.0.1", "10.0.0.1") > 0);
    assert.ok(compareAddresses("10.0.1.0", "10.0.0.255") > 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (left, right) => {
        assert.equal(Math.sign(compareAddresses(left, right)), Math.sign(number(left) - number(right)));
      }),
    );
  });

  for (const text of ["", "10.0.0", "10.0.0.0.1", "10.0.0.256", "10.0.0.01", "10.0.0.-1", "10.0.0.0x1", "fe80::1"]) {
    it(`"${text}" is none, and the error says so`, () => {
      assert.throws(() => addressBytes(text), { name: "RangeError", message: new RegExp(`^"${text}" is not an IPv4`) });
    });
  }
});

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
      fc.property(anyBytes("keepalived-unicast"), (bytes) => {
        const result = seesOnlyItsOwnBytes(decodeIpv4, bytes);
        assert.ok(result.ok || IPV4_FAULTS.includes(result.fault));
      }),
    );
  });
});

describe("RFC 9293 pseudo-header over IPv4", () => {
  it("has source, destination, zero, protocol and length", () => {
    const header = ipv4PseudoHeader("192.0.2.1", "198.51.100.255", 112, 0x0102);
    assert.equal(Buffer.from(header).toString("hex"), "c0000201c63364ff00700102");
  });
});
