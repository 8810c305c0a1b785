import assert from "node:assert/strict";
import fc from "fast-check";
import { addressBytes } from "../../agent/protocol/ip.ts";
import {
  RECEPTION_FAULTS,
  type ReceptionFault,
  receiveVrrp,
  type VrrpEndpoint,
} from "../../agent/protocol/reception.ts";
import { encodeVrrp, type VrrpAdvertisement, type VrrpEnds } from "../../agent/protocol/vrrp.ts";
import { datagramOf } from "./fixture.ts";
import { message } from "./message.ts";
import { anyBytes, seesOnlyItsOwnBytes } from "./noise.ts";

const web: VrrpEndpoint = { virtualRouterId: 10, sourceAddress: "10.25.0.2", peers: ["10.25.0.3", "10.25.0.1"] };
const other: VrrpEndpoint = { virtualRouterId: 11, sourceAddress: "10.25.0.2", peers: ["10.25.0.1"] };

/** keepalived's advertisement with some octets changed; its VRRP checksum is left as it was. */
function withOctets(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = datagramOf("keepalived-unicast").slice();
  for (const [offset, octet] of Object.entries(changes)) bytes[Number(offset)] = octet;
  return bytes;
}

/** The captured header between other ends, with another payload. */
function datagram({ source, destination }: VrrpEnds, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array([...datagramOf("keepalived-unicast").subarray(0, 20), ...payload]);
  bytes[3] = bytes.length;
  bytes.set(addressBytes(source), 12);
  bytes.set(addressBytes(destination), 16);
  return bytes;
}

const ENDS: VrrpEnds = { source: "10.25.0.1", destination: "10.25.0.2" };
const ADVERTISEMENT: VrrpAdvertisement = {
  virtualRouterId: 10,
  priority: 200,
  maxAdvertiseIntervalCentis: 100,
  addresses: ["10.25.0.10"],
};

describe("reception of a datagram", () => {
  it("leads keepalived's advertisement to its virtual router", () => {
    const result = receiveVrrp(datagramOf("keepalived-unicast"), [other, web]);
    assert.ok(result.ok);
    assert.equal(result.value.endpoint, web);
    assert.equal(result.value.from, "10.25.0.1");
    assert.equal(result.value.checksum, "rfc5798");
    assert.equal(result.value.advertisement.priority, 200);
  });

  it("6.4.3-o lets a datagram from the own address through to the election", () => {
    const ends = { source: web.sourceAddress, destination: web.sourceAddress };
    const result = receiveVrrp(datagram(ends, encodeVrrp(ADVERTISEMENT, ends)), [web]);
    assert.ok(result.ok);
    assert.equal(result.value.from, web.sourceAddress);
  });

  const strangersEnds = { ...ENDS, source: "10.25.0.7" };
  const stranger = datagram(strangersEnds, encodeVrrp(ADVERTISEMENT, strangersEnds));
  const groupEnds = { ...ENDS, destination: "224.0.0.18" };
  const toGroup = datagram(groupEnds, encodeVrrp(ADVERTISEMENT, groupEnds));
  const refused: Readonly<Record<ReceptionFault, readonly (readonly [string, Uint8Array])[]>> = {
    "ip-truncated": [["half a datagram", withOctets({}).subarray(0, 30)]],
    "ip-version": [["IPv6", withOctets({ 0: 0x60 })]],
    "ip-header-length": [["a header of 16 octets", withOctets({ 0: 0x44 })]],
    "ip-total-length": [["a length shorter than its header", withOctets({ 3: 8 })]],
    "ip-fragment": [["a fragment", withOctets({ 6: 0x20 })]],
    "ip-protocol": [["5.1-a UDP", withOctets({ 9: 17 })]],
    ttl: [
      ["5.1.1.3-b, 7.1-a TTL 254 with all else good", withOctets({ 8: 254 })],
      ["5.1.1.3-b TTL 64", withOctets({ 8: 64 })],
      ["5.1.1.3-b TTL 0", withOctets({ 8: 0 })],
    ],
    truncated: [["7.1-d no address", withOctets({ 3: 28 })]],
    version: [["5.2.1-a version 2, also CARP", datagramOf("keepalived-version-2")]],
    type: [["5.2.2-a type 2", withOctets({ 20: 0x32 })]],
    checksum: [["7.1-e a changed priority", withOctets({ 22: 201 })]],
    "no-addresses": [["5.2.5-a no address", datagram(ENDS, message("31 0a c8 00 00 64 0000"))]],
    interval: [["5.2.7-b interval 0", datagram(ENDS, message("31 0a c8 01 00 00 0000 0a19000a"))]],
    "unknown-virtual-router": [
      ["7.1-f an id that is not configured", datagramOf("keepalived-unicast-limits")],
      ["a multicast advertisement for a unicast virtual router", toGroup],
    ],
    "unknown-sender": [["S7 a host that is no peer", stranger]],
  };
  for (const fault of RECEPTION_FAULTS) {
    for (const [name, datagram] of refused[fault]) {
      it(`refuses as ${fault}: ${name}`, () => {
        assert.deepEqual(receiveVrrp(datagram, [web]), { ok: false, fault });
      });
    }
  }

  it("each fault has a name of its own", () => {
    assert.equal(new Set(RECEPTION_FAULTS).size, RECEPTION_FAULTS.length);
  });

  it("ends for any bytes in a virtual router or a fault, and looks at none outside of them", () => {
    fc.assert(
      fc.property(anyBytes("keepalived-unicast"), (bytes) => {
        const result = seesOnlyItsOwnBytes((own) => receiveVrrp(own, [other, web]), bytes);
        assert.ok(result.ok || RECEPTION_FAULTS.includes(result.fault));
      }),
    );
  });
});
