/** A simulation for people, line by line. */
import assert from "node:assert/strict";
import { simulationText } from "../../agent/cli/text/simulationText.ts";
import { scenarioOfConfigs } from "../../agent/simulation/scenario.ts";
import { simulate, type WhatIf } from "../../agent/simulation/simulate.ts";
import { linked, NOTHING, pair } from "../simulation/groups.ts";

function linesOf(whatIf: Partial<WhatIf>, configs = pair(undefined, linked)): string[] {
  const simulation = simulate(scenarioOfConfigs(configs), { ...NOTHING, ...whatIf });
  assert.ok(!("problems" in simulation));
  return simulationText({ ...simulation, notes: ["a note"] }).split("\n");
}

describe("a simulation for people", () => {
  it("is a timeline with a column for each node, and a conclusion", () => {
    assert.deepEqual(linesOf({ lose: ["edge-1"] }), [
      "TIME    edge-1       edge-2",
      "before  web: master  web: backup",
      "0.000s  is lost",
      "0.327s               web: master, the peer link found the master dead",
      "",
      "web: edge-2 is master after 0.327s; nobody had the addresses for 0.327s",
      "note: a note",
    ]);
  });

  it("says when nothing moves, when there is no pause, and when nobody is left", () => {
    assert.ok(linesOf({}).includes("web: edge-1 stays master"));
    assert.ok(linesOf({ drain: ["edge-1"] }).includes("web: edge-2 is master after 0.001s, with no pause"));
    const nobody = linesOf({ drain: ["edge-1", "edge-2"], forMicros: 5_000_000 });
    assert.match(nobody.at(-2) ?? "", /^web: nobody is master in the end; nobody had the addresses for \d\.\d{3}s$/);
  });

  it("says when several are master", () => {
    const apart = pair((node) => ({ virtualRouterId: 10 + node }));
    assert.ok(linesOf({}, apart).includes("web: edge-1 and edge-2 are all master: they do not hear each other"));
  });
});
