/** When virtual routers that two nodes have configured differently are an alarm. */
import assert from "node:assert/strict";
import { ConfigurationMismatch } from "../../agent/peers/configurationMismatch.ts";

const SECOND = 1_000_000;
const named = (digests: Readonly<Record<string, string>>): { name: string; digest: string }[] =>
  Object.entries(digests).map(([name, digest]) => ({ name, digest }));
const OWN = named({ web: "w1", mail: "m1", dns: "d1" });

describe("drift of a peer's configuration", () => {
  it("is none where the digests are equal, or only one node has the virtual router", () => {
    const drift = new ConfigurationMismatch();
    drift.follow(OWN, named({ web: "w1", other: "o1" }), 0);
    assert.deepEqual(drift.differing, []);
    assert.deepEqual(drift.takeOverdue(3_600 * SECOND), []);
  });

  it("is seen at once, and an alarm after ten seconds, once", () => {
    const drift = new ConfigurationMismatch();
    drift.follow(OWN, named({ web: "w2", mail: "m1" }), SECOND);
    assert.deepEqual(drift.differing, ["web"]);
    assert.deepEqual(drift.takeOverdue(11 * SECOND - 1), []);
    assert.deepEqual(drift.takeOverdue(11 * SECOND), ["web"]);
    assert.deepEqual(drift.takeOverdue(12 * SECOND), []);
    assert.deepEqual(drift.differing, ["web"]);
  });

  it("counts from the first difference, whatever comes after it", () => {
    const drift = new ConfigurationMismatch();
    drift.follow(OWN, named({ web: "w2" }), 0);
    drift.follow(OWN, named({ web: "w3", mail: "m2" }), 9 * SECOND);
    assert.deepEqual(drift.takeOverdue(10 * SECOND), ["web"]);
    drift.follow(OWN, named({ web: "w4", mail: "m2" }), 11 * SECOND);
    assert.deepEqual(drift.takeOverdue(19 * SECOND), ["mail"]);
  });

  it("counts anew after a match: a rolling reload is no alarm", () => {
    const drift = new ConfigurationMismatch();
    drift.follow(OWN, named({ web: "w2" }), 0);
    drift.follow(OWN, named({ web: "w1" }), 5 * SECOND);
    assert.deepEqual(drift.takeOverdue(20 * SECOND), []);
    drift.follow(OWN, named({ web: "w2" }), 20 * SECOND);
    assert.deepEqual(drift.takeOverdue(29 * SECOND), []);
    assert.deepEqual(drift.takeOverdue(30 * SECOND), ["web"]);
    drift.follow(OWN, named({ web: "w1" }), 31 * SECOND);
    drift.follow(OWN, named({ web: "w2" }), 32 * SECOND);
    assert.deepEqual(drift.takeOverdue(42 * SECOND), ["web"]);
  });
});
