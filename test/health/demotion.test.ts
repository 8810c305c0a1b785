import assert from "node:assert/strict";
import { explainImpact, impactOf, isSameImpact } from "../../agent/health/demotion.ts";
import type { Verdict } from "../../agent/health/verdict.ts";

describe("claim on a virtual router", () => {
  const track = { uplink: 60, disk: 20, service: "all" } as const;
  const verdicts = (...failed: string[]): Map<string, Verdict> =>
    new Map(["uplink", "disk", "service"].map((name) => [name, failed.includes(name) ? "failed" : "good"]));

  it("is whole while every check is good, and where one has no verdict yet", () => {
    assert.deepEqual(impactOf(track, verdicts()), { kind: "demoted", demotion: 0, because: [] });
    assert.deepEqual(impactOf(track, new Map()), { kind: "demoted", demotion: 0, because: [] });
    assert.equal(explainImpact(impactOf(track, verdicts())), "nothing");
  });

  it("is less by the sum of what failed, and names each", () => {
    const claim = impactOf(track, verdicts("disk", "uplink"));
    assert.equal(claim.kind === "demoted" ? claim.demotion : undefined, 80);
    assert.equal(explainImpact(claim), "check uplink -60, check disk -20");
  });

  it("is nothing at all when one of them costs all", () => {
    const claim = impactOf(track, verdicts("service", "disk"));
    assert.equal(claim.kind === "held" ? claim.reason : undefined, "check-failed");
    assert.equal(explainImpact(claim), "check disk -20, check service all");
  });

  it("counts the state the node is in like a check", () => {
    assert.equal(
      explainImpact(impactOf(track, verdicts("disk"), { name: "demoted", cost: 30 })),
      "check disk -20, state demoted -30",
    );
    assert.equal(impactOf({}, new Map(), { name: "demoted", cost: "all" }).kind, "held");
    assert.equal(explainImpact(impactOf({}, new Map(), { name: "neutral", cost: undefined })), "nothing");
  });

  it("ignores checks that are not tracked", () => {
    assert.equal(explainImpact(impactOf({ disk: 20 }, verdicts("service", "uplink"))), "nothing");
  });

  it("is the same when it asks the same of the election, whatever the cause", () => {
    const sixty = impactOf({ uplink: 60 }, verdicts("uplink"));
    assert.ok(isSameImpact(sixty, impactOf({ disk: 60 }, verdicts("disk"))));
    assert.ok(!isSameImpact(sixty, impactOf(track, verdicts("disk"))));
    assert.ok(!isSameImpact(sixty, impactOf(track, verdicts("service"))));
    assert.ok(isSameImpact(impactOf(track, verdicts("service")), impactOf(track, verdicts("service", "disk"))));
  });
});
