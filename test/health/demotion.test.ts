import assert from "node:assert/strict";
import { claimOf, explainClaim, isSameClaim } from "../../agent/health/demotion.ts";
import type { Verdict } from "../../agent/health/verdict.ts";

describe("claim on a virtual router", () => {
  const track = { uplink: 60, disk: 20, service: "all" } as const;
  const verdicts = (...failed: string[]): Map<string, Verdict> =>
    new Map(["uplink", "disk", "service"].map((name) => [name, failed.includes(name) ? "failed" : "good"]));

  it("is whole while every check is good, and where one has no verdict yet", () => {
    assert.deepEqual(claimOf(track, verdicts()), { kind: "demoted", demotion: 0, because: [] });
    assert.deepEqual(claimOf(track, new Map()), { kind: "demoted", demotion: 0, because: [] });
    assert.equal(explainClaim(claimOf(track, verdicts())), "nothing");
  });

  it("is less by the sum of what failed, and names each", () => {
    const claim = claimOf(track, verdicts("disk", "uplink"));
    assert.equal(claim.kind === "demoted" ? claim.demotion : undefined, 80);
    assert.equal(explainClaim(claim), "check uplink -60, check disk -20");
  });

  it("is nothing at all when one of them costs all", () => {
    const claim = claimOf(track, verdicts("service", "disk"));
    assert.equal(claim.kind === "held" ? claim.reason : undefined, "check-failed");
    assert.equal(explainClaim(claim), "check disk -20, check service all");
  });

  it("counts the state the node is in like a check", () => {
    assert.equal(
      explainClaim(claimOf(track, verdicts("disk"), { name: "demoted", cost: 30 })),
      "check disk -20, state demoted -30",
    );
    assert.equal(claimOf({}, new Map(), { name: "demoted", cost: "all" }).kind, "held");
    assert.equal(explainClaim(claimOf({}, new Map(), { name: "neutral", cost: undefined })), "nothing");
  });

  it("ignores checks that are not tracked", () => {
    assert.equal(explainClaim(claimOf({ disk: 20 }, verdicts("service", "uplink"))), "nothing");
  });

  it("is the same when it asks the same of the election, whatever the cause", () => {
    const sixty = claimOf({ uplink: 60 }, verdicts("uplink"));
    assert.ok(isSameClaim(sixty, claimOf({ disk: 60 }, verdicts("disk"))));
    assert.ok(!isSameClaim(sixty, claimOf(track, verdicts("disk"))));
    assert.ok(!isSameClaim(sixty, claimOf(track, verdicts("service"))));
    assert.ok(isSameClaim(claimOf(track, verdicts("service")), claimOf(track, verdicts("service", "disk"))));
  });
});
