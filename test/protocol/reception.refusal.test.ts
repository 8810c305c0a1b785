import assert from "node:assert/strict";
import type { Packet } from "../../agent/protocol/packet/packet.ts";
import {
  type ProtocolEndpoint,
  RECEPTION_FAULTS,
  type ReceptionFault,
  receive,
} from "../../agent/protocol/reception.ts";
import { datagramOf } from "./fixture.ts";
import { changed, message, messageBetween } from "./message.ts";
import {
  around,
  around6,
  CARP_MESSAGE,
  carp,
  ENDS,
  everything,
  GROUP,
  GROUP_ENDS_6,
  group,
  LINK,
  outcome,
  packet4,
  sent,
  web,
  withOctets,
} from "./segment.ts";

describe("refusal of a packet", () => {
  const strangersEnds = { ...ENDS, source: "10.25.0.7" };
  const carpEnds = { source: "192.0.2.1", destination: GROUP };
  const body = `${"00".repeat(8)} ${"d1".repeat(20)}`;
  type Row = readonly [name: string, packet: Packet, endpoints?: readonly ProtocolEndpoint[]];
  const refused: Readonly<Record<ReceptionFault, readonly Row[]>> = {
    "ip-truncated": [["half a datagram", packet4(datagramOf("keepalived-unicast").subarray(0, 30))]],
    "ip-version": [["IPv6 from an IPv4 socket", withOctets({ 0: 0x60 })]],
    "ip-header-length": [["a header of 16 octets", withOctets({ 0: 0x44 })]],
    "ip-total-length": [["a length shorter than its header", withOctets({ 3: 8 })]],
    "ip-fragment": [["a fragment", withOctets({ 6: 0x20 })]],
    "ip-protocol": [["UDP [5.1-a:-]", withOctets({ 9: 17 })]],
    ttl: [["TTL 254 with all else good [7.1-a:-]", withOctets({ 8: 254 })]],
    truncated: [
      ["no address [7.1-d:-]", withOctets({ 3: 28 })],
      ["nothing at all", around(new Uint8Array())],
      ["nothing at all over IPv6", around6(new Uint8Array())],
    ],
    version: [["version 4 [5.2.1-a:-]", withOctets({ 20: 0x41 })]],
    type: [["type 2 [5.2.2-a:-]", withOctets({ 20: 0x32 })]],
    checksum: [
      ["VRRP, a changed priority [7.1-e:-]", withOctets({ 22: 201 })],
      ["CARP, a changed skew [C4-d:-]", packet4(changed(datagramOf("ucarp-first", "carp"), { 22: 1 }))],
    ],
    "no-addresses": [["no address [5.2.5-a:-]", around(message("31 0a c8 00 00 64 0000"))]],
    "first-address": [
      [
        "a global address first [5.2.9-b:-]",
        around6(messageBetween(GROUP_ENDS_6, "31 3d c8 01 00 64 0000 2001 0db8 0000 0000 0000 0000 0000 0010")),
      ],
    ],
    interval: [["interval 0 [5.2.7-b:-]", around(message("31 0a c8 01 00 00 0000 0a19000a"))]],
    "carp-truncated": [["35 octets [C4-d:-]", around(CARP_MESSAGE.subarray(0, 35), carpEnds)]],
    "carp-version": [
      ["VRRP where only CARP is spoken [C4-d:-]", around(message(`31 33 00 07 00 01 0000 ${body}`)), [carp]],
    ],
    "carp-type": [["type 2 [C4-b]", around(message(`22 33 00 07 00 01 0000 ${body}`), carpEnds)]],
    "carp-authlen": [["authentication length 0 [C4-b]", around(message(`21 33 00 00 00 01 0000 ${body}`), carpEnds)]],
    "unknown-virtual-router": [
      ["an id that is not configured [7.1-f:-]", packet4(datagramOf("keepalived-unicast-limits"))],
      ["the id of another interface [7.1-f:-]", { ...sent(), linkIndex: LINK + 1 }],
      ["the group's advertisement for a unicast virtual router [7.2-f:-]", sent({ ...ENDS, destination: GROUP })],
      ["one to this node for a virtual router of the group [7.2-f:-]", sent(ENDS, { virtualRouterId: 51 })],
      ["the IPv6 group's for one of IPv4 [1-a:-]", sent(GROUP_ENDS_6, { addresses: ["fe80::10"] })],
      ["CARP's id 0 [C4-d:-]", around(message(`21 00 00 07 00 01 0000 ${body}`), carpEnds)],
      ["CARP's id that is VRRP's [C4-d:-]", around(message(`21 0a 00 07 00 01 0000 ${body}`), carpEnds)],
    ],
    "unknown-sender": [["a host that is no peer", sent(strangersEnds)]],
  };
  for (const fault of RECEPTION_FAULTS) {
    for (const [name, packet, endpoints = everything] of refused[fault]) {
      it(`is ${fault}: ${name} [7.1-j:-]`, () => {
        assert.deepEqual(receive(packet, endpoints), { ok: false, fault });
      });
    }
  }

  it("is by a list of peers in a group too", () => {
    const toGroup = { ...ENDS, destination: GROUP };
    const limited = { ...group, peers: ["10.25.0.3"] };
    assert.equal(outcome(sent(toGroup, { virtualRouterId: 51 }), [limited]), "unknown-sender");
    assert.equal(outcome(sent({ ...toGroup, source: "10.25.0.3" }, { virtualRouterId: 51 }), [limited]), "received");
  });

  it("hears nobody by unicast without peers", () => {
    assert.equal(outcome(sent(), [{ ...web, peers: [] }]), "unknown-sender");
  });

  it("has a name of its own for each fault", () => {
    assert.equal(new Set(RECEPTION_FAULTS).size, RECEPTION_FAULTS.length);
  });
});

