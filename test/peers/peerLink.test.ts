/** Two and three peer links on the loopback: how they find each other, what they hear, and how they part. */
import assert from "node:assert/strict";
import type { PeerLink } from "../../agent/peers/peerLink.ts";
import {
  type Ear,
  HEARTBEAT_MICROS,
  KEY,
  type LinkConfig,
  linkConfig,
  loopback,
  OTHER_KEY,
  openLink,
  web,
} from "./link.ts";

/** A link's keys when this is the number of the one that it calls with: it knows the one before and the one after. */
function keysAt(number: number): Partial<LinkConfig> {
  const key = (of: number): string => (of === 1 ? KEY : String(of).repeat(64));
  const others = [number - 1, number + 1].filter((other) => other > 0);
  return {
    keyNumber: number,
    key: key(number),
    otherKeys: others.map((other) => ({ number: other, key: key(other) })),
  };
}

describe("peer link", () => {
  const links: PeerLink[] = [];

  async function start(node: number, config: LinkConfig, clock?: () => number): Promise<{ link: PeerLink; ear: Ear }> {
    const opened = openLink(node, config, clock);
    links.push(opened.link);
    await opened.link.start();
    return opened;
  }

  /** Two nodes that know each other. */
  async function pair(change: Parameters<typeof linkConfig>[2] = {}): Promise<readonly [PeerLink, Ear, PeerLink, Ear]> {
    const one = await start(1, linkConfig(1, [2], change));
    const two = await start(2, linkConfig(2, [1], change));
    await Promise.all([one.ear.next("back"), two.ear.next("back")]);
    return [one.link, one.ear, two.link, two.ear];
  }

  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.stop("test over")));
  });

  it("connects the two sides, whoever is there first, and each hears what the other is", async () => {
    const two = openLink(2, linkConfig(2, [1]));
    links.push(two.link);
    two.link.publish([web(2, "backup", 100)]);
    await two.link.start();
    const one = openLink(1, linkConfig(1, [2]));
    links.push(one.link);
    one.link.publish([web(1, "master", 200)]);
    await one.link.start();
    const { peer } = await two.ear.next("back");
    assert.equal(peer.node, "edge-1");
    assert.equal(peer.state, "connected");
    assert.deepEqual(peer.paths, [{ address: loopback(1), up: true }]);
    assert.deepEqual(peer.routers, [web(1, "master", 200)]);
    assert.equal(peer.configMatches, true);
    assert.equal(peer.detectionMs, 150);
    assert.deepEqual((await one.ear.next("back")).peer.routers, [web(2, "backup", 100)]);
  });

  it("measures round trips", async () => {
    const [one] = await pair();
    const deadline = Date.now() + 5_000;
    while (one.peers()[0]?.roundTripMs === null && Date.now() < deadline)
      await new Promise((done) => setTimeout(done, 10));
    const { roundTripMs = null, lastHeardAgoMs = null } = one.peers()[0] ?? {};
    assert.ok(roundTripMs !== null && roundTripMs >= 0 && roundTripMs < 1_000, `${roundTripMs}`);
    assert.ok(lastHeardAgoMs !== null && lastHeardAgoMs < 1_000);
  });

  it("tells a change of role at once, and what is no change not at all", async () => {
    const [one, , , twoEar] = await pair({ heartbeat: 10_000_000 });
    one.publish([web(1, "backup")]);
    one.publish([web(1, "master")]);
    one.publish([web(1, "master")]);
    const { peer } = await twoEar.next("changed");
    assert.deepEqual(peer.routers, [web(1, "master")]);
    one.setProtocolAlive(true);
    one.setProtocolAlive(false);
    await twoEar.next("changed", (event) => !event.peer.protocolAlive);
    assert.equal(twoEar.all("changed").length, 2);
  });

  it("reports a peer whose protocols' thread does not answer, and does not lose it", async () => {
    const [one, , two, twoEar] = await pair();
    one.setProtocolAlive(false);
    await twoEar.next("log", ({ level, message }) => level === "warn" && message.includes("thread of its protocols"));
    one.setProtocolAlive(true);
    await twoEar.next("log", ({ message }) => message.includes("answers again"));
    assert.equal(two.peers()[0]?.state, "connected");
    assert.equal(twoEar.all("lost").length, 0);
  });

  it("parts in good order: a goodbye is no loss, and who comes back is welcome", async () => {
    const [one, , two, twoEar] = await pair();
    await one.stop("shutdown");
    assert.equal((await twoEar.next("left")).reason, "shutdown");
    assert.equal(two.peers()[0]?.state, "left");
    twoEar.clear();
    await start(1, linkConfig(1, [2]));
    await twoEar.next("back");
    assert.deepEqual(twoEar.all("lost"), []);
  });

  it("offers a virtual router to the peer that is to be its next master, over every path and once", async () => {
    const [one, oneEar, , twoEar] = await pair({ networks: 2 });
    await oneEar.next("log", ({ message }) => message.includes(`path ${loopback(2, 1)} is up`));
    assert.equal(one.offer("edge-2", "web"), true);
    assert.equal((await twoEar.next("offered")).virtualRouter, "web");
    assert.equal((await oneEar.next("accepted")).virtualRouter, "web");
    assert.equal(one.offer("edge-2", "mail"), true);
    await oneEar.next("accepted", ({ virtualRouter }) => virtualRouter === "mail");
    assert.equal(twoEar.all("offered").length, 2);
    assert.equal(one.offer("edge-9", "web"), false);
  });

  it("offers nothing to a peer that is not there", async () => {
    const one = await start(1, linkConfig(1, [2]));
    assert.equal(one.link.offer("edge-2", "web"), false);
  });

  it("says at once which virtual routers a peer has configured otherwise, and leaves out what only one has", async () => {
    const [one, , two, twoEar] = await pair();
    const mail = { ...web(2, "backup"), name: "mail" };
    two.publish([web(2, "backup"), mail]);
    one.publish([web(1, "master", 200, "another")]);
    assert.deepEqual((await twoEar.next("changed")).peer.mismatched, ["web"]);
    assert.equal(two.peers()[0]?.configMatches, false);
    two.publish([web(2, "backup", 100, "another"), mail]);
    assert.deepEqual(two.peers()[0]?.mismatched, []);
    assert.equal(two.peers()[0]?.configMatches, true);
    assert.deepEqual(twoEar.all("mismatch"), []);
  });

  it("raises an alarm when they stay different, and names them", async () => {
    let aheadMicros = 0;
    const clock = (): number => Number(process.hrtime.bigint() / 1_000n) + aheadMicros;
    const one = await start(1, linkConfig(1, [2]));
    const two = await start(2, linkConfig(2, [1]), clock);
    two.link.publish([web(2, "backup")]);
    await two.ear.next("back");
    one.link.publish([web(1, "master", 200, "another")]);
    await two.ear.next("changed");
    aheadMicros = 11_000_000;
    const { what, peer } = await two.ear.next("mismatch");
    assert.deepEqual([what, peer.mismatched], ["config", ["web"]]);
    await two.ear.next("log", ({ message }) => message.includes("another configuration of web: roll the same"));
    assert.deepEqual(two.ear.all("lost"), []);
  });

  it("goes by the heartbeat that the peer announces, so that configurations may differ", async () => {
    const one = await start(1, linkConfig(1, [2], { heartbeat: 100_000 }));
    const two = await start(2, linkConfig(2, [1], { heartbeat: HEARTBEAT_MICROS, missed: 4 }));
    await Promise.all([one.ear.next("back"), two.ear.next("back")]);
    assert.equal(two.link.peers()[0]?.detectionMs, 400);
    assert.equal(one.link.peers()[0]?.detectionMs, 150);
  });

  it("makes a mesh of three", async () => {
    const group = await Promise.all(
      [1, 2, 3].map((own) =>
        start(
          own,
          linkConfig(
            own,
            [1, 2, 3].filter((node) => node !== own),
          ),
        ),
      ),
    );
    for (const { ear } of group) await ear.next("back", () => ear.all("back").length === 2);
  });

  describe("reconfigured", () => {
    it("keeps the connections that it does not concern", async () => {
      const [one, oneEar, , twoEar] = await pair();
      await one.reconfigure(linkConfig(1, [2, 3], { heartbeat: 20_000 }));
      await start(3, linkConfig(3, [1]));
      await oneEar.next("back", ({ peer }) => peer.node === "edge-3");
      assert.deepEqual(twoEar.all("left"), []);
      assert.equal(one.peers().length, 2);
    });

    it("says goodbye to a peer that is none any more", async () => {
      const [one, , , twoEar] = await pair();
      await one.reconfigure(linkConfig(1, [3]));
      assert.equal((await twoEar.next("left")).reason, "removed");
      assert.deepEqual(
        one.peers().map(({ node }) => node),
        ["edge-3"],
      );
    });

    it("changes its key with the group, and nobody counts as lost", async () => {
      const [one, oneEar, two, twoEar] = await pair();
      oneEar.clear();
      twoEar.clear();
      await one.reconfigure(linkConfig(1, [2], { key: OTHER_KEY }));
      await twoEar.next("left");
      await oneEar.next("log", ({ fields }) => fields["reason"] === "wrong-key");
      await two.reconfigure(linkConfig(2, [1], { key: OTHER_KEY }));
      await Promise.all([oneEar.next("back"), twoEar.next("back")]);
      assert.deepEqual([...oneEar.all("lost"), ...twoEar.all("lost")], []);
    });

    for (const [first, who] of [
      [1, "dials"],
      [2, "is called"],
    ] as const) {
      it(`raises its key's number on one node and then on the other, and no key is refused: first the one that ${who}`, async () => {
        const [one, oneEar, two, twoEar] = await pair();
        const nodes = { 1: { link: one, ear: oneEar, other: 2 }, 2: { link: two, ear: twoEar, other: 1 } } as const;
        for (const number of [1, 2, 3]) {
          for (const node of [first, first === 1 ? 2 : 1] as const) {
            oneEar.clear();
            twoEar.clear();
            const { link, other } = nodes[node];
            await link.reconfigure(linkConfig(node, [other], keysAt(number)));
            await Promise.all([oneEar.next("back"), twoEar.next("back")]);
            assert.deepEqual([...oneEar.all("lost"), ...twoEar.all("lost")], [], `key ${number} on node ${node}`);
          }
        }
        const reasons = [one, two].flatMap((link) => Object.keys(link.refusals()));
        assert.ok(!reasons.includes("wrong-key") && !reasons.includes("unknown-node"), reasons.join());
      });
    }
  });
});
