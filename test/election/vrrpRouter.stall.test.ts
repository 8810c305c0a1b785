import assert from "node:assert/strict";
import { explain, stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  backupOf,
  type Cell,
  configured,
  HIGHER_PEER,
  hears,
  LISTEN,
  LOWER_PEER,
  masterOf,
  outputsOf,
  SECOND,
  SHUTDOWN,
  SKEW,
  TICK,
  table,
} from "./scenario.ts";

/** The first moment at which a tick of the backup counts as a stall. */
const OVERSLEPT = ACTIVE_DOWN + SECOND + 1;
const listening = after(backupOf(), [OVERSLEPT, TICK]);
/** The first moment at which a silent master may have been replaced: it advertised at 0. */
const DEPOSED = 3 * SECOND;
const stalled = "notice stalled 10.25.0.11";
const resumes = ["master -> resuming: stalled"];
const givesWay = [...resumes, "resuming -> backup: successor-heard", "release", "send 0"];

const backupCells: readonly Cell[] = [
  {
    rule: "a tick up to one interval late is no stall",
    given: backupOf(),
    at: ACTIVE_DOWN + SECOND,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: ACTIVE_DOWN + 2 * SECOND,
  },
  {
    rule: "S10 a later one makes it listen for an interval and Skew_Time",
    given: backupOf(),
    at: OVERSLEPT,
    event: TICK,
    outputs: [stalled],
    role: "backup",
    deadline: OVERSLEPT + LISTEN,
  },
  {
    rule: "S10 so does a late tick after priority 0",
    given: after(backupOf(), [SECOND, hears(200)], [2 * SECOND, hears(0)]),
    at: 2 * SECOND + SKEW + SECOND + 1,
    event: TICK,
    outputs: [stalled],
    role: "backup",
    deadline: 3 * SECOND + 1 + SKEW + LISTEN,
  },
  {
    rule: "a master that is heard first is watched as ever",
    given: backupOf(),
    at: OVERSLEPT,
    event: hears(200),
    outputs: [stalled],
    role: "backup",
    deadline: OVERSLEPT + ACTIVE_DOWN,
  },
  {
    rule: "S10 it is not succeeded before it has listened, also when a master was heard: the word may be old",
    given: after(listening, [OVERSLEPT + 1, hears(200)]),
    at: OVERSLEPT + 2,
    event: { kind: "succeed" },
    outputs: [],
    role: "backup",
    deadline: OVERSLEPT + 1 + ACTIVE_DOWN,
  },
  {
    rule: "S10 nor is priority 0 of one that was heard acted on before: another may be master by now",
    given: after(listening, [OVERSLEPT + 1, hears(200)]),
    at: OVERSLEPT + 2,
    event: hears(0),
    outputs: [],
    role: "backup",
    deadline: OVERSLEPT + LISTEN,
  },
  {
    rule: "a master that is heard while listening is watched as ever",
    given: listening,
    at: OVERSLEPT + 1,
    event: hears(200),
    outputs: [],
    role: "backup",
    deadline: OVERSLEPT + 1 + ACTIVE_DOWN,
  },
  {
    rule: "a lower priority heard while listening is discarded: the listening ends as planned",
    given: listening,
    at: OVERSLEPT + 1,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: OVERSLEPT + LISTEN,
  },
  {
    rule: "S10 priority 0 heard while listening may be old: it shortens nothing",
    given: listening,
    at: OVERSLEPT + 1,
    event: hears(0),
    outputs: [],
    role: "backup",
    deadline: OVERSLEPT + LISTEN,
  },
  {
    rule: "nobody heard: it takes over",
    given: listening,
    at: OVERSLEPT + LISTEN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: OVERSLEPT + LISTEN + SECOND,
  },
  {
    rule: "L1 the second time in a row two intervals are no stall",
    given: listening,
    at: OVERSLEPT + LISTEN + 2 * SECOND,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: OVERSLEPT + LISTEN + 3 * SECOND,
  },
  {
    rule: "S10 but more are one",
    given: listening,
    at: OVERSLEPT + LISTEN + 2 * SECOND + 1,
    event: TICK,
    outputs: [stalled],
    role: "backup",
    deadline: OVERSLEPT + LISTEN + 2 * SECOND + 1 + LISTEN,
  },
];