describe("the order of the checks", () => {
  const toGroup = { source: "10.25.0.7", destination: GROUP };

  /** A packet to the group from a stranger, for an id that nobody has. */
  function datagramWith(payload: Uint8Array): Uint8Array {
    const packet = around(payload, toGroup);
    assert.ok(packet.family === 4);
    return packet.datagram;
  }

  /** Each is the fault found, and what repairs it; before that the packet has all the faults that come later too. */
  type Ladder = readonly (readonly [ReceptionFault, Readonly<Record<number, number>>])[];

  function climb(worst: Uint8Array, ladder: Ladder): void {
    ladder.reduce((bytes, [fault, repair]) => {
      assert.equal(outcome(packet4(bytes)), fault);
      return changed(bytes, repair);
    }, worst);
  }

  it("is IP, a group's TTL, VRRP's message, the virtual router", () => {
    const good = datagramWith(messageBetween(toGroup, "31 63 c8 01 00 64 0000 0a19000a"));
    climb(changed(good, { 0: 0x64, 3: 8, 6: 0x20, 8: 64, 9: 17, 20: 0x42, 23: 2, 27: 0 }), [
      ["ip-version", { 0: 0x44 }],
      ["ip-header-length", { 0: 0x45 }],
      ["ip-total-length", { 3: 32 }],
      ["ip-fragment", { 6: 0 }],
      ["ip-protocol", { 9: 112 }],
      ["ttl", { 8: 255 }],
      ["version", { 20: 0x32 }],
      ["type", { 20: 0x31 }],
      ["truncated", { 23: 1 }],
      ["checksum", { 27: good[27] ?? 0 }],
      ["unknown-virtual-router", {}],
    ]);
  });

  it("is IP, a group's TTL, CARP's message, the virtual router", () => {
    const good = datagramWith(message(`21 63 00 07 00 01 0000 ${"00".repeat(28)}`));
    climb(changed(good, { 8: 64, 9: 17, 20: 0x22, 23: 6, 27: 0 }), [
      ["ip-protocol", { 9: 112 }],
      ["ttl", { 8: 255 }],
      ["carp-type", { 20: 0x21 }],
      ["carp-authlen", { 23: 7 }],
      ["checksum", { 27: good[27] ?? 0 }],
      ["unknown-virtual-router", {}],
    ]);
  });

  it("is by unicast the virtual router, its TTL, the sender", () => {
    const stranger = { ...ENDS, source: "10.25.0.7" };
    assert.equal(outcome(sent(stranger, { virtualRouterId: 99 }, 64)), "unknown-virtual-router");
    assert.equal(outcome(sent(stranger, {}, 64)), "ttl");
    assert.equal(outcome(sent(stranger, {}, 255)), "unknown-sender");
    assert.equal(outcome(sent(ENDS, {}, 255)), "received");
  });
});
