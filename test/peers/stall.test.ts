/** What a process that was stalled for long makes of its peers: they gave it up, and that is no news of them. */
import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import type { PeerLink } from "../../agent/peers/peerLink.ts";
import { ReconnectGrace } from "../../agent/peers/reconnectGrace.ts";
import { type Ear, linkConfig, loopback, openLink } from "./link.ts";
import { dial, helloOf, say, stateOf } from "./stranger.ts";

const SECOND = 1_000_000;
const CONFIG = linkConfig(2, [1]);

describe("peer link of a process that was stalled", () => {
  let link: PeerLink;
  let ear: Ear;
  let aheadMicros: number;
  let sockets: TLSSocket[];
  const clock = (): number => Number(process.hrtime.bigint() / 1_000n) + aheadMicros;

  beforeEach(async () => {
    aheadMicros = 0;
    sockets = [];
    ({ link, ear } = openLink(2, CONFIG, clock));
    await link.start();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await link.stop("test over");
  });

  /** edge-1 as it speaks once, and reads what it is told. */
  async function open(): Promise<TLSSocket> {
    const socket = await dial(loopback(2), CONFIG.port);
    sockets.push(socket);
    socket.resume();
    say(socket, helloOf("edge-1"), stateOf(1));
    await ear.next("back");
    return socket;
  }

  /** The link's next heartbeat is so late that its peers gave it up. */
  async function stall(): Promise<void> {
    aheadMicros += 5 * SECOND;
    await new Promise((done) => setTimeout(done, 100));
  }

  it("loses nobody for connections that broke, and welcomes who connects again", async () => {
    const first = await open();
    await stall();
    first.destroy();
    await ear.next("log", ({ message }) => message.includes("closed without a word"));
    assert.equal(link.peers()[0]?.state, "connected");
    await open();
    assert.deepEqual(ear.all("lost"), []);
  });

  it("loses nobody for connections that are silent", async () => {
    await open();
    await stall();
    await ear.next("log", ({ message }) => message.includes("is down: silent"));
    assert.equal(link.peers()[0]?.state, "connected");
    assert.deepEqual(ear.all("lost"), []);
  });

  it("loses who stays away", async () => {
    const first = await open();
    await stall();
    first.destroy();
    await ear.next("log", ({ message }) => message.includes("closed without a word"));
    // Not at once, which would be another stall.
    for (let waited = 0; waited < 45; waited++) {
      aheadMicros += SECOND / 10;
      await new Promise((done) => setTimeout(done, 20));
    }
    // The rest goes by as it does.
    const { why } = await ear.next("lost", () => true, 15_000);
    assert.equal(why, "silent");
  });

  it("believes a kernel again once the peer answered", async () => {
    const first = await open();
    const speak = (echo: object | null): void => {
      say(first, { kind: "heartbeat", sentMicros: 1, echo });
    };
    const beating = setInterval(speak, 20, null);
    await stall();
    speak({ sentMicros: clock(), heldMicros: 0 });
    while (link.peers()[0]?.roundTripMs === null) await new Promise((done) => setTimeout(done, 5));
    clearInterval(beating);
    first.destroy();
    assert.equal((await ear.next("lost")).why, "closed");
  });
});

describe("absence of a peer", () => {
  it("ends when it was to, and not because this process slept meanwhile", () => {
    const absence = new ReconnectGrace();
    absence.begin("closed", SECOND);
    assert.equal(absence.untilMicros, SECOND);
    absence.excuse(SECOND / 10, SECOND / 2, SECOND);
    assert.equal(absence.untilMicros, 1.1 * SECOND);
    assert.ok(!absence.isExcused(SECOND));
    absence.end();
    assert.equal(absence.untilMicros, Infinity);
  });

  it("is longer after a stall that the peers did not put up with, until one of them answered", () => {
    const absence = new ReconnectGrace();
    absence.excuse(SECOND, SECOND / 2, 10 * SECOND);
    assert.ok(absence.isExcused(14 * SECOND - 1));
    assert.ok(!absence.isExcused(14 * SECOND));
    absence.begin("closed", 10.1 * SECOND);
    assert.equal(absence.untilMicros, 14 * SECOND);
    absence.answered(10 * SECOND - 1);
    assert.ok(absence.isExcused(11 * SECOND));
    absence.answered(10 * SECOND);
    assert.ok(!absence.isExcused(11 * SECOND));
  });
});
