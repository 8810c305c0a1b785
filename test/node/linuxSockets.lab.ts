/** Protocol sockets of both families between two machines: what goes on the wire, and who hears it. */
import assert from "node:assert/strict";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import type { Audience, SocketPlace } from "../../agent/interfaces/kernel.ts";
import { RawSocket } from "../../agent/linux/sockets/rawSocket.ts";
import {
  AF_PACKET,
  closeSocket,
  openSocket,
  receiveInto,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_IPV6,
  setOption,
} from "../../agent/linux/sockets/socket.ts";
import { decodeIpv4 } from "../../agent/protocol/packet/ipv4.ts";
import { type End, ethernet, LinuxSegment, nextPacket, OWN, packetsWithin } from "../support/linuxSegment.ts";

const MESSAGE = Uint8Array.of(0x31, 10, 100, 1, 0, 100, 0xab, 0xcd, 10, 25, 0, 10);
const LATE = Uint8Array.of(0x31, 99);
const GROUP = { ipv4: "224.0.0.18", linkLocal: "ff02::12", ipv6: "ff02::12" } as const;
/** ETH_P_ALL in network byte order, as socket(2) wants it. */
const ANY_ETHERTYPE = 0x0300;
const KINDS = ["ipv4", "linkLocal", "ipv6"] as const;
type Kind = (typeof KINDS)[number];

