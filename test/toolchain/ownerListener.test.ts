// Who may speak to a stand-in: the kernel's table of sockets is read right, and what it does not vouch for is refused.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";
import { listenForOwner, portOf } from "../../toolchain/offline/ownerListener.ts";
import { findSocket } from "../../toolchain/offline/socketTable.ts";

const HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                ";

/** As Linux 6 on a little-endian machine writes them. */
const IPV4 = [
  HEADER,
  "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41001 1 0000000000000000 100 0 0 10 0",
  "   1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 41002 1 0000000000000000 20 4 30 10 -1",
  "   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000018 00:00000000 00000000     0        0 41003 1 0000000000000000 20 4 29 10 -1",
  "   3: 0100007F:9C41 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1",
  "   4: 0A00190A:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000    33        0 41004 1 0000000000000000 20 4 30 10 -1",
  "",
].join("\n");
const IPV6 = [
  HEADER,
  "   0: 00000000000000000000000001000000:9C42 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 51001 1 0000000000000000 20 4 30 10 -1",
  "   1: 0000000000000000FFFF00000100007F:9C43 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 51002 1 0000000000000000 20 4 30 10 -1",
  "   2: B80D0120000000000000000001000000:9C44 B80D0120000000000000000002000000:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 51003 1 0000000000000000 20 4 30 10 -1",
  "",
].join("\n");
/** The same first connection on a big-endian machine. */
const BIG_ENDIAN = `${HEADER}\n   0: 7F000001:9C40 7F000001:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 41002 1\n`;

const PORT = 0x1f90;
const between = (address: string, localPort: number, remote = address) => ({
  localAddress: address,
  localPort,
  remoteAddress: remote,
  remotePort: PORT,
});

describe("the kernel's table of sockets", () => {
  it("says whose end of an IPv4 connection it is, either end by itself", () => {
    const theirs = findSocket(IPV4, between("127.0.0.1", 40_000), "LE");
    assert.deepEqual(theirs, { isEstablished: true, uid: 1000, inode: 41_002 });
    const ours = { localAddress: "127.0.0.1", localPort: PORT, remoteAddress: "127.0.0.1", remotePort: 40_000 };
    assert.deepEqual(findSocket(IPV4, ours, "LE"), { isEstablished: true, uid: 0, inode: 41_003 });
  });

  it("does not take a socket of another address with the same ports for it", () => {
    assert.equal(findSocket(IPV4, between("10.25.0.10", 40_000, "127.0.0.1"), "LE")?.uid, 33);
    assert.equal(findSocket(IPV4, between("127.0.0.2", 40_000, "127.0.0.1"), "LE"), undefined);
    assert.equal(findSocket(IPV4, between("127.0.0.1", 40_009), "LE"), undefined);
  });

  it("tells a closed socket, which has no inode and would pass for root's", () => {
    const closed = findSocket(IPV4, between("127.0.0.1", 40_001), "LE");
    assert.deepEqual(closed, { isEstablished: false, uid: 0, inode: 0 });
  });

  it("reads IPv6, and IPv4 that a socket of IPv6 writes as mapped", () => {
    assert.equal(findSocket(IPV6, between("::1", 40_002), "LE")?.uid, 1001);
    assert.equal(findSocket(IPV6, between("127.0.0.1", 40_003), "LE")?.uid, 1002);
    assert.equal(findSocket(IPV6, between("::ffff:127.0.0.1", 40_003), "LE")?.uid, 1002);
    assert.equal(findSocket(IPV4, between("::ffff:127.0.0.1", 40_000), "LE")?.uid, 1000);
    assert.equal(findSocket(IPV6, between("2001:db8::1", 40_004, "2001:db8::2"), "LE")?.uid, 1003);
  });

  it("reads the byte order of the machine", () => {
    assert.equal(findSocket(BIG_ENDIAN, between("127.0.0.1", 40_000), "BE")?.uid, 1000);
    assert.equal(findSocket(BIG_ENDIAN, between("127.0.0.1", 40_000), "LE"), undefined);
  });

  it("finds nothing in what is no table", () => {
    for (const text of ["", "\n\n", HEADER, "0: zz:1F90 zz:9C40", ":::::: : : :"]) {
      assert.equal(findSocket(text, between("127.0.0.1", 40_000), "LE"), undefined);
    }
  });
});

describe("a port for its owner", () => {
  let server: Server;
  let served: Socket[];
  let refused: string[];

  beforeEach(async () => {
    served = [];
    refused = [];
    server = await listenForOwner(
      (socket) => served.push(socket),
      (message) => refused.push(message),
    );
  });
  afterEach(() => {
    for (const socket of served) socket.destroy();
    server.close();
  });

  it("serves this user, also from a socket of IPv6", async () => {
    for (const host of ["127.0.0.1", "::ffff:127.0.0.1"]) {
      const client = connect({ host, port: portOf(server) });
      const [socket] = (await Promise.all([once(server, "connection"), once(client, "connect")]))[0] as [Socket];
      assert.equal(served.at(-1), socket, host);
      client.destroy();
    }
    assert.deepEqual(refused, []);
  });

  it("does not serve what was closed before it was looked at, whoever closed it", async () => {
    const write = `socket.write("PRI * HTTP/2.0", () => socket.HOW())`;
    for (const how of ["destroy", "resetAndDestroy"]) {
      const script = `const socket = require("node:net").connect(${portOf(server)}, "127.0.0.1", () => ${write});`;
      // Synchronous: the connection is made and closed while this process accepts nothing.
      const { status, stderr } = spawnSync(process.execPath, ["-e", script.replace("HOW", how)], { encoding: "utf8" });
      assert.equal(status, 0, stderr);
      const [socket] = (await once(server, "connection")) as [Socket];
      assert.ok(socket.destroyed, how);
      assert.deepEqual(served, [], how);
    }
    assert.deepEqual(refused, ["refused a connection to this plugin from a user who is not known"]);
  });
});
