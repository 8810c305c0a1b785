/** What a node makes of what its peers say: whom it asks to succeed, and whose master it takes for gone. */
import assert from "node:assert/strict";
import { bestSuccessor, type Candidate, formerMasters } from "../../agent/daemon/successor.ts";
import type { RouterView } from "../../agent/peers/protocol/view.ts";

function router(changes: Partial<RouterView> = {}): RouterView {
  const sourceAddress = "10.25.0.12";
  const common = { name: "web", protocol: "vrrp", virtualRouterId: 10, sourceAddress, digest: "" } as const;
  return { ...common, role: "backup", preference: 100, ...changes };
}

function peer(node: string, changes: Partial<Candidate> = {}, own: Partial<RouterView> = {}): Candidate {
  return { node, state: "connected", protocolAlive: true, routers: [router(own)], ...changes };
}

describe("who is to be master after this node", () => {
  it("is the peer that is preferred most", () => {
    const peers = [peer("edge-2"), peer("edge-3", {}, { preference: 150 }), peer("edge-4", {}, { preference: 50 })];
    assert.equal(bestSuccessor(peers, "web"), "edge-3");
  });

  it("is nobody who is not connected, whose protocols hang, who is no backup, or who does not have it", () => {
    const unfit = [
      peer("lost", { state: "lost" }),
      peer("left", { state: "left" }),
      peer("ill", { protocolAlive: false }),
      peer("out", {}, { role: "initialize" }),
      peer("going", {}, { role: "resigning" }),
      peer("other", {}, { name: "inside" }),
    ];
    assert.equal(bestSuccessor(unfit, "web"), undefined);
    assert.equal(bestSuccessor([...unfit, peer("edge-2", {}, { preference: 1 })], "web"), "edge-2");
  });
});

describe("a master that takes part no longer", () => {
  const master = router({ role: "master" });

  it("is one whose link is gone, or that was held back at once", () => {
    const now = router({ role: "initialize" });
    assert.deepEqual(formerMasters([master], [now]), [now]);
  });

  it("is not one that yielded, resigns, resumes, or was none", () => {
    for (const role of ["backup", "master", "resigning", "resuming"] as const) {
      assert.deepEqual(formerMasters([master], [router({ role })]), [], role);
    }
    assert.deepEqual(formerMasters([router()], [router({ role: "initialize" })]), []);
    assert.deepEqual(formerMasters([], [router({ role: "initialize" })]), []);
    assert.deepEqual(formerMasters([master], [router({ name: "inside", role: "initialize" })]), []);
  });
});