const masterCells: readonly Cell[] = [
  {
    rule: "a silence of less than three intervals is made up for by advertising",
    given: masterOf(),
    at: DEPOSED - 1,
    event: TICK,
    outputs: ["send 100"],
    role: "master",
    deadline: DEPOSED,
  },
  {
    rule: "S10 after three it may have been replaced: it says nothing and listens, and keeps the addresses",
    given: masterOf(),
    at: DEPOSED,
    event: TICK,
    outputs: resumes,
    role: "resuming",
    deadline: DEPOSED + LISTEN,
  },
  {
    rule: "the silence counts from the last advertisement, also from one out of turn",
    given: after(masterOf(), [SECOND / 2, hears(50)]),
    at: DEPOSED + SECOND / 2 - 1,
    event: TICK,
    outputs: ["send 100"],
    role: "master",
    deadline: 4 * SECOND,
  },
  {
    rule: "S10 a replacement of lower priority that waits in the socket is given way to at once, and watched",
    given: masterOf(),
    at: DEPOSED,
    event: hears(50, LOWER_PEER),
    outputs: givesWay,
    role: "backup",
    deadline: DEPOSED + ACTIVE_DOWN,
  },
  {
    rule: "S10 so is one of higher priority",
    given: masterOf(),
    at: DEPOSED,
    event: hears(200, HIGHER_PEER),
    outputs: givesWay,
    role: "backup",
    deadline: DEPOSED + ACTIVE_DOWN,
  },
  {
    rule: "S6 so is one of lower priority with Preempt_Mode False",
    given: masterOf(configured({ preempt: false })),
    at: DEPOSED,
    event: hears(50, LOWER_PEER),
    outputs: givesWay,
    role: "backup",
    deadline: DEPOSED + ACTIVE_DOWN,
  },
  {
    rule: "L1 after one stall, two intervals too late are in time",
    given: after(masterOf(), [DEPOSED, TICK]),
    at: DEPOSED + LISTEN + 2 * SECOND,
    event: TICK,
    outputs: ["resuming -> master: resumed", "send 100", "acquire"],
    role: "master",
    deadline: DEPOSED + LISTEN + 3 * SECOND,
  },
  {
    rule: "S10 a shutdown after a stall says nothing: no priority 0",
    given: masterOf(),
    at: DEPOSED,
    event: SHUTDOWN,
    outputs: [...resumes, "resuming -> initialize: shutdown", "release"],
    role: "initialize",
    deadline: undefined,
  },
];

describe("a node that stalled listens before it speaks (S10)", () => {
  describe("as backup", () => {
    table(backupCells);
  });

  describe("as master", () => {
    table(masterCells);
  });

  it("to hear a master ends the row of stalls", () => {
    const heard = after(listening, [OVERSLEPT + 1, hears(200)]);
    const late = OVERSLEPT + 1 + ACTIVE_DOWN + SECOND + 1;
    assert.deepEqual(outputsOf(stepVrrpRouter(heard, TICK, late)), [stalled]);
  });

  it("L1 a row of stalls is remembered by the master that it led to, until an advertisement leaves in time", () => {
    const promoted = OVERSLEPT + LISTEN;
    const master = after(listening, [promoted, TICK]);
    assert.deepEqual(outputsOf(stepVrrpRouter(master, TICK, promoted + 6 * SECOND - 1)), ["send 100"]);
    assert.deepEqual(outputsOf(stepVrrpRouter(master, TICK, promoted + 6 * SECOND)), resumes);
    const inTime = after(master, [promoted + SECOND, TICK]);
    assert.deepEqual(outputsOf(stepVrrpRouter(inTime, TICK, promoted + SECOND + DEPOSED)), resumes);
  });

  it("S2 keeps the addresses without a gap when nobody replaced it, at 10 ms as well", () => {
    const fast = masterOf(configured({ advertisementIntervalMicros: SECOND / 100 }));
    const woken = stepVrrpRouter(fast, TICK, 30_000);
    assert.deepEqual(outputsOf(woken), resumes);
    const listened = 30_000 + LISTEN / 100 + 1;
    assert.deepEqual(outputsOf(stepVrrpRouter(woken.state, TICK, listened)), [
      "resuming -> master: resumed",
      "send 100",
      "acquire",
    ]);
  });

  it("explains what happened", () => {
    const state = after(masterOf(), [DEPOSED, TICK]);
    assert.deepEqual(explain(state).latest, { from: "master", to: "resuming", reason: "stalled", atMicros: DEPOSED });
    const replaced = explain(after(masterOf(), [DEPOSED, hears(50, LOWER_PEER)]));
    assert.deepEqual([replaced.role, replaced.masterAddress], ["backup", LOWER_PEER]);
  });
});