describe("linux: protocol sockets", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernels: Record<End, LinuxKernel>;

  beforeEach(() => {
    segment = new LinuxSegment();
    kernels = { lx1: segment.kernel("lx1"), lx2: segment.kernel("lx2") };
  });
  afterEach(() => {
    segment.close();
  });

  function open(end: End, kind: Kind, multicast: boolean): ReturnType<LinuxKernel["openProtocolSocket"]> {
    const place: SocketPlace = { link: ethernet(kernels[end]), source: OWN[end][kind], multicast };
    return segment.within(end, () => kernels[end].openProtocolSocket(place));
  }

  for (const kind of KINDS) {
    for (const multicast of [false, true]) {
      const how = `${kind}, ${multicast ? "multicast" : "unicast"}`;

      it(`carry a message with its ends and a TTL of 255: ${how} [5.1.1.3-a:+ 5.1.2.3-a:+]`, () => {
        const sender = open("lx1", kind, multicast);
        open("lx2", kind, multicast);
        const destination = multicast ? GROUP[kind] : OWN.lx2[kind];
        sender.send(destination, MESSAGE);
        const packet = nextPacket(kernels.lx2);
        assert.equal(packet.linkIndex, ethernet(kernels.lx2).index);
        assert.deepEqual(endsOf(packet), {
          source: OWN.lx1[kind],
          destination,
          ttl: 255,
          payload: Buffer.from(MESSAGE).toString("hex"),
        });
      });

      it(`hear an audience alone, and everybody again: ${how}`, () => {
        const sender = open("lx1", kind, multicast);
        const receiver = open("lx2", kind, multicast);
        const destination = multicast ? GROUP[kind] : OWN.lx2[kind];
        // The way there is known from then on.
        sender.send(destination, MESSAGE);
        nextPacket(kernels.lx2);
        const isHeard = (audience: Audience | undefined): boolean => {
          receiver.hearOnly(audience);
          sender.send(destination, MESSAGE);
          return packetsWithin(kernels.lx2, 200, 1).length > 0;
        };
        const others = [kind === "ipv4" ? "10.25.0.66" : "2001:db8:25::66"];
        assert.equal(isHeard({ kind: "senders", addresses: others }), false);
        assert.equal(isHeard({ kind: "senders", addresses: [...others, OWN.lx1[kind]] }), true);
        assert.equal(isHeard({ kind: "virtual-routers", ids: [9, 11] }), false);
        assert.equal(isHeard({ kind: "virtual-routers", ids: [9, 10] }), true);
        assert.equal(isHeard({ kind: "senders", addresses: [] }), false);
        assert.equal(isHeard(undefined), true);
      });

      it(`do not hear themselves, and nothing after they closed: ${how}`, () => {
        const sender = open("lx1", kind, multicast);
        const receiver = open("lx2", kind, multicast);
        sender.send(multicast ? GROUP[kind] : OWN.lx2[kind], MESSAGE);
        nextPacket(kernels.lx2);
        assert.deepEqual(packetsWithin(kernels.lx1, 50, 1), []);
        receiver.close();
        sender.send(multicast ? GROUP[kind] : OWN.lx2[kind], MESSAGE);
        assert.deepEqual(packetsWithin(kernels.lx2, 50, 1), []);
      });
    }

    it(`hear their own destination only, beside each other on one address: ${kind} [5.1.1.2-a:- 5.1.2.2-a:-]`, () => {
      const unicast = open("lx1", kind, false);
      const multicast = open("lx1", kind, true);
      open("lx2", kind, true);
      unicast.send(OWN.lx2[kind], LATE);
      multicast.send(GROUP[kind], MESSAGE);
      const packets = packetsWithin(kernels.lx2, 100, 10);
      assert.deepEqual(
        packets.map((packet) => endsOf(packet).destination),
        [GROUP[kind]],
      );
      open("lx2", kind, false);
      multicast.send(GROUP[kind], MESSAGE);
      unicast.send(OWN.lx2[kind], MESSAGE);
      const both = packetsWithin(kernels.lx2, 100, 10);
      assert.deepEqual(both.map((packet) => endsOf(packet).destination).sort(), [OWN.lx2[kind], GROUP[kind]].sort());
    });

    it(`need their address on the machine: ${kind}`, () => {
      const link = ethernet(kernels.lx1);
      segment.within("lx1", () => {
        assert.throws(() => kernels.lx1.openProtocolSocket({ link, source: OWN.lx2[kind], multicast: false }), {
          code: "EADDRNOTAVAIL",
        });
      });
    });
  }

  const onTheWire = [
    // To 01:00:5e:00:00:12: version 4, five words; TOS 0xc0; don't fragment; TTL 255; protocol 112.
    { kind: "ipv4", multicast: true, frame: /^01005e000012.{12}0800 45c0 .{8} 4000 ff70 .{4} 0a19000b e0000012/ },
    { kind: "ipv4", multicast: false, frame: /^.{24}0800 45c0 .{8} 4000 ff70 .{4} 0a19000b 0a19000c/ },
    // To 33:33:00:00:00:12: version 6; class 0xc0; 12 octets; next header 112; hop limit 255.
    { kind: "linkLocal", multicast: true, frame: /^333300000012.{12}86dd 6c0.{5} 000c 70ff fe80.{26}11 ff02.{26}12/ },
    { kind: "linkLocal", multicast: false, frame: /^.{24}86dd 6c0.{5} 000c 70ff fe80.{26}11 fe80.{26}12/ },
  ] as const;
  for (const { kind, multicast, frame } of onTheWire) {
    const how = `${kind}, ${multicast ? "multicast" : "unicast"}`;
    it(`make this frame: ${how} [5.1.1.2-a:+ 5.1.1.4-a:+ 5.1.2.1-a:+ 5.1.2.2-a:+ 5.1.2.4-a:+ C1-a:+ C1-d:+]`, () => {
      const ear = segment.within("lx2", () => openSocket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, ANY_ETHERTYPE, "test"));
      open("lx2", kind, multicast);
      open("lx1", kind, multicast).send(multicast ? GROUP[kind] : OWN.lx2[kind], MESSAGE);
      nextPacket(kernels.lx2);
      const pattern = new RegExp(`${frame.source.replaceAll(" ", "")}${Buffer.from(MESSAGE).toString("hex")}$`);
      assert.ok(framesIn(ear).some((hex) => pattern.test(hex)));
      closeSocket(ear);
    });
  }

  it("leave an IPv6 checksum as it is, on both ends, right or wrong", () => {
    const sender = open("lx1", "linkLocal", false);
    open("lx2", "linkLocal", false);
    for (const checksum of [0x0000, 0x1234, 0xffff]) {
      const message = Uint8Array.from(MESSAGE);
      message.set([checksum >> 8, checksum & 0xff], 6);
      sender.send(OWN.lx2.linkLocal, message);
      assert.equal(endsOf(nextPacket(kernels.lx2)).payload, Buffer.from(message).toString("hex"));
    }
  });

  it("tell the TTL or hop limit with which a packet came", () => {
    const ttls = [
      { kind: "ipv4", level: 0, option: 2 },
      { kind: "linkLocal", level: SOL_IPV6, option: 16 },
    ] as const;
    for (const { kind, level, option } of ttls) {
      open("lx2", kind, false);
      const place = { link: ethernet(kernels.lx1), source: OWN.lx1[kind], multicast: false };
      const sender = segment.within("lx1", () => new RawSocket(place));
      setOption(sender.fd, level, option, 254, "test");
      sender.send(OWN.lx2[kind], MESSAGE);
      sender.close();
      assert.equal(endsOf(nextPacket(kernels.lx2)).ttl, 254);
    }
  });

  it("are many and cheap: fifty on one interface are waited for together", () => {
    segment.within("lx2", () => {
      for (let host = 100; host < 150; host++) {
        const link = ethernet(kernels.lx2);
        kernels.lx2.addAddress(link.index, { address: `10.25.0.${host}`, prefixLength: 32, origin: 112 });
        kernels.lx2.openProtocolSocket({ link, source: `10.25.0.${host}`, multicast: false });
      }
    });
    const sender = open("lx1", "ipv4", false);
    for (let host = 100; host < 150; host++) sender.send(`10.25.0.${host}`, MESSAGE);
    const destinations = packetsWithin(kernels.lx2, 2_000, 50).map((packet) => endsOf(packet).destination);
    assert.equal(new Set(destinations).size, 50);
  });
});

function endsOf(packet: ReturnType<typeof nextPacket>): {
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly payload: string;
} {
  if (packet.family === 6) {
    const { source, destination, hopLimit, payload } = packet;
    return { source, destination, ttl: hopLimit, payload: Buffer.from(payload).toString("hex") };
  }
  const datagram = decodeIpv4(packet.datagram);
  if (!datagram.ok) throw new Error(datagram.fault);
  const { source, destination, ttl, payload } = datagram.value;
  return { source, destination, ttl, payload: Buffer.from(payload).toString("hex") };
}

/** The frames that wait in a packet socket, as hex. */
function framesIn(ear: number): string[] {
  const frames: string[] = [];
  const buffer = Buffer.alloc(2_048);
  for (;;) {
    const received = receiveInto(ear, buffer);
    if (received === "nothing" || "error" in received) return frames;
    frames.push(buffer.subarray(0, received.length).toString("hex"));
  }
}
