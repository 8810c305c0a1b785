import assert from "node:assert/strict";
import fc from "fast-check";
import type { Family, Packet } from "../../agent/protocol/packet/packet.ts";
import { type ProtocolEndpoint, RECEPTION_FAULTS, receive } from "../../agent/protocol/reception.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { datagramOf, ipv6PayloadOf } from "./fixture.ts";
import { changed, message } from "./message.ts";
import { hostileBytes, seesOnlyItsOwnBytes } from "./noise.ts";
import {
  ADVERTISEMENT,
  around,
  around6,
  CARP_MESSAGE,
  carp,
  ENDS,
  everything,
  GROUP,
  GROUP_ENDS_6,
  group,
  group6,
  LINK,
  outcome,
  packet4,
  sent,
  web,
  web6,
} from "./segment.ts";

describe("reception of a packet", () => {
  const captured: readonly (readonly [string, Packet, ProtocolEndpoint, string])[] = [
    [
      "keepalived, IPv4 unicast [5.1-a:+ 5.1.1.4-a 7.1-a:+ 7.1-f:+ 7.1-j:+]",
      packet4(datagramOf("keepalived-unicast")),
      web,
      "10.25.0.1",
    ],
    [
      "keepalived, IPv4 multicast [5.1.1.2-a 5.1.1.3-b:+]",
      packet4(datagramOf("keepalived-multicast")),
      group,
      "10.25.0.1",
    ],
    [
      "keepalived, IPv6 multicast [5.1.2.2-a 5.1.2.3-b:+ 5.1.2.4-a]",
      around6(ipv6PayloadOf("keepalived-ipv6-multicast")),
      group6,
      "fe80::1",
    ],
    ["ucarp [C1-a:+ C1-d C4-d:+]", packet4(datagramOf("ucarp-first", "carp")), carp, "192.0.2.1"],
  ];
  for (const [name, packet, endpoint, from] of captured) {
    it(`leads to its virtual router: ${name}`, () => {
      const result = receive(packet, everything);
      assert.ok(result.ok);
      assert.equal(result.value.endpoint, endpoint);
      assert.equal(result.value.protocol, endpoint.protocol);
      assert.equal(result.value.from, from);
      const received = result.value;
      const isVrrp = received.protocol === "vrrp";
      const id = isVrrp ? received.advertisement.virtualRouterId : received.packet.virtualHostId;
      assert.equal(id, endpoint.virtualRouterId);
    });
  }

  it("brings what a signature is verified with", () => {
    const trailer = new Uint8Array(28).fill(7);
    const result = receive(around(encodeVrrp(ADVERTISEMENT, ENDS, trailer)), everything);
    assert.ok(result.ok && result.value.protocol === "vrrp");
    assert.deepEqual(result.value.trailer, trailer);
    assert.deepEqual(result.value.message, encodeVrrp(ADVERTISEMENT, ENDS));
    assert.equal(result.value.checksum, "rfc5798");
  });

  it("lets a packet from the own address through to the election, by whatever way [6.4.3-o:+]", () => {
    const own = { source: web.sourceAddress, destination: web.sourceAddress };
    assert.equal(outcome(sent(own)), "received");
    const limited = { ...group, peers: ["10.25.0.1"] };
    assert.equal(outcome(sent({ ...own, destination: GROUP }, { virtualRouterId: 51 }), [limited]), "received");
  });

  it("keeps virtual routers of one id apart by family, protocol, interface and way [1-a 3-a:+]", () => {
    const ids = { virtualRouterId: 7, peers: [] };
    const four = { ...group, ...ids };
    const elsewhere = { ...four, linkIndex: LINK + 1 };
    const unicast = { ...web, ...ids, peers: ["10.25.0.1"] };
    const six = { ...group6, ...ids };
    const carps = { ...carp, ...ids };
    const endpoints = [carps, elsewhere, six, unicast, four];
    const list = { virtualRouterId: 7 };
    const list6 = { virtualRouterId: 7, addresses: ["fe80::10"] };
    const found = (packet: Packet) => {
      const result = receive(packet, endpoints);
      return result.ok ? result.value.endpoint : result.fault;
    };
    assert.equal(found(sent({ ...ENDS, destination: GROUP }, list)), four);
    assert.equal(found({ ...sent({ ...ENDS, destination: GROUP }, list), linkIndex: LINK + 1 }), elsewhere);
    assert.equal(found(sent(ENDS, list)), unicast);
    assert.equal(found(sent(GROUP_ENDS_6, list6)), six);
    const carpPacket = changed(CARP_MESSAGE, { 1: 7, 6: 0, 7: 0 });
    const summed = message(Buffer.from(carpPacket).toString("hex"));
    assert.equal(found(around(summed, { ...ENDS, destination: GROUP })), carps);
  });

  it("reads version 2 as CARP's where CARP is spoken, and as an old VRRP's where it is not [C1-a:-]", () => {
    const old = packet4(datagramOf("keepalived-version-2"));
    assert.equal(outcome(old, [web]), "version");
    assert.equal(outcome(old, [web, carp]), "carp-truncated");
    assert.equal(outcome(packet4(datagramOf("ucarp-first", "carp")), [web]), "version");
  });

  it("reads everything as CARP's where nothing else is spoken", () => {
    assert.equal(outcome(packet4(datagramOf("keepalived-unicast")), [carp]), "carp-truncated");
    assert.equal(outcome(around(changed(CARP_MESSAGE, { 0: 0x31 })), [carp]), "carp-version");
  });
});

