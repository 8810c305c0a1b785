import assert from "node:assert/strict";
import { explain, stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  backupOf,
  type Cell,
  configured,
  demote,
  HIGHER_PEER,
  hears,
  initializeOf,
  LOWER_PEER,
  masterOf,
  outputsOf,
  reconfigure,
  resigningOf,
  SECOND,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const HALF = SECOND / 2;
/** Skew and active-down interval of priority 40, which 100 less 60 is. */
const DEMOTED_SKEW = 843_750;
const demotedBackup = after(backupOf(), [0, demote(60)]);
const demotedMaster = after(masterOf(), [0, demote(60)]);

const cells: readonly Cell[] = [
  {
    rule: "[6.1-g 6.1-h] the timer of a backup is that of the effective priority",
    given: demotedBackup,
    at: SECOND,
    event: hears(200),
    outputs: [],
    role: "backup",
    deadline: SECOND + 3 * SECOND + DEMOTED_SKEW,
  },
  {
    rule: "[6.4.2-j] a priority above the effective one is accepted",
    given: demotedBackup,
    at: SECOND,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: SECOND + 3 * SECOND + DEMOTED_SKEW,
  },
  {
    rule: "[6.4.2-k 8.3.2-d] so is an equal one, with a notice",
    given: demotedBackup,
    at: SECOND,
    event: hears(40),
    outputs: [`notice equal-priority ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + 3 * SECOND + DEMOTED_SKEW,
  },
  {
    rule: "a demotion that ends makes it quicker again, from the same start",
    given: demotedBackup,
    at: SECOND,
    event: demote(0),
    outputs: [],
    role: "backup",
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "a master says its effective priority and stays master",
    given: masterOf(),
    at: HALF,
    event: demote(60),
    outputs: ["send 40"],
    role: "master",
    deadline: HALF + SECOND,
  },
  {
    rule: "the same demotion again says nothing",
    given: demotedMaster,
    at: HALF,
    event: demote(60),
    outputs: [],
    role: "master",
    deadline: SECOND,
  },
  {
    rule: "[6.4.3-j] every advertisement has it",
    given: demotedMaster,
    at: SECOND,
    event: TICK,
    outputs: ["send 40"],
    role: "master",
    deadline: 2 * SECOND,
  },
  {
    rule: "[6.4.3-l] a master yields to what is above its effective priority",
    given: demotedMaster,
    at: HALF,
    event: hears(41),
    outputs: ["master -> backup: higher-priority", "release", "send 40"],
    role: "backup",
    deadline: HALF + 3 * SECOND + DEMOTED_SKEW,
  },
  {
    rule: "[6.4.3-m] and on a tie at it to the higher address",
    given: demotedMaster,
    at: HALF,
    event: hears(40, HIGHER_PEER),
    outputs: ["master -> backup: tie-lost", "release", "send 40", `notice equal-priority ${HIGHER_PEER}`],
    role: "backup",
    deadline: HALF + 3 * SECOND + DEMOTED_SKEW,
  },
  {
    rule: "[5.2.4-b] the effective priority is not below 1: a demoted node still fills a vacancy",
    given: masterOf(),
    at: HALF,
    event: demote(300),
    outputs: ["send 1"],
    role: "master",
    deadline: HALF + SECOND,
  },
  {
    rule: "more of a demotion than counts says nothing",
    given: after(masterOf(), [0, demote(99)]),
    at: HALF,
    event: demote(300),
    outputs: [],
    role: "master",
    deadline: SECOND,
  },
  {
    rule: "[5.2.4-a] the owner is never demoted",
    given: masterOf(configured({ priority: 255 })),
    at: HALF,
    event: demote(60),
    outputs: [],
    role: "master",
    deadline: SECOND,
  },
  {
    rule: "a new configuration is demoted as the old one was",
    given: demotedMaster,
    at: HALF,
    event: reconfigure({ priority: 200 }),
    outputs: ["send 140"],
    role: "master",
    deadline: HALF + SECOND,
  },
];

describe("demotion", () => {
  table(cells);

  it("outlives every change of role", () => {
    const states = [
      after(initializeOf(), [0, demote(60)], [0, STARTUP]),
      demotedMaster,
      after(resigningOf(), [0, demote(60)]),
      after(demotedMaster, [HALF, hears(200)]),
    ];
    assert.deepEqual(
      states.map((state) => explain(state).effectivePriority),
      [40, 40, 40, 40],
    );
  });

  it("[6.4.3-i] does not change what a master says to resign", () => {
    assert.deepEqual(outputsOf(stepVrrpRouter(demotedMaster, { kind: "shutdown" }, HALF)), [
      "master -> resigning: shutdown",
      "send 0",
    ]);
  });

  it("explains itself: as configured, the demotion, and what is left", () => {
    const { priority, demotion, effectivePriority } = explain(demotedBackup);
    assert.deepEqual({ priority, demotion, effectivePriority }, { priority: 100, demotion: 60, effectivePriority: 40 });
  });
});
