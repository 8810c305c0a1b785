/** One peer over several paths, played by hand: which of them are up, and when the peer is lost. */
import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import type { PeerLink } from "../../agent/peers/peerLink.ts";
import { type Ear, linkConfig, loopback, openLink, web } from "./link.ts";
import { closing, dial, helloOf, say, stateOf, stateSaid } from "./stranger.ts";

const CONFIG = linkConfig(2, [1], { networks: 2 });

describe("peer link, paths", () => {
  let link: PeerLink;
  let ear: Ear;
  const paths: PlayedPath[] = [];

  beforeEach(async () => {
    ({ link, ear } = openLink(2, CONFIG));
    await link.start();
  });
  afterEach(async () => {
    for (const path of paths.splice(0)) path.cut();
    await link.stop("test over");
  });

  /** edge-1's end of one path: it says hello, and its heart beats until it is hushed. */
  class PlayedPath {
    readonly socket: TLSSocket;
    readonly #timer: NodeJS.Timeout;

    constructor(socket: TLSSocket, introduction: readonly object[]) {
      this.socket = socket;
      socket.resume();
      say(socket, ...introduction);
      this.#timer = setInterval(() => {
        say(socket, { kind: "heartbeat", sentMicros: 0, echo: null });
      }, 50);
    }
    hush(): void {
      clearInterval(this.#timer);
    }
    /** As a kernel closes what a dead process had. */
    cut(): void {
      this.hush();
      this.socket.destroy();
    }
  }

  async function open(index: number, hello = {}, state = {}): Promise<PlayedPath> {
    const introduction = [helloOf("edge-1", { path: index, ...hello }), stateOf(1, state)];
    const path = new PlayedPath(await dial(loopback(2, Math.min(index, 1)), CONFIG.port), introduction);
    paths.push(path);
    const count = ear.all("log").length;
    await ear.next("log", (line) => ear.all("log").indexOf(line) >= count && line.message.endsWith("is up"));
    return path;
  }
  /** As `open`, whatever comes of it. */
  async function knock(index: number, hello = {}, state = {}): Promise<PlayedPath> {
    const introduction = [helloOf("edge-1", { path: index, ...hello }), stateOf(1, state)];
    const path = new PlayedPath(await dial(loopback(2, Math.min(index, 1)), CONFIG.port), introduction);
    paths.push(path);
    return path;
  }
  /** Until one of them is taken for the path: the others are closed again. */
  async function untilTaken(again: () => Promise<PlayedPath>): Promise<void> {
    const ups = (): number => ear.all("log").filter(({ message }) => message.endsWith("is up")).length;
    const before = ups();
    for (let isTaken = false; !isTaken; ) {
      const { socket } = await again();
      const taken = ear.next("log", () => ups() > before).then(() => true);
      taken.catch(() => undefined);
      isTaken = await Promise.race([taken, closing(socket).then(() => false)]);
    }
  }
  const down = (index: number): Promise<unknown> =>
    ear.next("log", ({ message }) => message.includes(`path ${loopback(1, index)} is down`));
  const up = (): boolean[] => link.peers()[0]?.paths.map((path) => path.up) ?? [];

  it("keeps a peer that lost one of two paths, and loses it with the second", async () => {
    const first = await open(0);
    const second = await open(1);
    assert.deepEqual(up(), [true, true]);
    first.cut();
    await down(0);
    assert.deepEqual(up(), [false, true]);
    assert.deepEqual(ear.all("lost"), []);
    second.cut();
    await ear.next("suspected");
    const { why, peer } = await ear.next("lost");
    assert.equal(why, "closed");
    assert.equal(peer.state, "lost");
    assert.deepEqual(peer.routers, [web(1, "backup")]);
    assert.equal(ear.all("back").length, 1);
  });

  it("keeps a peer that is silent on one path, and closes that one", async () => {
    const first = await open(0);
    await open(1);
    first.hush();
    await closing(first.socket);
    assert.deepEqual(up(), [false, true]);
    assert.deepEqual(ear.all("lost"), []);
  });

  it("loses a peer that is silent on all, in three of its heartbeats", async () => {
    const first = await open(0);
    const second = await open(1);
    for (const path of [first, second]) path.hush();
    const { why, peer } = await ear.next("lost");
    assert.equal(why, "silent");
    assert.ok((peer.lastHeardAgoMs ?? 0) >= 150, `${peer.lastHeardAgoMs}`);
  });

  it("waits for a peer that closed its last path in good order, and loses it if it stays away", async () => {
    const path = await open(0);
    say(path.socket, { kind: "close", reason: "silent" });
    path.hush();
    await down(0);
    assert.deepEqual(ear.all("lost"), []);
    assert.equal(link.peers()[0]?.state, "connected");
    assert.equal((await ear.next("lost")).why, "silent");
  });

  it("does not lose a peer that closed its last path in good order and comes back", async () => {
    const path = await open(0);
    say(path.socket, { kind: "close", reason: "silent" });
    await down(0);
    await open(0);
    await new Promise((done) => setTimeout(done, 400));
    assert.deepEqual(ear.all("lost"), []);
    assert.equal(ear.all("back").length, 1);
  });

  it("takes a second connection on a path for the path's new one once the first is quiet", async () => {
    const first = await open(0);
    await closing((await knock(0)).socket);
    assert.deepEqual(up(), [true, false]);
    first.hush();
    await untilTaken(() => knock(0));
    assert.deepEqual(up(), [true, false]);
    assert.deepEqual(ear.all("lost"), []);
  });

  it("keeps a process that still speaks against another one of its name", async () => {
    await open(0);
    await closing((await knock(1, { instance: "second" })).socket);
    assert.deepEqual(up(), [true, false]);
    assert.deepEqual(ear.all("lost"), []);
    assert.ok((link.refusals()["already-connected"] ?? 0) > 0);
  });

  it("suspects a peer whose connections are closed, and is wrong when the same process is back", async () => {
    const first = await open(0);
    first.cut();
    await ear.next("suspected");
    assert.equal(link.peers()[0]?.state, "connected");
    await open(0);
    assert.equal(link.peers()[0]?.disprovedClosings, 1);
    assert.deepEqual([ear.all("lost").length, ear.all("back").length], [0, 1]);
  });

  it("is lost at once when a master of it was asked and did not answer", async () => {
    const first = await open(0, {}, { routers: [web(1, "master")] });
    link.confirmLoss("web");
    assert.deepEqual(ear.all("lost"), [], "nobody suspects it");
    first.cut();
    await ear.next("suspected");
    link.confirmLoss("web");
    assert.equal(ear.all("lost")[0]?.why, "closed");
  });

  it("believes closed connections no longer that were wrong three times in a minute, and says so once", async () => {
    for (let count = 1; count <= 5; count++) {
      (await open(0)).cut();
      await ear.next("log", () => ear.all("log").filter(({ message }) => message.includes("is down")).length === count);
    }
    assert.equal(ear.all("suspected").length, 3);
    const warnings = ear.all("log").filter(({ message }) => message.includes("again and again though it lives"));
    assert.equal(warnings.length, 1);
  });

  it("takes another instance for another process: the first one is lost and the second is back", async () => {
    for (const path of [await open(0), await open(1)]) path.hush();
    await untilTaken(() => knock(0, { instance: "second" }, { routers: [web(1, "initialize")] }));
    assert.deepEqual(
      ear.heard.filter(({ kind }) => kind === "lost" || kind === "back").map(({ kind }) => kind),
      ["back", "lost", "back"],
    );
    assert.deepEqual(up(), [true, false]);
    assert.deepEqual(link.peers()[0]?.routers, [web(1, "initialize")]);
  });

  it("hears of an older state over the slower path and keeps the newer", async () => {
    const first = await open(0);
    const second = await open(1);
    say(first.socket, stateOf(1, { revision: 3, routers: [web(1, "master")] }));
    await ear.next("changed");
    say(second.socket, stateOf(1, { revision: 2, routers: [] }));
    say(second.socket, stateOf(1, { revision: 4, protocolAlive: false }), stateOf(1, { revision: 3 }));
    await ear.next("changed", ({ peer }) => !peer.protocolAlive);
    say(first.socket, stateOf(1, { revision: 5, protocolAlive: false, routers: [web(1, "master")] }));
    await ear.next("changed", ({ peer }) => peer.routers[0]?.role === "master" && !peer.protocolAlive);
    assert.deepEqual(
      ear.all("changed").map(({ peer: { protocolAlive, routers } }) => [protocolAlive, routers[0]?.role]),
      [
        [true, "master"],
        [false, "backup"],
        [false, "master"],
      ],
    );
  });

  it("tells a peer that introduces itself late what has changed since this side did", async () => {
    const socket = await dial(loopback(2), CONFIG.port);
    const introduction = stateSaid(socket, () => true);
    const news = stateSaid(socket, ({ routers }) => routers.length > 0);
    assert.deepEqual((await introduction).routers, []);
    link.publish([web(2, "backup")]);
    paths.push(new PlayedPath(socket, [helloOf("edge-1"), stateOf(1)]));
    assert.deepEqual((await news).routers, [web(2, "backup")]);
  });

  it("knows a path that its own configuration does not have", async () => {
    await open(3);
    assert.equal(link.peers()[0]?.paths.length, 3);
    assert.equal(link.peers()[0]?.paths[2]?.up, true);
  });

  it("closes a peer that says nonsense, and counts it", async () => {
    const path = await open(0);
    say(path.socket, { kind: "shout" });
    path.hush();
    await closing(path.socket);
    assert.equal((await ear.next("lost")).why, "silent");
  });
});
