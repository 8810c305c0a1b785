import assert from "node:assert/strict";
import fc from "fast-check";
import { compareStrength, healthyCandidates, masterOf, withFailed } from "../../agent/config/priority/contest.ts";
import {
  analysisOf,
  type CarpContender,
  type Demotion,
  type Group,
  type VrrpContender,
} from "../../agent/config/priority/demotionAnalysis.ts";
import { explainStuck, explainTie, outcomeTable, tableOf } from "../../agent/config/priority/priorityTable.ts";
import { type StuckCheck } from "../../agent/config/priority/stuckChecks.ts";

type Track = Readonly<Record<string, Demotion>>;

const vrrpNode = (node: string, priority: number, track: Track = {}, preempt = true): VrrpContender => ({
  node,
  priority,
  preempt,
  track,
});
const vrrp = (...contenders: VrrpContender[]): Group => ({ protocol: "vrrp", contenders });
const carpNode = (node: string, advertisementSkew: number, track: Track = {}, preempt = false): CarpContender => ({
  node,
  advertisementBase: 1,
  advertisementSkew,
  preempt,
  track,
});
const carp = (dialect: "openbsd" | "ucarp", ...contenders: CarpContender[]): Group => ({
  protocol: "carp",
  dialect,
  contenders,
});
const stuckIn = (group: Group): StuckCheck[] =>
  analysisOf(group).findings.flatMap((finding) => (finding.kind === "stuck" ? [finding] : []));

/** Who is master when these checks have failed: by node, their names. Everything was good before. */
function masterWhen(group: Group, failed: Readonly<Record<string, readonly string[]>>): string | undefined {
  const candidates = healthyCandidates(group);
  const incumbent = masterOf(candidates, undefined);
  return masterOf(
    candidates.map((candidate) => withFailed(candidate, failed[candidate.node] ?? [])),
    incumbent,
  );
}

