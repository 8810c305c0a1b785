/** What if: the shipped nodes on a virtual clock. */
import assert from "node:assert/strict";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import type { Course } from "../../agent/simulation/course.ts";
import { scenarioOfConfigs } from "../../agent/simulation/scenario.ts";
import { type Simulation, simulate, type WhatIf } from "../../agent/simulation/simulate.ts";
import { carp, nodeOf, nodeWith, vrrp, vrrp6 } from "../support/documents.ts";
import { linked, NOTHING, pair, SECOND, story } from "./groups.ts";

function simulated(configs: readonly AgentConfig[], whatIf: Partial<WhatIf>): Simulation {
  const simulation = simulate(scenarioOfConfigs(configs), { ...NOTHING, ...whatIf });
  assert.ok(!("problems" in simulation));
  return simulation;
}

function courseOf(configs: readonly AgentConfig[], whatIf: Partial<WhatIf>): Course {
  const [course] = simulated(configs, whatIf).courses;
  assert.ok(course);
  return course;
}

describe("simulation", () => {
  it("begins with a settled group, in which nothing happens by itself", () => {
    const simulation = simulated(pair(), {});
    assert.deepEqual(simulation.initial, { web: { "edge-1": "master", "edge-2": "backup" } });
    assert.deepEqual(story(simulation), []);
    assert.deepEqual(simulation.courses, [
      { virtualRouter: "web", before: ["edge-1"], after: ["edge-1"], sinceMicros: undefined, unheldMicros: 0 },
    ]);
  });

  it("tells how long a lost master is missed at the longest: three intervals and a skew", () => {
    const { before, after, sinceMicros = 0, unheldMicros } = courseOf(pair(), { lose: ["edge-1"] });
    assert.deepEqual([before, after], [["edge-1"], ["edge-2"]]);
    const skew = ((256 - 100) / 256) * SECOND;
    assert.ok(Math.abs(sinceMicros - 3 * SECOND - skew) < 1_000, String(sinceMicros));
    assert.equal(unheldMicros, sinceMicros);
  });

  it("knows of the peer link: three heartbeats, a question and a short skew", () => {
    const { after, sinceMicros = 0 } = courseOf(pair(undefined, linked), { lose: ["edge-1"] });
    assert.deepEqual(after, ["edge-2"]);
    assert.ok(sinceMicros > 315_000 && sinceMicros < 335_000, String(sinceMicros));
  });

  it("drains without a pause, at once with a peer link and after a skew without", () => {
    const told = courseOf(pair(undefined, linked), { drain: ["edge-1"] });
    assert.deepEqual([told.after, told.unheldMicros], [["edge-2"], 0]);
    assert.ok((told.sinceMicros ?? Infinity) < 5_000);
    const untold = courseOf(pair(), { drain: ["edge-1"] });
    assert.deepEqual([untold.after, untold.unheldMicros], [["edge-2"], 0]);
    assert.ok((untold.sinceMicros ?? 0) > 600_000);
  });

  it("lets checks fail, on one node or on all", () => {
    const one = simulated(pair(), { fail: [{ node: "edge-1", check: "uplink" }] });
    assert.deepEqual(story(one), [
      "edge-1 failed",
      "edge-2 web backup>master master-down",
      "edge-1 web master>backup higher-priority",
    ]);
    const all = simulated(pair(), { fail: [{ node: undefined, check: "uplink" }] });
    assert.deepEqual(story(all), ["edge-1 failed", "edge-2 failed"]);
  });

  it("holds back who fails a check that costs all", () => {
    const configs = pair(() => ({ track: { uplink: "all" } }));
    const simulation = simulated(configs, { fail: [{ node: "edge-1", check: "uplink" }] });
    assert.deepEqual(story(simulation).slice(0, 2), ["edge-1 failed", "edge-1 web master>resigning check-failed"]);
    assert.deepEqual(simulation.courses[0]?.after, ["edge-2"]);
  });

  it("does several things at once, and tells when nobody is left", () => {
    const course = courseOf(pair(), { lose: ["edge-1"], drain: ["edge-2"] });
    assert.deepEqual([course.after, course.unheldMicros], [[], 30 * SECOND]);
  });

  it("finds a group whose members do not hear each other", () => {
    const configs = pair((node) => ({ virtualRouterId: 10 + node }));
    assert.deepEqual(courseOf(configs, {}).before, ["edge-1", "edge-2"]);
  });

  it("keeps a sync group together", () => {
    const group = {
      syncGroups: [{ name: "gateway", members: ["web", "inside"] }],
      checks: { uplink: { ping: "192.0.2.1" } },
    };
    const configs = [1, 2].map((node) =>
      nodeWith(
        node,
        group,
        vrrp(node, { priority: 300 - node * 100, track: { uplink: "all" } }),
        vrrp(node, { name: "inside", virtualRouterId: 11, priority: 300 - node * 100, addresses: ["10.25.0.20/32"] }),
      ),
    );
    const { courses } = simulated(configs, { fail: [{ node: "edge-1", check: "uplink" }] });
    assert.deepEqual(
      courses.map(({ virtualRouter, after }) => [virtualRouter, after]),
      [
        ["web", ["edge-2"]],
        ["inside", ["edge-2"]],
      ],
    );
  });

  it("is over IPv6 and by multicast, in CARP, and with three nodes the same", () => {
    const six = [1, 2].map((node) => nodeOf(node, vrrp6(node, { priority: 300 - node * 100 })));
    const multicast = pair(() => ({ multicast: true, peers: [] }));
    const carps = [1, 2].map((node) => nodeOf(node, carp(node, { advertisementSkew: node * 50 })));
    for (const configs of [six, multicast, carps]) {
      assert.deepEqual(courseOf(configs, { lose: ["edge-1"] }).after, ["edge-2"]);
    }
    const three = [1, 2, 3].map((node) => {
      const peers = [1, 2, 3].filter((other) => other !== node).map((other) => `10.25.0.1${other}`);
      return nodeOf(node, vrrp(node, { priority: 250 - node * 50, peers }));
    });
    assert.deepEqual(courseOf(three, { lose: ["edge-1"] }).after, ["edge-2"]);
    assert.deepEqual(courseOf(three, { lose: ["edge-1", "edge-2"] }).after, ["edge-3"]);
  });

  it("puts addresses on other interfaces, and skips what start-up and hooks would take", () => {
    const configs = pair(() => ({
      addresses: ["10.25.0.10/32", { address: "198.51.100.10/32", interface: "ens4", preferredSource: true }],
      startupDelay: "60s",
      hooks: { prepare: ["/bin/false"], prepareTimeout: "10s" },
    }));
    const { before, sinceMicros = 0 } = courseOf(configs, { lose: ["edge-1"] });
    assert.deepEqual(before, ["edge-1"]);
    assert.ok(sinceMicros < 4 * SECOND);
  });

  it("refuses names that are none, with those there are", () => {
    const scenario = scenarioOfConfigs(pair());
    const fail = [
      { node: "edge-1", check: "uplnk" },
      { node: undefined, check: "disk" },
      { node: "edge-8", check: "uplink" },
    ];
    assert.deepEqual(story(simulate(scenario, { ...NOTHING, lose: ["edge-9"], fail })), [
      '"edge-9" is no node of this group: write one of edge-1, edge-2',
      '"edge-8" is no node of this group: write one of edge-1, edge-2',
      'no virtual router of edge-1 tracks a check "uplnk": write one of uplink',
      'no virtual router tracks a check "disk": write one of uplink',
    ]);
  });

  it("says the same again, whatever it is asked", () => {
    const question = { lose: ["edge-1"], fail: [{ node: "edge-2", check: "uplink" }] };
    assert.deepEqual(simulated(pair(undefined, linked), question), simulated(pair(undefined, linked), question));
  });
});
