/** Which handovers a node begins, and why it refuses others. */
import assert from "node:assert/strict";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import { planHandover } from "../../agent/operator/handover.ts";
import { agentStatus, peerView, routerStatus } from "../support/statuses.ts";

const API = routerStatus({ name: "api", role: "backup", masterAddress: "10.25.0.12" });
const STATUS = agentStatus({
  virtualRouters: [routerStatus(), API],
  peerLink: { peers: [peerView()], refusals: {}, secondMasters: [] },
});

function problems(order: Parameters<typeof planHandover>[0], changes: Partial<AgentStatus> = {}): readonly string[] {
  const plan = planHandover(order, { ...STATUS, ...changes });
  return "problems" in plan ? plan.problems : [];
}

function withPeer(changes: Parameters<typeof peerView>[0]): Partial<AgentStatus> {
  return { peerLink: { peers: [peerView(changes)], refusals: {}, secondMasters: [] } };
}

describe("handover", () => {
  it("is of one virtual router, or of all this node is master of; to somebody, or to the best", () => {
    assert.deepEqual(planHandover({ virtualRouter: "web" }, STATUS), { handedOver: ["web"], to: null });
    assert.deepEqual(planHandover({}, STATUS), { handedOver: ["web"], to: null });
    assert.deepEqual(planHandover({ to: "edge-2" }, STATUS), { handedOver: ["web"], to: "edge-2" });
  });

  it("needs no peer link when nobody is named", () => {
    assert.deepEqual(problems({}, { peerLink: null }), []);
  });

  it("is refused where there is nothing to hand over", () => {
    assert.deepEqual(problems({ virtualRouter: "mail" }), [
      '"mail" is no virtual router of edge-1: write one of web, api',
    ]);
    assert.deepEqual(problems({ virtualRouter: "api" }), [
      "edge-1 is not master of api but in the role backup: hand over on its master, 10.25.0.12",
    ]);
    assert.deepEqual(problems({}, { virtualRouters: [API] }), [
      "edge-1 is master of nothing: there is nothing to hand over",
    ]);
  });

  it("is refused where who is named cannot succeed", () => {
    const [view] = peerView().routers;
    assert.ok(view);
    const cases: readonly (readonly [string, Partial<AgentStatus>, string])[] = [
      ["edge-1", {}, "edge-1 is this node: name another one"],
      ["edge-3", {}, '"edge-3" is no peer of edge-1: write one of edge-2'],
      [
        "edge-2",
        { peerLink: null },
        "without a peer link nobody can be told to succeed: configure one, or leave --to out and let priorities decide",
      ],
      ["edge-2", withPeer({ state: "lost" }), "edge-2 cannot be told: its peer link is lost"],
      ["edge-2", withPeer({ protocolAlive: false }), "the protocols of edge-2 hang: it cannot succeed"],
      ["edge-2", withPeer({ routers: [] }), 'edge-2 has no virtual router "web"'],
      [
        "edge-2",
        withPeer({ routers: [{ ...view, role: "initialize" }] }),
        "edge-2 is not ready to be master of web: its role is initialize, not backup",
      ],
    ];
    for (const [to, changes, problem] of cases)
      assert.deepEqual(problems({ virtualRouter: "web", to }, changes), [problem]);
  });
});
