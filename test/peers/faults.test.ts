/** A peer that is a process of its own: killed, frozen for good, frozen and woken. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import type { PeerLink } from "../../agent/peers/peerLink.ts";
import { type Ear, linkConfig, openLink, web } from "./link.ts";
import { startLink } from "./startLink.ts";

describe("peer link, faults", () => {
  let link: PeerLink;
  let ear: Ear;
  let peer: ChildProcess;
  let peerEar: Ear;

  async function startPeer(): Promise<void> {
    ({ process: peer, ear: peerEar } = startLink({ node: 1, config: linkConfig(1, [2], { networks: 2 }) }));
    await Promise.all([ear.next("back"), peerEar.next("back")]);
    await Promise.all([bothPathsUp(ear), bothPathsUp(peerEar)]);
  }
  const bothPathsUp = (at: Ear): Promise<unknown> =>
    at.next("log", () => at.all("log").filter(({ message }) => message.endsWith("is up")).length >= 2);

  beforeEach(async () => {
    ({ link, ear } = openLink(2, linkConfig(2, [1], { networks: 2 })));
    await link.start();
    await startPeer();
  });
  afterEach(async () => {
    peer.kill("SIGKILL");
    await link.stop("test over");
  });

  it("suspects a killed process by its kernel's word, before its silence is a loss, and loses it when it stays away", async () => {
    peer.kill("SIGKILL");
    const { peer: view } = await ear.next("suspected");
    assert.deepEqual([view.state, ear.all("lost").length], ["connected", 0]);
    assert.equal((await ear.next("lost")).why, "closed");
    assert.deepEqual([ear.all("suspected").length, ear.all("lost").length], [1, 1]);
  });

  it("loses it at once when its masters do not answer either", async () => {
    link.publish([web(2, "backup")]);
    peer.kill("SIGKILL");
    await ear.next("suspected");
    link.confirmLoss("mail");
    assert.deepEqual(ear.all("lost"), []);
    link.confirmLoss("web");
    assert.deepEqual(ear.all("lost"), [], "it was master of nothing");
  });

  it("is back with the process that comes after the killed one", async () => {
    peer.kill("SIGKILL");
    await ear.next("lost");
    ear.clear();
    await startPeer();
    assert.deepEqual(ear.all("lost"), []);
  });

  it("hears of a frozen process by its silence, and welcomes it when it wakes; that one never lost anybody", async () => {
    peer.kill("SIGSTOP");
    const { why } = await ear.next("lost");
    assert.equal(why, "silent");
    ear.clear();
    peer.kill("SIGCONT");
    await ear.next("back");
    await bothPathsUp(ear);
    assert.deepEqual(peerEar.all("lost"), []);
  });

  it("hears the goodbye of a process that ends in good order", async () => {
    peer.send("shutdown");
    assert.equal((await ear.next("left")).reason, "shutdown");
    assert.deepEqual(ear.all("lost"), []);
  });
});
