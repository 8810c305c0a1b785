/** Echo sockets to another machine: replies of the host that was asked, over either family, and nothing else. */
import assert from "node:assert/strict";
import { EchoSocket } from "../../agent/linux/sockets/icmp.ts";
import { PollSet } from "../../agent/linux/system/poll.ts";
import { LinuxSegment, OWN } from "../support/linuxSegment.ts";

const PATIENCE_MICROS = 5_000_000;
const SILENCE_MICROS = 100_000;

describe("linux: echo sockets", function () {
  this.timeout(60_000);
  let segment: LinuxSegment;
  const sockets: EchoSocket[] = [];

  beforeEach(() => {
    segment = new LinuxSegment();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
    segment.close();
  });

  function open(host: string, interfaceName?: string): EchoSocket {
    const socket = segment.within("lx1", () => new EchoSocket(host, interfaceName));
    sockets.push(socket);
    return socket;
  }

  for (const kind of ["ipv4", "ipv6", "linkLocal"] as const) {
    it(`hear the reply of their host, with what was asked: ${kind}`, () => {
      const socket = open(OWN.lx2[kind], kind === "linkLocal" ? "eth0" : undefined);
      const echo = { identifier: 77, sequence: 1, data: Uint8Array.of(9, 8, 7) };
      assert.deepEqual(socket.replies(), []);
      socket.ask(echo);
      assert.deepEqual(new PollSet([socket.fd]).wait(PATIENCE_MICROS), [socket.fd]);
      assert.deepEqual(socket.replies(), [echo]);
      assert.deepEqual(socket.replies(), []);
    });

    it(`hear neither other hosts nor requests: ${kind}`, () => {
      const other = kind === "ipv4" ? "10.25.0.13" : kind === "ipv6" ? "2001:db8:25::13" : "fe80::13";
      const prefix = kind === "ipv4" ? "24" : "64";
      segment.ip("lx2", "addr", "add", `${other}/${prefix}`, "dev", "eth0", ...(kind === "ipv4" ? [] : ["nodad"]));
      const socket = open(OWN.lx2[kind], "eth0");
      segment.run("lx1", "ping", "-c", "1", "-W", "5", "-I", "eth0", other);
      segment.run("lx2", "ping", "-c", "1", "-W", "5", "-I", "eth0", OWN.lx1[kind]);
      assert.deepEqual(new PollSet([socket.fd]).wait(SILENCE_MICROS), []);
    });
  }

  it("have no reply from a host that is not there", () => {
    const socket = open("10.25.0.99");
    socket.ask({ identifier: 1, sequence: 1, data: new Uint8Array(0) });
    new PollSet([socket.fd]).wait(SILENCE_MICROS);
    assert.deepEqual(socket.replies(), []);
  });

  it("are refused without a way to the host, by name", () => {
    assert.throws(() => open("198.51.100.1"), { code: "ENETUNREACH" });
    assert.throws(() => open("2001:db8:99::1"), { code: "ENETUNREACH" });
    assert.throws(() => open(OWN.lx2.linkLocal), { code: "EINVAL" });
    assert.throws(() => open(OWN.lx2.ipv4, "eth9"), { code: "ENODEV", message: /echo socket to 10.25.0.12 over eth9/ });
  });
});
