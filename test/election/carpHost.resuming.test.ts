import assert from "node:assert/strict";
import { explain, stepCarpHost } from "../../agent/election/carp/carpHost.ts";
import {
  after,
  BOW_OUT,
  backupOf,
  CONFIG,
  configured,
  demote,
  HIGHER_PEER,
  handingOverOf,
  INTERVAL,
  LISTEN,
  LOWER_PEER,
  MASTER_DOWN,
  masterOf,
  NOT_PREFERRED,
  outputsOf,
  PREFERRED,
  RESIGNATION,
  resumingOf,
  SECOND,
  SHUTDOWN,
  TICK,
  watchingOf,
} from "./carpHostScenario.ts";
import { type Cell, type Column, check, row } from "./carpHostTable.ts";

const AT = SECOND;
const stalled = `notice stalled ${CONFIG.sourceAddress}`;
const nothing: Cell = { rule: "without effect" };

function leaves(reason: string): Omit<Cell, "rule"> {
  return { outputs: [`resuming -> initialize: ${reason}`, "release"], role: "initialize", deadline: undefined };
}

/** Lets the addresses go, and watches that master or, where it may take over from it, listens to the end. */
function makesWay(then: "watches" | "listens", ...notices: readonly string[]): Omit<Cell, "rule"> {
  return {
    outputs: ["resuming -> backup: successor-heard", "release", "send bow-out", ...notices],
    role: "backup",
    deadline: then === "watches" ? AT + MASTER_DOWN : LISTEN,
  };
}

const CELLS: Readonly<Record<Column, Cell>> = {
  startup: nothing,
  "startup with the addresses here": nothing,
  shutdown: { rule: "it takes part no longer: no bow-out, it said nothing yet", ...leaves("shutdown") },
  "link-up": nothing,
  "link-down": { rule: "the interface went down: INIT [C6-m]", ...leaves("link-down") },
  "hold-back": { rule: "it may not be master", ...leaves("drained") },
  readmit: nothing,
  demote: { rule: "a demotion changes no interval [C7-m]" },
  "hand-over": nothing,
  succeed: nothing,
  "peer-lost": nothing,
  reconfigure: { rule: "a new skew counts for the wait that runs", deadline: 2_078_125 },
  tick: { rule: "too early" },
  "a preferred claim": { rule: "somebody else is master", ...makesWay("watches") },
  "an equal claim of a host that stays": {
    rule: "somebody else is master",
    ...makesWay("watches", `notice equal-priority ${LOWER_PEER}`),
  },
  "an equal claim of a host that yields": {
    rule: "somebody else is master",
    ...makesWay("watches", `notice equal-priority ${HIGHER_PEER}`),
  },
  "a claim that is not preferred": { rule: "somebody else is master, perhaps", ...makesWay("listens") },
  "a claim demoted more": { rule: "somebody else is master, perhaps", ...makesWay("listens") },
  "a claim too slow": {
    rule: "somebody else is master, perhaps",
    ...makesWay("listens", `notice interval-mismatch ${LOWER_PEER}`),
  },
  "a bow-out": { rule: "whoever that was, it is not master" },
  "the own address": {
    rule: "a loop or an address used twice is no master",
    outputs: [`notice own-advertisement ${CONFIG.sourceAddress}`],
  },
};

describe("a CARP host that resumes", () => {
  row("with the addresses of an earlier life", resumingOf(), AT, CELLS);

  it("goes on as master when nobody was heard", () => {
    check(resumingOf(), TICK, LISTEN, {
      outputs: ["resuming -> master: resumed", "send 1/100", "acquire"],
      role: "master",
      deadline: LISTEN + INTERVAL,
    });
  });

  it("takes over from a master that is not preferred once it has listened, and not before", () => {
    const made = after(resumingOf(), [AT, NOT_PREFERRED]);
    check(made, NOT_PREFERRED, LISTEN - 1, {});
    check(made, TICK, LISTEN, {
      outputs: ["backup -> master: preempted", "send 1/100", "acquire"],
      role: "master",
      deadline: LISTEN + INTERVAL,
    });
  });

  it("watches such a master without preempt mode", () => {
    check(resumingOf(configured({ preempt: false })), NOT_PREFERRED, AT, makesWay("watches"));
  });
});

/** The first moments at which a tick counts as a stall. */
const OVERSLEPT = MASTER_DOWN + INTERVAL + 1;
const DEPOSED = 3 * SECOND;
const listening = after(backupOf(), [OVERSLEPT, TICK]);

