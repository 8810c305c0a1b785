/** The scenario of a running agent: itself and what it knows of the others. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import { withoutSecrets } from "../../agent/config/withoutSecrets.ts";
import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import { preferenceOf } from "../../agent/participant/participant.ts";
import { liveScenario } from "../../agent/simulation/liveScenario.ts";
import { claimOfPreference } from "../../agent/simulation/preference.ts";
import { type Simulation, simulate, type WhatIf } from "../../agent/simulation/simulate.ts";
import { carp, nodeWith } from "../support/documents.ts";
import { agentStatus, claim, peerView, routerStatus } from "../support/statuses.ts";
import { linked, NOTHING, pair, story } from "./groups.ts";

function live(config: AgentConfig, status: Partial<AgentStatus>, whatIf: Partial<WhatIf> = {}): Simulation {
  // As over the socket.
  const basis = JSON.parse(
    JSON.stringify({ config: withoutSecrets(config), status: agentStatus(status) }),
  ) as Parameters<typeof liveScenario>[0];
  const simulation = simulate(liveScenario(basis), { ...NOTHING, ...whatIf });
  assert.ok(!("problems" in simulation), story(simulation).join());
  return simulation;
}

const [edge1] = pair(undefined, linked);
assert.ok(edge1);
const WITH_PEER: Partial<AgentStatus> = { peerLink: { peers: [peerView()], refusals: {}, secondMasters: [] } };
const BACKUP = routerStatus({ role: "backup", masterAddress: "10.25.0.12" });

describe("the scenario of a running agent", () => {
  it("has the peers of the peer link with what they prefer, and the peer link itself", () => {
    const { initial, courses, notes } = live(edge1, WITH_PEER, { lose: ["edge-1"] });
    assert.deepEqual(initial, { web: { "edge-1": "master", "edge-2": "backup" } });
    assert.deepEqual(courses[0]?.after, ["edge-2"]);
    assert.ok((courses[0].sinceMicros ?? Infinity) < 400_000);
    assert.deepEqual(notes, ["the checks of edge-2 are not known here, only what they come to now"]);
  });

  it("begins as things are: who is master though another is better was handed the role, and keeps it", () => {
    const status = { ...WITH_PEER, virtualRouters: [BACKUP] };
    const simulation = live(edge1, status);
    assert.deepEqual(simulation.initial, { web: { "edge-1": "backup", "edge-2": "master" } });
    assert.deepEqual(story(simulation), []);
    assert.deepEqual(live(edge1, status, { lose: ["edge-2"] }).courses[0]?.after, ["edge-1"]);
  });

  it("begins with the checks that fail already, and with what the operator said", () => {
    const check = { kind: "ping", verdict: "failed", since: "", reason: "", results: 1, changes: 1 } as const;
    const status = {
      ...WITH_PEER,
      checks: [{ name: "uplink", ...check }],
      virtualRouters: [{ ...BACKUP, claim: { ...claim({ protocol: "vrrp", priority: 200 }), demotion: 150 } }],
    };
    assert.deepEqual(live(edge1, status).initial, { web: { "edge-1": "backup", "edge-2": "master" } });
    const held = { ...routerStatus({ role: "initialize", masterAddress: "10.25.0.12" }) };
    const drained = { ...held, claim: { ...held.claim, held: "drained" as const } };
    const alone = live(edge1, { ...WITH_PEER, virtualRouters: [drained] }, { lose: ["edge-2"] });
    assert.deepEqual(alone.initial, { web: { "edge-1": "initialize", "edge-2": "master" } });
    assert.deepEqual(alone.courses[0]?.after, []);
  });

  it("knows a peer that takes no part, and one that is lost", () => {
    const [view] = peerView().routers;
    assert.ok(view);
    const idle = peerView({ routers: [{ ...view, role: "initialize" }] });
    assert.deepEqual(
      live(edge1, { peerLink: { peers: [idle], refusals: {}, secondMasters: [] } }, { lose: ["edge-1"] }).courses[0]
        ?.after,
      [],
    );
    const gone = live(edge1, { peerLink: { peers: [peerView({ state: "lost" })], refusals: {}, secondMasters: [] } });
    assert.deepEqual(gone.nodes, ["edge-1"]);
    assert.deepEqual(gone.notes, ["web: nothing is known of 10.25.0.12, which the simulation is without"]);
  });

  it("has a master that is heard without a peer link, under its address", () => {
    const heard = {
      address: "10.25.0.12",
      lastHeardAgoMs: 300,
      priority: 250,
      claim: { protocol: "vrrp", priority: 250 },
    } as const;
    const [alone] = pair();
    assert.ok(alone);
    const { initial, nodes } = live(alone, { virtualRouters: [{ ...BACKUP, peers: [heard] }] });
    assert.deepEqual(nodes, ["edge-1", "10.25.0.12"]);
    assert.deepEqual(initial, { web: { "edge-1": "backup", "10.25.0.12": "master" } });
  });

  it("speaks CARP without the password", () => {
    const config = nodeWith(1, linked(1), carp(1, { advertisementSkew: 10 }));
    const own = { protocol: "carp", advertisementBase: 1, advertisementSkew: 10, demotion: 0 } as const;
    const preference = preferenceOf({ ...own, advertisementSkew: 100 });
    const [view] = peerView().routers;
    assert.ok(view);
    const peers = [peerView({ routers: [{ ...view, protocol: "carp", preference }] })];
    const virtualRouters = [routerStatus({ protocol: "carp", claim: claim(own) })];
    const { courses } = live(
      config,
      { virtualRouters, peerLink: { peers, refusals: {}, secondMasters: [] } },
      { drain: ["edge-1"] },
    );
    assert.deepEqual([courses[0]?.before, courses[0]?.after], [["edge-1"], ["edge-2"]]);
  });

  it("reads a preference as it was written, in both protocols", () => {
    const octet = fc.nat(254);
    const carpClaim = fc.record({
      protocol: fc.constant("carp" as const),
      advertisementBase: octet,
      advertisementSkew: octet,
      demotion: fc.nat(255),
    });
    const vrrpClaim = fc.record({ protocol: fc.constant("vrrp" as const), priority: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(fc.oneof(carpClaim, vrrpClaim), (one) => {
        assert.deepEqual(claimOfPreference(one.protocol, preferenceOf(one)), { ...one });
      }),
    );
  });
});