describe("priority algebra of VRRP", () => {
  const uplink60 = { uplink: 60 };

  it("refuses a demotion that leaves the master better than the next, with the table that shows it", () => {
    const group = vrrp(vrrpNode("edge-1", 200, uplink60), vrrpNode("edge-2", 100, uplink60));
    const [stuck, ...others] = stuckIn(group);
    assert.deepEqual(others, []);
    assert.deepEqual(stuck, {
      kind: "stuck",
      severity: "refused",
      node: "edge-1",
      check: "uplink",
      demotion: 60,
      reason: "too-small",
      least: 101,
      movesWith: undefined,
      without: [],
    });
    assert.equal(
      tableOf(analysisOf(group)),
      [
        "node    priority  failed check  effective priority  master",
        "edge-1       200  none                         200  edge-1",
        "edge-1       200  uplink                       140  edge-1",
        "edge-2       100  none                         100  edge-1",
        "edge-2       100  uplink                        40  edge-1",
      ].join("\n"),
    );
    assert.equal(
      explainStuck(stuck),
      'the failed check "uplink" demotes edge-1 by 60 and, with all else good, can never move the address: ' +
        'it is still better than every other: write 101 or more, or "all"',
    );
  });

  it("accepts a demotion that moves it, and all", () => {
    for (const demotion of [101, 254, "all"] as const) {
      const track = { uplink: demotion };
      assert.deepEqual(stuckIn(vrrp(vrrpNode("a", 200, track), vrrpNode("b", 100, track))), [], String(demotion));
    }
  });

  it("refuses a demotion that only makes a tie: equal nodes leave the master where it is", () => {
    const [stuck] = stuckIn(vrrp(vrrpNode("a", 200, { uplink: 100 }), vrrpNode("b", 100)));
    assert.equal(stuck?.reason, "tie");
    assert.equal(stuck.least, 101);
  });

  it("refuses every number without preemption, and takes all", () => {
    const track = { uplink: 254, service: "all" } as const;
    const found = stuckIn(vrrp(vrrpNode("a", 200, track, false), vrrpNode("b", 100, track, false)));
    assert.deepEqual(
      found.map(({ check, reason, least }) => ({ check, reason, least })),
      [{ check: "uplink", reason: "no-preempt", least: undefined }],
    );
  });

  it("asks the node that would take over whether it preempts, not the one that would lose", () => {
    assert.deepEqual(stuckIn(vrrp(vrrpNode("a", 200, { uplink: 150 }, false), vrrpNode("b", 100, {}, true))), []);
    const [stuck] = stuckIn(vrrp(vrrpNode("a", 200, { uplink: 150 }, true), vrrpNode("b", 100, {}, false)));
    assert.equal(stuck?.reason, "no-preempt");
  });

  it("refuses to demote an address owner by a number", () => {
    const group = vrrp(vrrpNode("a", 255, { uplink: 254, service: "all" }), vrrpNode("b", 100));
    const [stuck, ...others] = stuckIn(group);
    assert.deepEqual(others, []);
    assert.equal(stuck?.reason, "owner");
    assert.match(explainStuck(stuck), /an address owner .* is never demoted: write "all", or a priority below 255$/);
  });

  it("knows that nothing goes below 1, so that a next node of priority 1 takes over only from all", () => {
    const [stuck] = stuckIn(vrrp(vrrpNode("a", 3, { uplink: 254 }), vrrpNode("b", 1)));
    assert.equal(stuck?.least, undefined);
    assert.equal(stuck?.reason, "tie");
  });

  it("names the checks that together would move it", () => {
    const group = vrrp(vrrpNode("a", 200, { uplink: 60, disk: 60, link: 30 }), vrrpNode("b", 100));
    const found = stuckIn(group);
    assert.deepEqual(
      found.map(({ check, movesWith }) => [check, movesWith]),
      [
        ["uplink", ["disk"]],
        ["disk", ["uplink"]],
        ["link", undefined],
      ],
    );
    const [uplink] = found;
    assert.ok(uplink !== undefined);
    assert.match(explainStuck(uplink), /it takes disk and uplink together to move it/);
  });

  it("warns of what happens once the best node is gone", () => {
    const track = { uplink: 60 };
    const found = stuckIn(vrrp(vrrpNode("a", 130, track), vrrpNode("b", 100, track), vrrpNode("c", 10, track)));
    assert.deepEqual(
      found.map(({ severity, node, without }) => ({ severity, node, without })),
      [{ severity: "warning", node: "b", without: ["a"] }],
    );
  });

  it("warns of ties after demotion", () => {
    const track = { uplink: 100 };
    const { findings } = analysisOf(vrrp(vrrpNode("a", 200, { ...track, disk: 1 }), vrrpNode("b", 100, track)));
    const ties = findings.flatMap((finding) => (finding.kind === "tie" ? [explainTie(finding)] : []));
    assert.deepEqual(ties, [
      "a with uplink failed and b with all good are equal at 100: " +
        "whoever is master then stays, and their addresses decide between two",
    ]);
  });

  it("lists every combination of failed checks with its master", () => {
    const group = vrrp(vrrpNode("a", 200, { uplink: 120 }), vrrpNode("b", 100, { service: "all" }));
    const algebra = analysisOf(group);
    assert.equal(algebra.coverage, "every-combination");
    assert.equal(
      outcomeTable(algebra),
      [
        "failed checks                a          b  master",
        "none                       200        100  a",
        "service on b               200  held back  a",
        "uplink on a                 80        100  b",
        "uplink on a, service on b   80  held back  a",
      ].join("\n"),
    );
  });

  it("counts combinations that amount to the same as one, however many there are", () => {
    const track = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`check-${index}`, 50]));
    const algebra = analysisOf(vrrp(vrrpNode("a", 200, track), vrrpNode("b", 160, track)));
    assert.equal(algebra.coverage, "every-combination");
    const all = algebra.outcomes
      .flatMap(({ nodes: [first, second] }) => (second?.failed.length === 0 ? [first?.combinations ?? 0] : []))
      .reduce((sum, each) => sum + each, 0);
    assert.equal(all, 2 ** 60);
  });

  it("lists failures on one node at a time where all of them would be too many", () => {
    const track = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`check-${index}`, 2 ** index % 250]));
    const algebra = analysisOf(vrrp(vrrpNode("a", 250, track), vrrpNode("b", 240, track), vrrpNode("c", 230, track)));
    assert.equal(algebra.coverage, "one-node-at-a-time");
    assert.match(outcomeTable(algebra), /too many combinations to list/);
    for (const { nodes } of algebra.outcomes) {
      assert.ok(nodes.filter(({ failed }) => failed.length > 0).length <= 1);
    }
  });

  it("says nobody when every node is held back", () => {
    const group = vrrp(vrrpNode("a", 200, { service: "all" }), vrrpNode("b", 100, { service: "all" }));
    assert.equal(masterWhen(group, { a: ["service"], b: ["service"] }), undefined);
    assert.equal(masterWhen(group, { a: ["service"] }), "b");
  });
});

