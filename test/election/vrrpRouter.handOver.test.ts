import assert from "node:assert/strict";
import { explain, roleOf, stepVrrpRouter, type VrrpRouterEvent } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  backupOf,
  type Cell,
  CONFIG,
  configured,
  DRAIN,
  HAND_OVER,
  HIGHER_PEER,
  hears,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  LISTEN,
  LOWER_PEER,
  masterOf,
  outputsOf,
  READMIT,
  RESIGNATION,
  resigningOf,
  SECOND,
  SHUTDOWN,
  SKEW,
  STARTUP,
  SUCCEED,
  TICK,
  table,
} from "./scenario.ts";

const handingOver = resigningOf(CONFIG, HAND_OVER);
const handedOver = after(handingOver, [1, hears(50)]);
const masterAgain = ["resigning -> master: no-successor", "send 100", "acquire"];
const ended = { role: "initialize", deadline: undefined } as const;
const staysBackup = { role: "backup", deadline: SECOND + ACTIVE_DOWN, outputs: [] } as const;

const handOverCells: readonly Cell[] = [
  {
    rule: "S9 the successor is heard: the addresses are let go without another word, and it is watched",
    given: handingOver,
    at: 1,
    event: hears(50),
    outputs: ["resigning -> backup: successor-heard", "release"],
    role: "backup",
    deadline: 1 + ACTIVE_DOWN,
  },
  {
    rule: "nobody succeeds: it takes its role back, the address has to be somewhere",
    given: handingOver,
    at: RESIGNATION,
    event: TICK,
    outputs: masterAgain,
    role: "master",
    deadline: RESIGNATION + SECOND,
  },
  {
    rule: "S10 a stall instead: it listens before it does",
    given: handingOver,
    at: RESIGNATION + SECOND + 1,
    event: TICK,
    outputs: ["resigning -> resuming: stalled"],
    role: "resuming",
    deadline: RESIGNATION + SECOND + 1 + LISTEN,
  },
  {
    rule: "a shutdown on the way: it lets go in the end",
    given: after(handingOver, [1, SHUTDOWN]),
    at: RESIGNATION,
    event: TICK,
    outputs: ["resigning -> initialize: no-successor", "release"],
    ...ended,
  },
  {
    rule: "held back on the way: it takes no part in the end",
    given: after(handingOver, [1, DRAIN]),
    at: 2,
    event: hears(50),
    outputs: ["resigning -> initialize: successor-heard", "release"],
    ...ended,
  },
  {
    rule: "a Startup after a shutdown on the way: it takes part in the end",
    given: after(resigningOf(), [1, STARTUP]),
    at: 2,
    event: hears(50),
    outputs: ["resigning -> backup: successor-heard", "release"],
    role: "backup",
    deadline: 2 + ACTIVE_DOWN,
  },
];

const deferentialCells: readonly Cell[] = [
  {
    rule: "[6.4.2-i] it does not preempt the successor, as with Preempt_Mode False",
    given: handedOver,
    at: SECOND,
    event: hears(50),
    ...staysBackup,
  },
  {
    rule: "not as the owner either: its operator said so",
    given: after(masterOf(configured({ priority: 255 })), [0, HAND_OVER], [1, hears(50)]),
    at: SECOND,
    event: hears(50),
    outputs: [`notice owner-contested ${LOWER_PEER}`],
    role: "backup",
    deadline: 4 * SECOND + 3_907,
  },
  {
    rule: "nor after its link was lost",
    given: after(handedOver, [2, LINK_DOWN], [3, LINK_UP]),
    at: SECOND,
    event: hears(50),
    ...staysBackup,
  },
  {
    rule: "[6.4.1-b] nor does the owner take over when its link comes back",
    given: after(masterOf(configured({ priority: 255 })), [0, HAND_OVER], [1, hears(50)], [2, LINK_DOWN]),
    at: SECOND,
    event: LINK_UP,
    outputs: ["initialize -> backup: link-up"],
    role: "backup",
    deadline: 4 * SECOND + 3_907,
  },
  {
    rule: "S6 it replaces a successor that died in the usual time",
    given: handedOver,
    at: 1 + ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: 1 + ACTIVE_DOWN + SECOND,
  },
  {
    rule: "[6.4.2-l] once it was master again it preempts as ever",
    given: after(handedOver, [1 + ACTIVE_DOWN, TICK], [5 * SECOND, hears(200)]),
    at: 6 * SECOND,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: 5 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] once it was readmitted, too",
    given: after(handedOver, [2, READMIT]),
    at: SECOND,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: 1 + ACTIVE_DOWN,
  },
];

