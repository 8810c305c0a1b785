/** Addresses of both families on a real interface: set, renewed, expired, taken off, and what is told of it. */
import assert from "node:assert/strict";
import type { LinuxKernel } from "../../agent/daemon/protocolThread/linuxKernel.ts";
import type { LinkAddress } from "../../agent/interfaces/kernel.ts";
import {
  AF_PACKET,
  closeSocket,
  openSocket,
  receiveInto,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from "../../agent/linux/sockets/socket.ts";
import { ethernet, LinuxSegment, OWN, until } from "../support/linuxSegment.ts";

const ORIGIN = 112;
/** ETH_P_ALL in network byte order, as socket(2) wants it. */
const ANY_ETHERTYPE = 0x0300;
const VIPS: readonly LinkAddress[] = [
  { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN },
  { address: "2001:db8:25::10", prefixLength: 128, origin: ORIGIN },
  { address: "fe80::10", prefixLength: 128, origin: ORIGIN },
];

/** Whether an Ethernet frame is of a kind that the agent sends: ARP, protocol 112, a neighbour advertisement. */
function isRehearsed(frame: Buffer): boolean {
  switch (frame.readUInt16BE(12)) {
    case 0x0806:
      return true;
    case 0x0800:
      return frame[23] === 112;
    case 0x86dd:
      return frame[20] === 112 || (frame[20] === 58 && frame[54] === 136);
    default:
      return false;
  }
}

describe("linux: addresses", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  let kernel: LinuxKernel;
  let index: number;

  beforeEach(() => {
    segment = new LinuxSegment();
    kernel = segment.kernel("lx1");
    index = ethernet(kernel).index;
    settle();
  });
  afterEach(() => {
    segment.close();
  });

  /** Takes away what the namespace's own making is told of. */
  function settle(): void {
    while (kernel.wait(50_000).network);
  }

  function held(address: string): LinkAddress | undefined {
    return ethernet(kernel).addresses.find((candidate) => candidate.address === address);
  }

  it("are listed with interface, prefix length and family", () => {
    const { mac, running, addresses } = ethernet(kernel);
    assert.match(mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.ok(running);
    assert.deepEqual(
      addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).sort(),
      [`${OWN.lx1.ipv4}/24`, `${OWN.lx1.ipv6}/64`, `${OWN.lx1.linkLocal}/64`].sort(),
    );
    segment.ip("lx1", "link", "set", "eth0", "down");
    assert.equal(ethernet(kernel).running, false);
  });

  for (const vip of VIPS) {
    it(`are set and taken off, once or twice: ${vip.address}`, () => {
      kernel.addAddress(index, vip);
      kernel.renewAddress(index, vip);
      assert.deepEqual(held(vip.address), vip);
      kernel.removeAddress(index, vip);
      assert.equal(held(vip.address), undefined);
      assert.throws(
        () => {
          kernel.removeAddress(index, vip);
        },
        { code: "EADDRNOTAVAIL" },
      );
    });

    it(`answer from the first moment, without probing for duplicates: ${vip.address} [8.2.2-h:+]`, () => {
      kernel.addAddress(index, vip);
      const answered = segment.run("lx2", "ping", "-c", "1", "-W", "5", "-I", "eth0", vip.address);
      assert.match(answered, / 0% packet loss/);
      const flags = segment.ip("lx1", "-o", "addr", "show", "dev", "eth0", "to", vip.address);
      assert.doesNotMatch(flags, /tentative|dadfailed/);
    });

    it(`go by themselves at the end of their lifetime, and that is told: ${vip.address}`, async () => {
      kernel.addAddress(index, { ...vip, lifetimeSeconds: 1 });
      assert.ok((held(vip.address)?.lifetimeSeconds ?? 99) <= 1);
      assert.equal(kernel.wait(0).network, false, "what this process sets itself is no news");
      let told = false;
      await until("the address is gone", () => {
        told ||= kernel.wait(0).network;
        return held(vip.address) === undefined;
      });
      await until("it is told", () => told || kernel.wait(0).network);
    });

    it(`live on when they are renewed, and for ever when they are set without a lifetime: ${vip.address}`, async () => {
      kernel.addAddress(index, { ...vip, lifetimeSeconds: 2 });
      const startedMs = performance.now();
      await until("three seconds passed", () => {
        kernel.renewAddress(index, { ...vip, lifetimeSeconds: 2 });
        assert.ok(held(vip.address) !== undefined);
        return performance.now() - startedMs > 3_000;
      });
      kernel.renewAddress(index, vip);
      assert.deepEqual(held(vip.address), vip);
    });

    it(`stay somebody else's when they are there already, with their mark and lifetime: ${vip.address}`, async () => {
      segment.ip("lx1", "addr", "add", `${vip.address}/${vip.prefixLength}`, "dev", "eth0", "nodad");
      assert.throws(
        () => {
          kernel.addAddress(index, { ...vip, lifetimeSeconds: 1 });
        },
        { code: "EEXIST" },
      );
      // The kernel tells of a new IPv6 address a moment after the call that made it.
      await until("it is known", () => held(vip.address) !== undefined);
      assert.deepEqual(held(vip.address), { ...vip, origin: 0 });
    });
  }

  it("leave the way to their segment alone when they end, also one that is a router's gift for a time", async () => {
    const lasting = ["valid_lft", "3600", "preferred_lft", "3600"];
    segment.ip("lx1", "addr", "del", `${OWN.lx1.ipv6}/64`, "dev", "eth0");
    segment.ip("lx1", "addr", "add", `${OWN.lx1.ipv6}/64`, "dev", "eth0", "nodad", ...lasting);
    kernel.addAddress(index, { address: "2001:db8:25::10", prefixLength: 64, origin: ORIGIN, lifetimeSeconds: 1 });
    await until("the address is gone", () => held("2001:db8:25::10") === undefined);
    const way = segment.ip("lx1", "-6", "route", "show", "2001:db8:25::/64");
    const [, expiresSeconds] = /expires (-?\d+)sec/.exec(way) ?? [];
    assert.ok(Number(expiresSeconds) > 3_000, way);
  });

  it("are told of when somebody else sets or removes them, of either family", () => {
    for (const address of ["10.25.0.77/32", "2001:db8:25::77/128"]) {
      for (const verb of ["add", "del"]) {
        segment.ip("lx1", "addr", verb, address, "dev", "eth0");
        assert.equal(kernel.wait(5_000_000).network, true, `${verb} ${address}`);
        settle();
      }
    }
  });

  it("are known to be failed when another machine has them", async () => {
    segment.ip("lx2", "addr", "add", "2001:db8:25::66/64", "dev", "eth0", "nodad");
    segment.ip("lx1", "addr", "add", "2001:db8:25::66/64", "dev", "eth0");
    await until("duplicate address detection ended", () => held("2001:db8:25::66")?.failed === true);
  });

  it("are all gone again after a warm-up, which nobody hears of on the segment", () => {
    const before = kernel.links();
    const ear = segment.within("lx2", () => openSocket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, ANY_ETHERTYPE, "test"));
    segment.within("lx1", () => {
      kernel.warmUp();
    });
    assert.deepEqual(kernel.links(), before);
    const frame = Buffer.alloc(100);
    // The kernel's own words, such as reports of its multicast groups, come when they like.
    while (receiveInto(ear, frame) !== "nothing") assert.ok(!isRehearsed(frame), frame.toString("hex"));
    closeSocket(ear);
  });

  it("are refused by name", () => {
    const [vip] = VIPS;
    assert.ok(vip !== undefined);
    assert.throws(
      () => {
        kernel.addAddress(9_999, vip);
      },
      { code: "ENODEV", message: "rtnetlink add 10.25.0.10/32 on interface 9999: ENODEV" },
    );
  });
});
