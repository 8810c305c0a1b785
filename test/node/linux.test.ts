/** The kernel's formats and the calls that need no privilege. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { ServiceManager } from "../../agent/daemon/systemdNotify.ts";
import { placedAddressOf } from "../../agent/linux/netlink/addresses.ts";
import { listLinks } from "../../agent/linux/netlink/links.ts";
import { attributesOf, encodeMessage, messagesOf, nested, text } from "../../agent/linux/netlink/netlinkMessage.ts";
import { RouteSocket } from "../../agent/linux/netlink/rtnetlink.ts";
import { sendDatagram } from "../../agent/linux/sockets/datagram.ts";
import { ancillaryOf } from "../../agent/linux/sockets/messageReader.ts";
import { AF_UNIX, closeSocket, openSocket, receiveInto, SOCK_DGRAM } from "../../agent/linux/sockets/socket.ts";
import { ipv6AddressIn, socketAddress } from "../../agent/linux/sockets/socketAddress.ts";
import { monotonicMicros } from "../../agent/linux/system/clock.ts";
import { bindSocket, checked, errnoName, SystemCallError } from "../../agent/linux/system/libc.ts";
import { PollSet } from "../../agent/linux/system/poll.ts";
import { processIdentity } from "../../agent/linux/system/processes.ts";
import { clearWake, closeWake, openWake, wake } from "../../agent/linux/system/wake.ts";

describe("linux: netlink messages", () => {
  it("are written as rtnetlink(7) has them", () => {
    const body = Uint8Array.of(2, 32, 0, 0, 5, 0, 0, 0);
    const message = encodeMessage(20, 0x505, 7, body, [{ type: 2, value: Uint8Array.of(10, 25, 0, 10) }]);
    assert.equal(
      message.toString("hex"),
      "20000000" + "14000505" + "07000000" + "00000000" + "0220000005000000" + "08000200" + "0a19000a",
    );
  });

  it("hold attributes within attributes", () => {
    const kind = { type: 1, value: text("macvlan") };
    const [message] = messagesOf(encodeMessage(16, 0, 1, new Uint8Array(16), [nested(18, [kind, kind])]));
    assert.ok(message !== undefined);
    const outer = attributesOf(message.body, 16).get(18);
    assert.equal(outer?.toString("hex"), "0c0001006d6163766c616e00".repeat(2));
    assert.equal(attributesOf(outer, 0).get(1)?.toString(), "macvlan\0");
  });

  it("are read as they were written, padding or not", () => {
    const attribute = fc.record({ type: fc.nat(100), value: fc.uint8Array({ maxLength: 9 }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(attribute, { selector: ({ type }) => type }),
        fc.nat(0xffff),
        (attributes, sequence) => {
          const [message, ...rest] = messagesOf(encodeMessage(16, 0, sequence, new Uint8Array(8), attributes));
          assert.equal(rest.length, 0);
          assert.equal(message?.sequence, sequence);
          const read = attributesOf(message.body, 8);
          assert.deepEqual(
            [...read].map(([type, value]) => ({ type, value: new Uint8Array(value) })),
            attributes.map(({ type, value }) => ({ type, value })),
          );
        },
      ),
    );
  });

  it("never lead the reader astray, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        for (const { body } of messagesOf(Buffer.from(noise))) {
          attributesOf(body, 8);
          placedAddressOf(body);
        }
        ancillaryOf(Buffer.from(noise));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("linux: structures", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

  it("are socket addresses of either family", () => {
    assert.equal(hex(socketAddress("10.25.0.12", 3)), "02000000" + "0a19000c" + "00".repeat(8));
    const linkLocal = socketAddress("fe80::12", 3);
    assert.equal(hex(linkLocal), "0a000000" + "00000000" + "fe80" + "00".repeat(13) + "12" + "03000000");
    assert.equal(ipv6AddressIn(linkLocal), "fe80::12");
    assert.equal(ipv6AddressIn(linkLocal.subarray(0, 27)), undefined);
    assert.equal(ipv6AddressIn(socketAddress("10.25.0.12", 3)), undefined);
  });

  it("tell of a received packet's destination and hop limit, in any order, and of nothing else", () => {
    const part = (level: number, type: number, data: string): Buffer => {
      const length = 16 + data.length / 2;
      const header = Buffer.alloc(16);
      header.writeBigUInt64LE(BigInt(length), 0);
      header.writeInt32LE(level, 8);
      header.writeInt32LE(type, 12);
      return Buffer.concat([header, Buffer.from(data, "hex")], Math.ceil(length / 8) * 8);
    };
    const destination = part(41, 50, "ff02" + "00".repeat(13) + "12" + "03000000");
    const hopLimit = part(41, 52, "ff000000");
    const timestamp = part(1, 29, "00".repeat(16));
    const both = { destination: "ff02::12", hopLimit: 255 };
    assert.deepEqual(ancillaryOf(Buffer.concat([destination, hopLimit])), both);
    assert.deepEqual(ancillaryOf(Buffer.concat([timestamp, hopLimit, destination])), both);
    assert.deepEqual(ancillaryOf(hopLimit), { hopLimit: 255 });
    assert.deepEqual(ancillaryOf(destination.subarray(0, 35)), {});
    assert.deepEqual(ancillaryOf(part(41, 50, "ff02")), {});
  });
});

describe("linux: calls", () => {
  it("list the loopback interface with its address", () => {
    const route = new RouteSocket();
    const loopback = listLinks(route).find(({ index }) => index === 1);
    route.close();
    assert.equal(loopback?.name, "lo");
    assert.equal(loopback.mac, "00:00:00:00:00:00");
  });

  it("name the errno, the call and its subject when they fail", () => {
    assert.equal(errnoName(19), "ENODEV");
    const address = new Uint8Array(16);
    assert.throws(
      () => checked(bindSocket(-1, address, address.length), "bind", "no socket"),
      (error) =>
        error instanceof SystemCallError && error.code === "EBADF" && error.message === "bind no socket: EBADF",
    );
  });

  it("wait no shorter than asked, and not at all for what is there", () => {
    const fd = openWake();
    const set = new PollSet([fd]);
    const before = monotonicMicros();
    assert.deepEqual(set.wait(20_000), []);
    assert.ok(monotonicMicros() - before >= 20_000);
    wake(fd);
    wake(fd);
    assert.deepEqual(set.wait(60_000_000), [fd]);
    clearWake(fd);
    assert.deepEqual(set.wait(0), []);
    closeWake(fd);
  });

  it("can be woken from another thread", async () => {
    const fd = openWake();
    const source = `require("node:fs").writeSync(${fd}, new Uint8Array(new BigUint64Array([1n]).buffer))`;
    const worker = new Worker(source, { eval: true });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    assert.deepEqual(new PollSet([fd]).wait(15_000_000), [fd]);
    await ended;
    closeWake(fd);
  });

  it("tell a process from a later one of the same number", () => {
    const own = processIdentity(process.pid);
    assert.match(own ?? "", new RegExp(`^${process.pid} since \\d+$`));
    assert.equal(processIdentity(process.pid), own);
    assert.notEqual(processIdentity(1), own);
    assert.equal(processIdentity(2 ** 30), undefined);
  });
});

describe("node: word to systemd", () => {
  let directory = "";
  let path = "";
  let fd = -1;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vipf-notify-"));
    path = join(directory, "notify");
    fd = openSocket(AF_UNIX, SOCK_DGRAM, 0, "test");
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(`${path}\0`)]);
    checked(bindSocket(fd, address, address.length), "bind", path);
  });
  afterEach(() => {
    closeSocket(fd);
    rmSync(directory, { recursive: true });
  });

  function next(): string {
    const buffer = Buffer.alloc(200);
    const received = receiveInto(fd, buffer);
    assert.ok(typeof received === "object" && "length" in received);
    return buffer.subarray(0, received.length).toString();
  }

  it("is sent as sd_notify(3) has it", () => {
    const manager = new ServiceManager({ NOTIFY_SOCKET: path });
    manager.ready();
    manager.describe("web: master");
    manager.alive();
    manager.reloading();
    manager.stopping();
    const words = Array.from({ length: 5 }, next);
    assert.deepEqual(words, ["READY=1", "STATUS=web: master", "WATCHDOG=1", "RELOADING=1", "STOPPING=1"]);
  });

  it("is given four times a watchdog's timeout, and only by the process that is meant", () => {
    const environment = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "10000000" };
    assert.equal(new ServiceManager({ ...environment, WATCHDOG_PID: String(process.pid) }).keepaliveMs, 2_500);
    assert.equal(new ServiceManager({ ...environment, WATCHDOG_PID: "1" }).keepaliveMs, undefined);
    assert.equal(new ServiceManager({ NOTIFY_SOCKET: path }).keepaliveMs, undefined);
  });

  it("has bounds on what a watchdog may ask: no timer that fires each millisecond, none that is too long for one", () => {
    const asked = ["1", "18446744073709551615", "infinity", "0", "-5", ""];
    const kept = asked.map((WATCHDOG_USEC) => new ServiceManager({ WATCHDOG_USEC }).keepaliveMs);
    assert.deepEqual(kept, [10, 60_000, undefined, undefined, undefined, undefined]);
  });

  it("is lost without harm when nobody listens, or without systemd", () => {
    new ServiceManager({ NOTIFY_SOCKET: `${path}-gone` }).ready();
    new ServiceManager({}).ready();
    assert.equal(receiveInto(fd, Buffer.alloc(10)), "nothing");
    assert.throws(() => {
      sendDatagram(`${path}-gone`, "READY=1");
    }, SystemCallError);
  });

  it("refuses a path that does not fit, by name", () => {
    const long = `/${"x".repeat(120)}`;
    assert.throws(() => {
      sendDatagram(long, "READY=1");
    }, /has 122 octets, at most 108 fit/);
  });
});
