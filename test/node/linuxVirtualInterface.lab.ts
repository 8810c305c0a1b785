/** An interface with the virtual router's MAC, and what another machine on the segment sees of it. */
import assert from "node:assert/strict";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import {
  AF_PACKET,
  closeSocket,
  openSocket,
  receiveInto,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from "../../agent/linux/sockets/socket.ts";
import { decodeArp, encodeGratuitousArp } from "../../agent/protocol/neighbours/arp.ts";
import { encodeNeighbourAdvertisement } from "../../agent/protocol/neighbours/ndp.ts";
import { virtualRouterMac } from "../../agent/protocol/packet/ethernet.ts";
import { ethernet, LinuxSegment, named, OWN } from "../support/linuxSegment.ts";

const VIRTUAL_ROUTER_ID = 10;
/** The EtherType of ARP in network byte order, as socket(2) wants it. */
const ARP_BY_NETWORK = 0x0608;
const FAMILIES = [
  { family: 4, name: "vipf4-10", vip: "10.25.0.10", prefixLength: 32 },
  { family: 6, name: "vipf6-10", vip: "2001:db8:25::10", prefixLength: 128 },
] as const;

describe("linux: virtual interface", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernel: LinuxKernel;
  let below: number;

  beforeEach(() => {
    segment = new LinuxSegment();
    kernel = segment.kernel("lx1");
    below = ethernet(kernel).index;
  });
  afterEach(() => {
    segment.close();
  });

  /** The file of a setting that has no netlink is of the namespace this thread is in. */
  function ensure(name: string, mac: string): number {
    return segment.within("lx1", () => kernel.ensureVirtualInterface(below, name, mac));
  }

  for (const { family, name, vip, prefixLength } of FAMILIES) {
    const mac = virtualRouterMac(family, VIRTUAL_ROUTER_ID);
    const neighbour = (): string => segment.ip("lx2", "neigh", "show", vip);

    describe(`IPv${family}`, () => {
      it("is made once, is up, has the MAC and no address, and is known for what it is", () => {
        const index = ensure(name, mac);
        assert.equal(ensure(name, mac), index);
        const { running, virtualOf, addresses, ...link } = named(kernel, name);
        assert.deepEqual({ running, virtualOf, addresses }, { running: true, virtualOf: below, addresses: [] });
        assert.deepEqual({ index: link.index, mac: link.mac }, { index, mac });
        assert.equal(ethernet(kernel).virtualOf, undefined);
        kernel.removeVirtualInterface(name, mac);
        kernel.removeVirtualInterface(name, mac);
        assert.ok(!kernel.links().some((candidate) => candidate.name === name));
      });

      it("is changed to bridge mode in place, its addresses on it; replaced on another parent; not touched as another's", () => {
        const index = ensure(name, mac);
        kernel.addAddress(index, { address: vip, prefixLength, origin: 112 });
        segment.ip("lx1", "link", "set", "dev", name, "type", "macvlan", "mode", "private");
        assert.equal(named(kernel, name).macvlanMode, "private");
        assert.equal(ensure(name, mac), index);
        const { macvlanMode, addresses } = named(kernel, name);
        assert.deepEqual([macvlanMode, addresses.map(({ address }) => address)], ["bridge", [vip]]);
        segment.ip("lx1", "link", "add", "other0", "type", "veth", "peer", "name", "other1");
        const parent = named(kernel, "other0").index;
        const moved = segment.within("lx1", () => kernel.ensureVirtualInterface(parent, name, mac));
        assert.deepEqual([named(kernel, name).index, named(kernel, name).virtualOf], [moved, parent]);
        const strange = virtualRouterMac(family, 11);
        assert.throws(() => ensure(name, strange), { code: "EEXIST" });
        assert.throws(() => ensure("eth0", mac), { code: "EEXIST" });
        assert.throws(() => kernel.ensureVirtualInterface(9_999, "vipf4-99", mac), { code: "ENODEV" });
        kernel.removeVirtualInterface(name, strange);
        kernel.removeVirtualInterface("eth0", ethernet(kernel).mac);
        assert.equal(named(kernel, name).index, moved);
        assert.ok(ethernet(kernel).running);
      });

      it("answers for its addresses with its MAC alone, also where reverse paths are checked [7.3-a:+ 8.1.2-a:+ 8.2.2-a:+]", () => {
        segment.run("lx1", "sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.eth0.rp_filter=1");
        kernel.addAddress(ensure(name, mac), { address: vip, prefixLength, origin: 112 });
        const ear = segment.within("lx2", () =>
          openSocket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, ARP_BY_NETWORK, "test"),
        );
        segment.run("lx2", "ping", "-c", "2", "-i", "0.1", "-W", "5", vip);
        assert.match(neighbour(), new RegExp(mac));
        assert.deepEqual([...answerersOf(vip, ear)], family === 4 ? [mac] : []);
        closeSocket(ear);
      });

      it("lets nobody learn another MAC for its addresses, though answers leave by the interface below [8.1.2-b:- 8.2.2-b:-]", () => {
        kernel.addAddress(ensure(name, mac), { address: vip, prefixLength, origin: 112 });
        segment.run("lx2", "ping", "-c", "1", "-W", "5", vip);
        segment.ip("lx1", "neigh", "flush", "dev", "eth0");
        const own = family === 4 ? OWN.lx2.ipv4 : OWN.lx2.ipv6;
        segment.run("lx1", "ping", "-c", "1", "-W", "5", "-I", vip, own);
        assert.match(neighbour(), new RegExp(mac));
        segment.run("lx2", "ping", "-c", "1", "-W", "5", family === 4 ? OWN.lx1.ipv4 : OWN.lx1.ipv6);
      });
    });
  }

  it("announces with its MAC [8.1.2-d:+ 8.2.2-f:+]", () => {
    const announce = {
      4: (mac: string, vip: string) => encodeGratuitousArp(mac, vip),
      6: (mac: string, vip: string) => encodeNeighbourAdvertisement(mac, vip, { router: false }),
    };
    for (const { family, name, vip } of FAMILIES) {
      const index = ensure(name, virtualRouterMac(family, VIRTUAL_ROUTER_ID));
      segment.ip("lx2", "neigh", "add", vip, "lladdr", "02:00:00:00:00:99", "dev", "eth0", "nud", "stale");
      kernel.transmit(index, announce[family](named(kernel, name).mac, vip));
      assert.match(segment.ip("lx2", "neigh", "show", vip), new RegExp(virtualRouterMac(family, VIRTUAL_ROUTER_ID)));
    }
  });

  it("takes nothing from a router's advertisement", () => {
    ensure("vipf6-10", virtualRouterMac(6, VIRTUAL_ROUTER_ID));
    assert.equal(segment.run("lx1", "sysctl", "-n", "net.ipv6.conf.vipf6-10.accept_ra").trim(), "0");
    assert.match(segment.ip("lx1", "-d", "link", "show", "vipf6-10"), /macvlan mode bridge .*addrgenmode none/s);
  });

  it("leaves a stricter setting of the interface below as it is", () => {
    segment.run("lx1", "sysctl", "-q", "-w", "net.ipv4.conf.eth0.arp_ignore=2");
    ensure("vipf4-10", virtualRouterMac(4, VIRTUAL_ROUTER_ID));
    const settings = ["arp_ignore", "arp_announce"].map((name) => `net.ipv4.conf.eth0.${name}`);
    assert.deepEqual(
      segment
        .run("lx1", "sysctl", "-n", ...settings)
        .trim()
        .split("\n"),
      ["2", "2"],
    );
  });
});

/** The MACs that answered ARP for an address; what waits in the socket is all of it. */
function answerersOf(address: string, ear: number): Set<string> {
  const macs = new Set<string>();
  const buffer = Buffer.alloc(2_048);
  for (;;) {
    const received = receiveInto(ear, buffer);
    if (received === "nothing" || "error" in received) return macs;
    const packet = decodeArp(buffer.subarray(0, received.length));
    const isAnswer = packet.ok && packet.value.operation === "reply" && packet.value.senderAddress === address;
    if (isAnswer) macs.add(packet.value.senderMac);
  }
}