describe("priority algebra of CARP", () => {
  it("OpenBSD's count moves the address with any number, preempt or not", () => {
    const group = carp("openbsd", carpNode("a", 1, { uplink: 1 }), carpNode("b", 50, { uplink: 1 }));
    assert.deepEqual(stuckIn(group), []);
    assert.equal(masterWhen(group, { a: ["uplink"] }), "b");
    assert.equal(masterWhen(group, { a: ["uplink"], b: ["uplink"] }), "a");
  });

  it("OpenBSD: a node with a larger count does not take over, however short its interval", () => {
    const group = carp("openbsd", carpNode("a", 50, {}, true), carpNode("b", 1, { uplink: 5 }, true));
    assert.equal(masterWhen(group, {}), "b");
    assert.equal(masterWhen(group, { b: ["uplink"] }), "a");
  });

  it("ucarp adds to the skew, so that a number has to bridge the gap, and preemption is needed", () => {
    const stuck = (demotion: number, preempt: boolean): readonly (string | number | undefined)[] => {
      const track = { uplink: demotion };
      const [found] = stuckIn(carp("ucarp", carpNode("a", 1, track, preempt), carpNode("b", 50, track, preempt)));
      return found === undefined ? [] : [found.reason, found.least];
    };
    assert.deepEqual(stuck(40, true), ["too-small", 50]);
    assert.deepEqual(stuck(49, true), ["tie", 50]);
    assert.deepEqual(stuck(50, true), []);
    assert.deepEqual(stuck(50, false), ["no-preempt", undefined]);
  });

  it("ucarp ends at skew 240, and never lowers a larger one", () => {
    const [stuck] = stuckIn(carp("ucarp", carpNode("a", 1, { uplink: 254 }, true), carpNode("b", 240, {}, true)));
    assert.equal(stuck?.reason, "tie");
    const [self] = healthyCandidates(carp("ucarp", carpNode("a", 250, { uplink: 10 })));
    assert.ok(self !== undefined);
    assert.equal(withFailed(self, ["uplink"]).strength?.text, "1/250");
  });

  it("shows base and skew where VRRP shows priorities", () => {
    const track = { uplink: 60 };
    assert.equal(
      tableOf(analysisOf(carp("openbsd", carpNode("a", 1, track), carpNode("b", 50, track)))),
      [
        "node  advbase/advskew  failed check        effective  master",
        "a                 1/1  none                      1/1  a",
        "a                 1/1  uplink         1/1 demoted 60  b",
        "b                1/50  none                     1/50  a",
        "b                1/50  uplink        1/50 demoted 60  a",
      ].join("\n"),
    );
  });
});

describe("priority algebra in general", () => {
  const costs = fc.oneof(fc.constant("all" as const), fc.integer({ min: 1, max: 254 }));
  const tracks = fc.dictionary(fc.constantFrom("uplink", "disk", "service", "link"), costs);
  const groups = fc.oneof(
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: 255 }), tracks, fc.boolean()), { minLength: 1, maxLength: 4 })
      .map((nodes) =>
        vrrp(...nodes.map(([priority, track, preempt], i) => vrrpNode(`n${i}`, priority, track, preempt))),
      ),
    fc
      .tuple(
        fc.constantFrom("openbsd" as const, "ucarp" as const),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 254 }), tracks, fc.boolean()), { minLength: 1, maxLength: 4 }),
      )
      .map(([dialect, nodes]) =>
        carp(dialect, ...nodes.map(([skew, track, preempt], i) => carpNode(`n${i}`, skew, track, preempt))),
      ),
  );

  it("refuses a check exactly when its failure alone leaves the master in place", () => {
    fc.assert(
      fc.property(groups, (group) => {
        const { master, findings } = analysisOf(group);
        const contender = group.contenders.find(({ node }) => node === master);
        if (contender === undefined || group.contenders.length === 1) return;
        const refused = findings.flatMap((found) =>
          found.kind === "stuck" && found.severity === "refused" ? [found.check] : [],
        );
        const stays = Object.keys(contender.track).filter(
          (check) => masterWhen(group, { [contender.node]: [check] }) === master,
        );
        const unmoved = stays.filter((check) => contender.track[check] !== "all");
        assert.deepEqual(refused, unmoved);
      }),
    );
  });

  it("its least demotion moves the address, and one less does not", () => {
    fc.assert(
      fc.property(groups, (group) => {
        for (const { severity, node, least } of stuckIn(group)) {
          if (severity !== "refused" || least === undefined) continue;
          const candidates = healthyCandidates(group);
          const masterAt = (points: number): string | undefined =>
            masterOf(
              candidates.map((each) => (each.node === node ? { ...each, strength: each.demotedBy(points) } : each)),
              node,
            );
          assert.notEqual(masterAt(least), node);
          assert.equal(masterAt(least - 1), node);
        }
      }),
    );
  });

  it("a master that preempting nodes agree on is the strongest of all", () => {
    fc.assert(
      fc.property(groups, (group) => {
        if (!group.contenders.every(({ preempt }) => preempt)) return;
        const strengths = new Map(healthyCandidates(group).map(({ node, strength }) => [node, strength]));
        for (const { nodes, master } of analysisOf(group).outcomes) {
          const best = nodes.find(({ node }) => node === master)?.strength;
          assert.equal(
            best === undefined,
            nodes.every(({ strength }) => strength === undefined),
          );
          for (const { strength } of nodes) {
            if (best !== undefined && strength !== undefined) assert.ok(compareStrength(best, strength) <= 0);
          }
        }
        assert.equal(strengths.size, group.contenders.length);
      }),
    );
  });
});
