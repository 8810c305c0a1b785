import assert from "node:assert/strict";
import { deadlineOf, explain, roleOf, stepCarpHost } from "../../agent/election/carp/carpHost.ts";
import {
  after,
  configured,
  demote,
  HOLD_BACK,
  INTERVAL,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  LISTEN,
  MASTER_DOWN,
  masterOf,
  outputsOf,
  PREFERRED,
  READMIT,
  RESUME,
  SECOND,
  SHUTDOWN,
  STARTUP,
  TICK,
} from "./carpHostScenario.ts";
import { type Cell, type Column, row } from "./carpHostTable.ts";

const ignored: Cell = { rule: "an advertisement is ignored [C6-b]" };
const noRole: Cell = { rule: "there is no role to hand on or to take" };

/** What holds in initialize, whatever the reason for it. */
const CELLS: Readonly<Record<Column, Cell>> = {
  startup: { rule: "it is started already" },
  "startup with the addresses here": { rule: "it may not keep them", outputs: ["release"] },
  shutdown: { rule: "it takes part no longer" },
  "link-up": { rule: "a link alone is not enough" },
  "link-down": { rule: "without a link nothing begins" },
  "hold-back": { rule: "whoever is held back does not begin" },
  readmit: { rule: "there is another reason not to begin" },
  demote: { rule: "the demotion is remembered" },
  "hand-over": noRole,
  succeed: noRole,
  "peer-lost": noRole,
  reconfigure: { rule: "the configuration is for later" },
  tick: { rule: "a down timer is ignored [C6-c]" },
  "a preferred claim": ignored,
  "an equal claim of a host that stays": ignored,
  "an equal claim of a host that yields": ignored,
  "a claim that is not preferred": ignored,
  "a claim demoted more": ignored,
  "a claim too slow": ignored,
  "a bow-out": ignored,
  "the own address": ignored,
};

const delayed = configured({ startupDelayMicros: 10 * SECOND });

describe("a CARP host in initialize", () => {
  row("not started", initializeOf(), SECOND, {
    ...CELLS,
    startup: {
      rule: "configured, up and with a link it is a backup, and the down timer starts [C6-a]",
      outputs: ["initialize -> backup: startup"],
      role: "backup",
      deadline: SECOND + MASTER_DOWN,
    },
    "startup with the addresses here": {
      rule: "it keeps them and listens for others that have them",
      outputs: ["initialize -> resuming: startup"],
      role: "resuming",
      deadline: SECOND + LISTEN,
    },
  });

  row("without a link", after(initializeOf(), [0, STARTUP], [0, LINK_DOWN]), SECOND, {
    ...CELLS,
    "link-up": {
      rule: "the link is back: a backup again [C6-n]",
      outputs: ["initialize -> backup: link-up"],
      role: "backup",
      deadline: SECOND + MASTER_DOWN,
    },
  });

  row("without the link it lost as master", after(masterOf(), [0, LINK_DOWN]), SECOND, {
    ...CELLS,
    "link-up": {
      rule: "nobody can have replaced it for its silence: it is master as before",
      outputs: ["initialize -> master: link-up", "send 1/100", "acquire"],
      role: "master",
      deadline: SECOND + INTERVAL,
    },
  });

  for (const [when, meanwhile, at] of [
    ["after the fastest backup's timeout", [], 3 * SECOND],
    [
      "when it was held back meanwhile",
      [
        [0, HOLD_BACK],
        [0, READMIT],
      ],
      SECOND,
    ],
    [
      "when it was stopped and started meanwhile",
      [
        [0, SHUTDOWN],
        [0, STARTUP],
      ],
      SECOND,
    ],
    ["when it heard another master meanwhile", [[0, PREFERRED]], SECOND],
  ] as const) {
    it(`is a backup when its link comes back ${when}`, () => {
      assert.equal(roleOf(after(masterOf(), [0, LINK_DOWN], ...meanwhile, [at, LINK_UP])), "backup");
    });
  }

  row("held back", after(initializeOf(), [0, HOLD_BACK], [0, STARTUP]), SECOND, {
    ...CELLS,
    readmit: {
      rule: "it takes part anew, as a backup",
      outputs: ["initialize -> backup: readmitted"],
      role: "backup",
      deadline: SECOND + MASTER_DOWN,
    },
  });

  row("waiting out its start-up delay", after(initializeOf(delayed), [0, STARTUP]), SECOND, {
    ...CELLS,
    "startup with the addresses here": {
      rule: "addresses that are here are in use: the delay is not asked",
      outputs: ["initialize -> resuming: startup"],
      role: "resuming",
      deadline: SECOND + LISTEN,
    },
    shutdown: { rule: "it takes part no longer", deadline: undefined },
    "link-down": { rule: "without a link nothing begins", deadline: undefined },
    "hold-back": { rule: "whoever is held back does not begin", deadline: undefined },
    reconfigure: { rule: "another delay counts from the start, too", deadline: 0 },
  });

  it("is a backup once the start-up delay is over", () => {
    const step = stepCarpHost(after(initializeOf(delayed), [0, STARTUP]), TICK, 10 * SECOND);
    assert.deepEqual(outputsOf(step), ["initialize -> backup: startup"]);
  });

  it("does not wait for the start-up delay again when its link comes back", () => {
    const state = after(initializeOf(delayed), [0, STARTUP], [10 * SECOND, TICK], [11 * SECOND, LINK_DOWN]);
    assert.equal(roleOf(after(state, [12 * SECOND, LINK_UP])), "backup");
  });

  it("needs all there is: started, a link and nothing that holds it back, in any order", () => {
    const state = after(initializeOf(), [0, LINK_DOWN], [0, HOLD_BACK], [0, STARTUP], [0, READMIT]);
    assert.equal(roleOf(state), "initialize");
    assert.equal(roleOf(after(state, [0, LINK_UP])), "backup");
    assert.equal(roleOf(after(state, [0, SHUTDOWN], [0, LINK_UP])), "initialize");
  });

  it("gives the latest reason that holds it back, and its demotion", () => {
    const state = after(
      initializeOf(),
      [0, HOLD_BACK],
      [0, { kind: "hold-back", reason: "maintenance" }],
      [0, demote(7)],
    );
    const { role, held, demotion, masterAddress } = explain(state);
    assert.deepEqual(
      { role, held, demotion, masterAddress },
      { role: "initialize", held: "maintenance", demotion: 7, masterAddress: undefined },
    );
  });

  it("releases addresses of an earlier life that it may not keep", () => {
    for (const event of [LINK_DOWN, HOLD_BACK]) {
      const step = stepCarpHost(after(initializeOf(), [0, event]), RESUME, 0);
      assert.deepEqual(outputsOf(step), ["release"]);
      assert.equal(deadlineOf(step.state), undefined);
    }
  });
});