const listening = after(backupOf(), [ACTIVE_DOWN + SECOND + 1, TICK]);

const succeedCells: readonly Cell[] = [
  {
    rule: "the successor takes over while it still hears the master",
    given: after(backupOf(), [0, hears(200)]),
    at: 1,
    event: SUCCEED,
    outputs: ["backup -> master: handover", "send 100", "acquire"],
    role: "master",
    deadline: SECOND + 1,
  },
  {
    rule: "or after it resigned, before Skew_Time is over",
    given: after(backupOf(), [0, hears(200)], [SECOND, hears(0)]),
    at: SECOND + 1,
    event: SUCCEED,
    outputs: ["backup -> master: handover", "send 100", "acquire"],
    role: "master",
    deadline: 2 * SECOND + 1,
  },
  {
    rule: "S10 not while it listens after a stall: the word may be old",
    given: listening,
    at: ACTIVE_DOWN + SECOND + 2,
    event: SUCCEED,
    outputs: [],
    role: "backup",
    deadline: ACTIVE_DOWN + SECOND + 1 + LISTEN,
  },
];

const DEFERENTIAL: VrrpRouterEvent = { kind: "startup", deferential: true };
const owner = configured({ priority: 255 });

const earlierLifeCells: readonly Cell[] = [
  {
    rule: "[6.4.2-i] handed over in an earlier life: it does not preempt",
    given: after(initializeOf(), [0, DEFERENTIAL]),
    at: SECOND,
    event: hears(50),
    ...staysBackup,
  },
  {
    rule: "[6.4.1-b:-] not even the owner is master at once",
    given: initializeOf(owner),
    at: 0,
    event: DEFERENTIAL,
    outputs: ["initialize -> backup: startup"],
    role: "backup",
    deadline: 3 * SECOND + 3_907,
  },
  {
    rule: "nor with its addresses still here: it listens first",
    given: initializeOf(owner),
    at: 0,
    event: { kind: "startup", deferential: true, resume: true },
    outputs: ["initialize -> resuming: startup"],
    role: "resuming",
    deadline: SECOND + 3_907,
  },
  {
    rule: "S6 it replaces a master that died in the usual time",
    given: after(initializeOf(), [0, DEFERENTIAL], [1, hears(50)]),
    at: 1 + ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: 1 + ACTIVE_DOWN + SECOND,
  },
  {
    rule: "without effect in a virtual router that takes part already",
    given: after(backupOf(), [0, DEFERENTIAL], [0, hears(200)]),
    at: SECOND,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] until it was readmitted",
    given: after(initializeOf(), [0, DEFERENTIAL], [1, READMIT], [1, hears(200)]),
    at: SECOND,
    event: hears(50),
    outputs: [],
    role: "backup",
    deadline: 1 + ACTIVE_DOWN,
  },
];

describe("handing over", () => {
  table(handOverCells);
});

describe("a backup that handed over", () => {
  table(deferentialCells);

  it("says so until it was master again", () => {
    assert.equal(explain(handingOver).deferential, true);
    assert.equal(explain(handedOver).deferential, true);
    assert.equal(explain(after(handedOver, [2, READMIT])).deferential, false);
    assert.equal(explain(after(handedOver, [1 + ACTIVE_DOWN, TICK])).deferential, false);
    assert.equal(explain(after(handingOver, [RESIGNATION, TICK])).deferential, false);
  });
});

describe("a router that handed over in an earlier life", () => {
  table(earlierLifeCells);

  it("says so until it was master", () => {
    const state = after(initializeOf(), [0, DEFERENTIAL]);
    assert.equal(explain(state).deferential, true);
    assert.equal(explain(after(state, [ACTIVE_DOWN, TICK])).deferential, false);
  });
});

describe("succeeding", () => {
  table(succeedCells);

  it("ends the deference of one that handed over itself", () => {
    assert.equal(explain(after(handedOver, [2, SUCCEED])).deferential, false);
  });

  it("[6.4.2-h] takes Skew_Time where the master only resigns", () => {
    const state = after(backupOf(), [0, hears(200, HIGHER_PEER)], [SECOND, hears(0, HIGHER_PEER)]);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, TICK, SECOND + SKEW - 1)), []);
    assert.equal(roleOf(after(state, [SECOND + SKEW, TICK])), "master");
  });
});
