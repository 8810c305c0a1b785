/** Who is master, as a node knows it that hears the protocol, or the peer link alone. */
import assert from "node:assert/strict";
import { masterOf, masterWords } from "../../agent/cli/text/masterText.ts";
import type { PeerLinkStatus } from "../../agent/operator/agentStatus.ts";
import { peerView } from "../support/statuses.ts";

type PeerView = PeerLinkStatus["peers"][number];
type RouterView = PeerView["routers"][number];

function linkWith(role: RouterView["role"], state: PeerView["state"] = "connected"): PeerLinkStatus {
  const { routers } = peerView();
  const peer = peerView({ state, routers: routers.map((router) => ({ ...router, role })) });
  return { peers: [peer], refusals: {}, secondMasters: [] };
}

const DRAINED = { name: "web", masterAddress: null };

describe("the master, in words", () => {
  it("is who the protocol hears, by its name where the peer link knows one", () => {
    const heard = { name: "web", masterAddress: "10.25.0.12" };
    assert.equal(masterWords(masterOf(heard, null)), "10.25.0.12");
    assert.equal(masterWords(masterOf(heard, linkWith("master"))), "edge-2 (10.25.0.12)");
  });

  it("is known after a drain, too, when a node hears nobody, from the peer link", () => {
    assert.equal(masterWords(masterOf(DRAINED, linkWith("master"))), "edge-2 (10.25.0.12)");
  });

  it("is nobody where no peer says that it is, or the one that did is lost", () => {
    assert.equal(masterWords(masterOf(DRAINED, linkWith("backup"))), undefined);
    assert.equal(masterWords(masterOf(DRAINED, linkWith("master", "lost"))), undefined);
    assert.equal(masterWords(masterOf(DRAINED, null)), undefined);
  });
});
