import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import ssh2 from "ssh2";
import { createBastionServer } from "../../lab/host/client/bastionServer.ts";
import { newSshKeyPair } from "../../toolchain/sshKeyPair.ts";

const OPERATOR = newSshKeyPair();
const HOST = newSshKeyPair();

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<Server> {
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  return server;
}

describe("the bastion's server", () => {
  let listener: Server;
  let echo: Server;
  let client: ssh2.Client;

  before(async () => {
    const bastion = createBastionServer({
      hostKey: HOST.private,
      authorizedKey: OPERATOR.public,
      networks: ["203.0.113.0/24", "127.0.0.1/32"],
    });
    listener = await listening(
      createServer((socket) => {
        bastion.accept(socket);
      }),
    );
    echo = await listening(createServer((socket) => socket.pipe(socket)));
  });
  after(() => {
    listener.close();
    echo.close();
  });
  beforeEach(() => {
    client = new ssh2.Client();
  });
  afterEach(() => {
    client.end();
  });

  const logIn = async (privateKey: string): Promise<void> => {
    client.connect({ host: "127.0.0.1", port: portOf(listener), username: "anyone", privateKey });
    await once(client, "ready");
  };
  const forward = (address: string, port: number): Promise<ssh2.ClientChannel> =>
    new Promise((resolve, reject) => {
      client.forwardOut("127.0.0.1", 1, address, port, (error, channel) => {
        if (error) reject(error);
        else resolve(channel);
      });
    });

  it("forwards bytes both ways and ends with either side", async () => {
    await logIn(OPERATOR.private);
    const channel = await forward("127.0.0.1", portOf(echo));
    const received: Buffer[] = [];
    channel.on("data", (chunk: Buffer) => received.push(chunk));
    const payload = Buffer.alloc(1_000_000, "vip");
    channel.end(payload);
    await once(channel, "close");
    assert.ok(Buffer.concat(received).equals(payload));
  });

  it("delivers all of what the other side said before it hung up, to a slow reader too", async () => {
    const payload = Buffer.alloc(3_000_000, "goodbye");
    const speaker = await listening(createServer((socket) => socket.end(payload)));
    await logIn(OPERATOR.private);
    const channel = await forward("127.0.0.1", portOf(speaker));
    const received: Buffer[] = [];
    for await (const chunk of channel) {
      received.push(chunk as Buffer);
      await turn();
    }
    assert.ok(Buffer.concat(received).equals(payload));
    speaker.close();
  });

  it("knows one key", async () => {
    await assert.rejects(logIn(newSshKeyPair().private), /authentication methods failed/);
  });

  it("knows no password", async () => {
    client.connect({ host: "127.0.0.1", port: portOf(listener), username: "root", password: "root" });
    await assert.rejects(once(client, "ready"), /authentication methods failed/);
  });

  it("gives no shell and runs no command", async () => {
    await logIn(OPERATOR.private);
    const shell = new Promise((resolve, reject) => {
      client.shell((error, channel) => {
        if (error) reject(error);
        else resolve(channel);
      });
    });
    await assert.rejects(shell, /open/i);
  });

  it("forwards to no other network, and to no name", async () => {
    await logIn(OPERATOR.private);
    for (const host of ["127.0.0.2", "::1", "localhost", "192.0.2.1"]) {
      await assert.rejects(forward(host, portOf(echo)), /open failure/i, host);
    }
  });

  it("says that a connection was refused, and goes on", async () => {
    await logIn(OPERATOR.private);
    const closed = await listening(createServer());
    const port = portOf(closed);
    closed.close();
    await once(closed, "close");
    await assert.rejects(forward("127.0.0.1", port), /open failure/i);
    const channel = await forward("127.0.0.1", portOf(echo));
    channel.destroy();
  });

  it("says what is wrong with a key it cannot read", () => {
    assert.throws(
      () => createBastionServer({ hostKey: HOST.private, authorizedKey: "no key", networks: ["127.0.0.0/8"] }),
      /authorized key cannot be read/,
    );
  });
});