describe("a CARP host that stalled listens before it speaks", () => {
  it("as backup: up to an interval late is no stall", () => {
    check(backupOf(), TICK, OVERSLEPT - 1, {
      outputs: ["backup -> master: master-down", "send 1/100", "acquire"],
      role: "master",
      deadline: OVERSLEPT - 1 + INTERVAL,
    });
  });

  it("as backup: later it listens, also when it waited for its turn", () => {
    check(backupOf(), TICK, OVERSLEPT, { outputs: [stalled], deadline: OVERSLEPT + LISTEN });
    const late = AT + 7_812 + INTERVAL + 1;
    check(after(watchingOf(), [AT, BOW_OUT]), TICK, late, { outputs: [stalled], deadline: late + LISTEN });
  });

  it("as backup: it watches a master that is heard first", () => {
    check(backupOf(), PREFERRED, OVERSLEPT, { outputs: [stalled], deadline: OVERSLEPT + MASTER_DOWN });
  });

  const OLD: Cell = { rule: "what may be old shortens nothing" };
  const left = (reason: string): Omit<Cell, "rule"> => ({
    outputs: [`backup -> initialize: ${reason}`],
    role: "initialize",
    deadline: undefined,
  });
  const watched = (...notices: readonly string[]): Cell => ({
    rule: "a master that it accepts ends the listening",
    outputs: notices,
    deadline: OVERSLEPT + 1 + MASTER_DOWN,
  });

  row("as backup", listening, OVERSLEPT + 1, {
    startup: nothing,
    "startup with the addresses here": nothing,
    shutdown: { rule: "it takes part no longer", ...left("shutdown") },
    "link-up": nothing,
    "link-down": { rule: "the interface went down: INIT [C6-m]", ...left("link-down") },
    "hold-back": { rule: "it may not be master", ...left("drained") },
    readmit: nothing,
    demote: { rule: "a demotion changes no interval [C7-m]" },
    "hand-over": nothing,
    succeed: OLD,
    "peer-lost": OLD,
    reconfigure: { rule: "a new skew counts for the wait that runs", deadline: OVERSLEPT + 2_078_125 },
    tick: { rule: "too early" },
    "a preferred claim": watched(),
    "an equal claim of a host that stays": watched(`notice equal-priority ${LOWER_PEER}`),
    "an equal claim of a host that yields": watched(`notice equal-priority ${HIGHER_PEER}`),
    "a claim that is not preferred": OLD,
    "a claim demoted more": OLD,
    "a claim too slow": { ...OLD, outputs: [`notice interval-mismatch ${LOWER_PEER}`] },
    "a bow-out": OLD,
    "the own address": CELLS["the own address"],
  });

  it("takes over when nobody was heard; the second time in a row two intervals are no stall", () => {
    const taken = ["backup -> master: master-down", "send 1/100", "acquire"];
    const lateBy = (micros: number) => outputsOf(stepCarpHost(listening, TICK, OVERSLEPT + LISTEN + micros));
    assert.deepEqual(lateBy(0), taken);
    assert.deepEqual(lateBy(2 * INTERVAL), taken);
    assert.deepEqual(lateBy(2 * INTERVAL + 1), [stalled]);
  });

  it("as master: a short silence is made up for", () => {
    check(masterOf(), TICK, DEPOSED - 1, { outputs: ["send 1/100"], deadline: 3 * INTERVAL });
  });

  it("as master: after three bases of silence it keeps the addresses, says nothing and listens", () => {
    check(masterOf(), TICK, DEPOSED, {
      outputs: ["master -> resuming: stalled"],
      role: "resuming",
      deadline: DEPOSED + LISTEN,
    });
  });

  it("as master: it makes way at once for a replacement that waits in the socket", () => {
    for (const event of [PREFERRED, NOT_PREFERRED]) {
      assert.deepEqual(outputsOf(stepCarpHost(masterOf(), event, DEPOSED)), [
        "master -> resuming: stalled",
        "resuming -> backup: successor-heard",
        "release",
        "send bow-out",
      ]);
    }
  });

  it("as master: a shutdown after a stall says no goodbye", () => {
    assert.deepEqual(outputsOf(stepCarpHost(masterOf(), SHUTDOWN, DEPOSED)), [
      "master -> resuming: stalled",
      "resuming -> initialize: shutdown",
      "release",
    ]);
  });

  it("as master: each stall in a row must be twice as long, until an advertisement leaves in time", () => {
    const resumed = DEPOSED + LISTEN;
    const master = after(masterOf(), [DEPOSED, TICK], [resumed, TICK]);
    const silentFor = (state: typeof master, since: number, micros: number) =>
      outputsOf(stepCarpHost(state, TICK, since + micros));
    assert.deepEqual(silentFor(master, resumed, 2 * DEPOSED - 1), ["send 1/100"]);
    assert.deepEqual(silentFor(master, resumed, 2 * DEPOSED), ["master -> resuming: stalled"]);
    const inTime = after(master, [resumed + INTERVAL, TICK]);
    assert.deepEqual(silentFor(inTime, resumed + INTERVAL, DEPOSED), ["master -> resuming: stalled"]);
  });

  it("while resuming: it listens again", () => {
    const late = LISTEN + INTERVAL + 1;
    check(resumingOf(), TICK, late, { outputs: [stalled], deadline: late + LISTEN });
  });

  it("while handing over: it does not take its role back before it listened", () => {
    const late = RESIGNATION + INTERVAL + 1;
    check(handingOverOf(), TICK, late, {
      outputs: ["resigning -> resuming: stalled"],
      role: "resuming",
      deadline: late + LISTEN,
    });
  });

  it("forgets who was master before", () => {
    assert.equal(explain(after(watchingOf(), [OVERSLEPT, TICK])).masterAddress, undefined);
    assert.equal(explain(after(listening, [OVERSLEPT + 1, demote(0)])).masterAddress, undefined);
  });
});