describe("TTL of a received packet", () => {
  it("to a group must be 255, before anything else is looked at [5.1.1.3-b 7.1-a]", () => {
    const toGroup = { ...ENDS, destination: GROUP };
    const good = (ttl: number) => sent(toGroup, { virtualRouterId: 51 }, ttl);
    for (const ttl of [254, 64, 1, 0]) {
      assert.equal(outcome(good(ttl)), "ttl");
      assert.equal(outcome(around(new Uint8Array(), toGroup, ttl)), "ttl", "nothing in it");
      assert.equal(outcome(sent(toGroup, { virtualRouterId: 99 }, ttl)), "ttl", "for nobody");
    }
    assert.equal(outcome(good(255)), "received");
  });

  it("or hop limit, over IPv6 [5.1.2.3-b 7.1-a]", () => {
    const good = (ttl: number) => sent(GROUP_ENDS_6, { virtualRouterId: 61, addresses: ["fe80::10"] }, ttl);
    for (const hopLimit of [254, 64, 0]) assert.equal(outcome(good(hopLimit)), "ttl");
    assert.equal(outcome(good(255)), "received");
  });

  it("of CARP too [C4-d:-]", () => {
    const datagram = datagramOf("ucarp-first", "carp");
    assert.equal(outcome(packet4(changed(datagram, { 8: 254 }))), "ttl");
  });

  it("by unicast must be what its virtual router asks for", () => {
    const lenient = { ...web, minimumTtl: 60 };
    assert.equal(outcome(sent(ENDS, {}, 254), [web]), "ttl");
    for (const ttl of [255, 64, 60]) assert.equal(outcome(sent(ENDS, {}, ttl), [lenient]), "received");
    assert.equal(outcome(sent(ENDS, {}, 59), [lenient]), "ttl");
  });

  it("by unicast is no matter when nobody is meant", () => {
    assert.equal(outcome(sent(ENDS, { virtualRouterId: 99 }, 64)), "unknown-virtual-router");
  });

  it("of keepalived over IPv6 unicast is 64", () => {
    const packet = around6(ipv6PayloadOf("keepalived-ipv6-unicast"), { source: "fe80::1", destination: "fe80::2" }, 64);
    assert.equal(outcome(packet), "ttl");
    assert.equal(outcome(packet, [{ ...web6, minimumTtl: 64 }]), "received");
  });
});

describe("any packet", () => {
  const payloads: Readonly<Record<Family, readonly Uint8Array[]>> = {
    4: [
      datagramOf("keepalived-unicast"),
      datagramOf("keepalived-multicast"),
      datagramOf("ucarp-first", "carp"),
      datagramOf("keepalived-version-2"),
    ],
    6: [ipv6PayloadOf("keepalived-ipv6-multicast"), CARP_MESSAGE],
  };

  it("over IPv4 ends in a virtual router or a fault, and no other bytes are looked at", () => {
    fc.assert(
      fc.property(hostileBytes(...payloads[4]), fc.subarray(everything), (bytes, endpoints) => {
        const result = seesOnlyItsOwnBytes((own) => receive(packet4(own), endpoints), bytes);
        assert.ok(result.ok ? endpoints.includes(result.value.endpoint) : RECEPTION_FAULTS.includes(result.fault));
      }),
      { numRuns: 3_000 },
    );
  });

  it("over IPv6 too", () => {
    const hopLimits = fc.constantFrom(255, 255, 64);
    const ends = fc.constantFrom(GROUP_ENDS_6, { source: "fe80::1", destination: "fe80::2" });
    fc.assert(
      fc.property(hostileBytes(...payloads[6]), hopLimits, ends, (bytes, hopLimit, between) => {
        const result = seesOnlyItsOwnBytes((own) => receive(around6(own, between, hopLimit), everything), bytes);
        assert.ok(result.ok || RECEPTION_FAULTS.includes(result.fault));
      }),
      { numRuns: 3_000 },
    );
  });

  it("is refused or accepted in a time that its length bounds", () => {
    const largest = new Uint8Array(2_048).fill(0xff);
    const costly = [
      changed(largest, { 0: 0x45, 2: 8, 3: 0, 6: 0, 7: 0, 8: 255, 9: 112, 20: 0x31, 23: 255 }),
      changed(largest, { 0: 0x45, 2: 8, 3: 0, 6: 0, 7: 0, 8: 255, 9: 112, 20: 0x21, 23: 7 }),
    ];
    for (const bytes of costly) assert.equal(outcome(packet4(bytes)), "checksum");
    const started = process.cpuUsage();
    for (let run = 0; run < 2_000; run++) for (const bytes of costly) receive(packet4(bytes), everything);
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 2_000_000, `4000 packets of 2 kB took ${user + system} us`);
  });
});
