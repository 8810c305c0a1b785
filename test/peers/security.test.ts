/** Who is let in to a peer link, and what happens to everybody else. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { dialingKey } from "../../agent/peers/connections/handshake.ts";
import type { PeerLink } from "../../agent/peers/peerLink.ts";
import { encodeFrame } from "../../agent/peers/protocol/framing.ts";
import { type Ear, KEY, linkConfig, loopback, OTHER_KEY, openLink } from "./link.ts";
import { closing, dial, dialBare, helloOf, say, stateOf } from "./stranger.ts";

const ADDRESS = loopback(2);
const { port: PORT, ...CONFIG } = linkConfig(2, [1, 3]);
const HEARTBEAT = { kind: "heartbeat", sentMicros: 1, echo: null };

describe("peer link, strangers", () => {
  let link: PeerLink;
  let ear: Ear;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    ({ link, ear } = openLink(2, { ...CONFIG, port: PORT }));
    await link.start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await link.stop("test over");
  });

  async function enter(options?: Parameters<typeof dial>[2]): ReturnType<typeof dial> {
    const socket = await dial(ADDRESS, PORT, options);
    sockets.push(socket);
    return socket;
  }
  async function enterBare(): Promise<Socket> {
    const socket = await dialBare(ADDRESS, PORT);
    sockets.push(socket);
    return socket;
  }
  /** It proves that it has the key, and is hung up on, which it may see before it knows that it was believed. */
  async function turnedAway(options: Parameters<typeof dial>[2]): Promise<void> {
    await enter(options).then(closing, () => undefined);
  }
  /** Waits for the reason in the log, where it must not say the key, and looks it up among the counts. */
  async function refused(reason: string): Promise<void> {
    const line = await ear.next("log", ({ fields }) => fields["reason"] === reason);
    assert.equal(line.level, "warn");
    assert.ok(!JSON.stringify(ear.heard).includes(KEY));
    assert.ok((link.refusals()[reason] ?? 0) > 0);
  }

  it("lets a peer in that has the key, by TLS with forward secrecy", async () => {
    const socket = await enter();
    assert.equal(socket.getProtocol(), "TLSv1.2");
    assert.equal(socket.getCipher().name, "ECDHE-PSK-CHACHA20-POLY1305");
    say(socket, helloOf("edge-1"), stateOf(1), HEARTBEAT);
    assert.equal((await ear.next("back")).peer.node, "edge-1");
  });

  it("refuses another key", async () => {
    await assert.rejects(enter({ key: OTHER_KEY }));
    await refused("wrong-key");
  });

  it("refuses the group's key used raw", async () => {
    const pskCallback = (): { psk: Buffer; identity: string } => ({ psk: Buffer.from(KEY, "hex"), identity: "edge-1" });
    await assert.rejects(enter({ pskCallback }));
    await refused("wrong-key");
  });

  it("refuses the key of one node with the name of another", async () => {
    const pskCallback = (): { psk: Buffer; identity: string } => ({ psk: Buffer.alloc(32), identity: "edge-1" });
    await assert.rejects(enter({ pskCallback }));
    await refused("wrong-key");
  });

  it("lets a peer in by the name of any key that is accepted, and by no other", async () => {
    await link.reconfigure({ ...CONFIG, port: PORT, otherKeys: [{ number: 2, key: OTHER_KEY }] });
    const callWith = (identity: string, key: string) =>
      enter({ pskCallback: () => ({ psk: dialingKey(key, "edge-1"), identity }) });
    assert.equal((await callWith("edge-1#2", OTHER_KEY)).getProtocol(), "TLSv1.2");
    assert.equal((await callWith("edge-1", KEY)).getProtocol(), "TLSv1.2");
    await assert.rejects(callWith("edge-1#2", KEY));
    await refused("wrong-key");
    await assert.rejects(callWith("edge-1#3", OTHER_KEY));
    await assert.rejects(callWith("edge-1#1", KEY));
    await refused("unknown-node");
  });

  for (const [node, who] of [
    ["edge-9", "that is no peer"],
    ["edge-2", "that is its own"],
    ["edge-3", "of a peer that is not the one to dial"],
  ] as const) {
    it(`refuses a name ${who}`, async () => {
      await assert.rejects(enter({ node, localAddress: loopback(1) }));
      await refused("unknown-node");
    });
  }

  it("hangs up on strangers before TLS, of whom half-open ones in any number keep no peer out", async () => {
    for (let number = 100; number < 220; number++) {
      const stranger = await dialBare(ADDRESS, PORT, loopback(number));
      sockets.push(stranger);
      await closing(stranger);
    }
    await refused("unknown-address");
    assert.equal(ear.all("log").filter(({ fields }) => fields["reason"] === "unknown-address").length, 1);
    say(await enter(), helloOf("edge-1"), stateOf(1));
    await ear.next("back");
  });

  it("lets a peer in while somebody at its address makes handshakes that lead nowhere, and ends the oldest of them", async () => {
    const stuck = await Promise.all(Array.from({ length: 8 }, enterBare));
    say(await enter(), helloOf("edge-1"), stateOf(1));
    await ear.next("back");
    await closing(stuck[0] ?? assert.fail());
    await refused("too-many");
  });

  it("takes a node from its own addresses alone, whoever has the key", async () => {
    await link.reconfigure(linkConfig(2, [0, 1, 3]));
    await turnedAway({ node: "edge-0", localAddress: loopback(1) });
    await refused("wrong-address");
    assert.deepEqual(ear.all("back"), []);
  });

  it("keeps so many that have not introduced themselves, and refuses more of the same peer", async () => {
    for (let count = 0; count < 8; count++) await enter();
    await turnedAway({});
    await refused("too-many");
  });

  it("ends an introduction that is too long", async () => {
    const socket = await enter();
    say(socket, helloOf("edge-1", { node: "edge-1" }));
    for (let count = 0; count < 5; count++) socket.write(Buffer.alloc(60_000, "[".charCodeAt(0)));
    await closing(socket);
    await refused("bad-message");
  });

  it("hangs up on a peer that says more than any group has to", async () => {
    const socket = await enter();
    say(socket, helloOf("edge-1"), stateOf(1));
    await ear.next("back");
    const offers = Array.from({ length: 30_000 }, (_, number) => ({ kind: "offer", number, virtualRouter: "web" }));
    socket.write(Buffer.concat(offers.map((offer) => encodeFrame(JSON.stringify(offer)))));
    await closing(socket);
    assert.ok(ear.all("offered").length < offers.length / 2, `${ear.all("offered").length} offers`);
    await ear.next("log", ({ message }) => message.includes("is down: too-many"));
  });

  it("refuses every other cipher and version of TLS", async () => {
    await assert.rejects(enter({ ciphers: "PSK-AES128-GCM-SHA256" }));
    await assert.rejects(enter({ ciphers: "TLS_AES_128_GCM_SHA256", minVersion: "TLSv1.3", maxVersion: "TLSv1.3" }));
    await refused("failed");
  });

  it("closes on what is no TLS", async () => {
    const socket = await enterBare();
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await closing(socket);
    await refused("failed");
  });

  it("closes a handshake that gets stuck, and lets others in meanwhile", async () => {
    const socket = await enterBare();
    say(await enter(), helloOf("edge-1"), stateOf(1));
    await ear.next("back");
    await closing(socket);
    await refused("timeout");
  });

  it("does not count who is in against the handshakes", async () => {
    for (let count = 0; count < 20; count += 1) {
      const socket = await enter();
      say(socket, helloOf("edge-1"), stateOf(1));
      socket.destroy();
    }
  });

  it("closes on a peer that does not introduce itself", async () => {
    const socket = await enter();
    say(socket, helloOf("edge-1"));
    await closing(socket);
    await refused("timeout");
    assert.equal(link.peers()[0]?.state, "unheard");
  });

  it("closes on a peer that says another name than it proved", async () => {
    const socket = await enter();
    say(socket, helloOf("edge-3"), stateOf(3));
    await closing(socket);
    await refused("wrong-node");
  });

  it("closes on another version of the peer link, and raises an alarm, once", async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const socket = await enter();
      say(socket, helloOf("edge-1", { version: 2 }), { kind: "whatever version 2 says" });
      await closing(socket);
    }
    await refused("version-mismatch");
    assert.deepEqual(
      ear.all("mismatch").map(({ what }) => what),
      ["version"],
    );
  });

  for (const [what, messages] of [
    ["who speaks before the introduction", [HEARTBEAT]],
    ["a state before the hello", [stateOf(1)]],
    ["a second hello", [helloOf("edge-1"), helloOf("edge-1")]],
    ["no message", [{ kind: "shout" }]],
  ] as const) {
    it(`closes on ${what}`, async () => {
      const socket = await enter();
      say(socket, ...messages);
      await closing(socket);
      await refused("bad-message");
      assert.equal(ear.all("back").length, 0);
    });
  }

  it("closes on a length that nobody would send, without waiting for as much", async () => {
    const socket = await enter();
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]));
    await closing(socket);
    await refused("bad-message");
  });

  it("outlives connections that are reset at any time", async () => {
    for (const delayMs of [0, 0, 1, 2, 3, 5, 8]) {
      const bare = await enterBare();
      bare.write(Buffer.from([22, 3, 1]));
      const secure = await enter();
      say(secure, helloOf("edge-1"), stateOf(1));
      await new Promise((done) => setTimeout(done, delayMs));
      bare.resetAndDestroy();
      // What it did not read makes this a reset, too.
      secure.destroy();
    }
    say(await enter(), helloOf("edge-1", { instance: "alive" }), stateOf(1));
    await ear.next("back", () => link.peers()[0]?.state === "connected");
  });

  it("listens on the configured addresses only", async () => {
    await assert.rejects(dialBare(loopback(9), PORT), { code: "ECONNREFUSED" });
  });

  it("goes on without an address that is in use, and takes it when it is free", async () => {
    const second = openLink(2, { ...CONFIG, port: PORT });
    try {
      await second.link.start();
      await second.ear.next("log", ({ fields }) => fields["reason"] === "address-in-use");
      await link.stop("makes room");
      const socket = await (async () => {
        for (const deadline = Date.now() + 5_000; Date.now() < deadline; ) {
          const entered = await dial(ADDRESS, PORT).catch(() => undefined);
          if (entered !== undefined) return entered;
          await new Promise((done) => setTimeout(done, 20));
        }
        throw new Error("never listened");
      })();
      sockets.push(socket);
    } finally {
      await second.link.stop("test over");
    }
  });
});
