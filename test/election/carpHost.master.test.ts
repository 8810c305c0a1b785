import assert from "node:assert/strict";
import { type CarpHostState, explain, stepCarpHost } from "../../agent/election/carp/carpHost.ts";
import {
  after,
  CONFIG,
  configured,
  demote,
  HAND_OVER,
  HIGHER_PEER,
  HOLD_BACK,
  handingOverOf,
  hears,
  INTERVAL,
  LOWER_PEER,
  MASTER_DOWN,
  masterOf,
  NOT_PREFERRED,
  outputsOf,
  PREFERRED,
  READMIT,
  RESIGNATION,
  reconfigure,
  resigningOf,
  SECOND,
  SHUTDOWN,
  STARTUP,
  SUCCEED,
  TICK,
} from "./carpHostScenario.ts";
import { type Cell, type Column, check, row } from "./carpHostTable.ts";

const AT = SECOND;
const ownAddress = `notice own-advertisement ${CONFIG.sourceAddress}`;
const slow = `notice interval-mismatch ${LOWER_PEER}`;
const nothing: Cell = { rule: "without effect in a master" };

/** Yields at `AT`: lets the addresses go, then says a last word. */
function yields(reason: string, ...notices: readonly string[]): Omit<Cell, "rule"> {
  return {
    outputs: [`master -> backup: ${reason}`, "release", "send 1/100", ...notices],
    role: "backup",
    deadline: AT + MASTER_DOWN,
  };
}

/** Stays: the group hears it, and the segment. */
function stays(...notices: readonly string[]): Omit<Cell, "rule"> {
  return { outputs: ["send 1/100", "announce", ...notices] };
}

function resigns(reason: string): Omit<Cell, "rule"> {
  return { outputs: [`master -> resigning: ${reason}`, "send bow-out"], role: "resigning", deadline: AT + RESIGNATION };
}

const CELLS: Readonly<Record<Column, Cell>> = {
  startup: nothing,
  "startup with the addresses here": nothing,
  shutdown: { rule: "a bow-out, base and skew 255, that is not rescheduled [C6-q]", ...resigns("shutdown") },
  "link-up": nothing,
  "link-down": {
    rule: "the interface went down: INIT, timers cancelled [C6-m]",
    outputs: ["master -> initialize: link-down", "release"],
    role: "initialize",
    deadline: undefined,
  },
  "hold-back": { rule: "it may not be master: it hands over", ...resigns("drained") },
  readmit: nothing,
  demote: {
    rule: "the group hears the demotion at once, in its field [C7-d:+]",
    outputs: ["send 1/100 demoted 5"],
    deadline: AT + INTERVAL,
  },
  "hand-over": { rule: "it bows out, to be a backup afterwards", ...resigns("handover") },
  succeed: nothing,
  "peer-lost": nothing,
  reconfigure: {
    rule: "the group hears the new claim at once",
    outputs: ["send 1/20"],
    deadline: AT + SECOND + 78_125,
  },
  tick: { rule: "too early, and a down timer is ignored [C6-l]" },
  "a preferred claim": { rule: "me >= peer and pd <= d: yield [C6-i]", ...yields("higher-priority") },
  "an equal claim of a host that stays": {
    rule: "equal, and the other one stays: yield, a step late [C6-j C6-i]",
    ...yields("tie-lost", `notice equal-priority ${LOWER_PEER}`),
    deadline: AT + 3_906 + MASTER_DOWN,
  },
  "an equal claim of a host that yields": {
    rule: "equal, and the other one yields: stay [C6-j]",
    ...stays(`notice equal-priority ${HIGHER_PEER}`),
  },
  "a claim that is not preferred": { rule: "the segment hears again who is master [C6-k]", ...stays() },
  "a claim demoted more": { rule: "pd > d: stay, whatever the period [C6-i]", ...stays() },
  "a claim too slow": { rule: "the segment hears again who is master [C6-k]", ...stays(slow) },
  "a bow-out": { rule: "who bowed out had the addresses: the segment hears who has them [C6-r]", ...stays() },
  "the own address": { rule: "a loop or an address used twice is no master", outputs: [ownAddress] },
};

const ucarp = configured({ dialect: "ucarp" });

describe("a CARP host as master", () => {
  row("in OpenBSD's dialect", masterOf(), AT, CELLS);

  row("in ucarp's dialect", masterOf(ucarp), AT, {
    ...CELLS,
    demote: {
      rule: "the group hears the demotion at once, in the skew [C7-h]",
      outputs: ["send 1/105"],
      deadline: AT + SECOND + 410_156,
    },
    "a claim demoted more": { rule: "the field is a pad that nobody reads [C6-i]", ...yields("higher-priority") },
  });

  row("without preempt mode", masterOf(configured({ preempt: false })), AT, CELLS);

  it("advertises each interval, on a schedule that does not drift [C5-a]", () => {
    const late = after(masterOf(), [INTERVAL + 400_000, TICK]);
    check(masterOf(), TICK, INTERVAL, { outputs: ["send 1/100"], deadline: 2 * INTERVAL });
    check(late, TICK, 2 * INTERVAL, { outputs: ["send 1/100"], deadline: 3 * INTERVAL });
  });

  it("yields to one demoted less whatever its period: pd < d [C6-i]", () => {
    check(after(masterOf(), [0, demote(5)]), hears({ advertisementSkew: 254, demotion: 4 }), AT, {
      outputs: ["master -> backup: higher-priority", "release", "send 1/100 demoted 5"],
      role: "backup",
      deadline: AT + MASTER_DOWN,
    });
  });

  it("never yields to a bow-out, however much it is demoted itself", () => {
    const bowOut = hears({ advertisementBase: 255, advertisementSkew: 255, demotion: 0 });
    check(after(masterOf(), [0, demote(5)]), bowOut, AT, { outputs: ["send 1/100 demoted 5", "announce"] });
  });

  it("sends a demotion of at most 255 [C7-b]", () => {
    assert.deepEqual(outputsOf(stepCarpHost(masterOf(), demote(300), AT)), ["send 1/100 demoted 255"]);
  });

  it("adds at most to a skew of 240 in ucarp's dialect, and lowers none [C7-h C7-k]", () => {
    for (const [advertisementSkew, demotion, sent] of [
      [100, 240, 240],
      [100, 139, 239],
      [0, 1, 1],
      [240, 9, 240],
      [250, 9, 250],
      [254, 300, 254],
    ] as const) {
      const state = after(masterOf({ ...ucarp, advertisementSkew }), [0, demote(demotion)]);
      assert.deepEqual(outputsOf(stepCarpHost(state, TICK, 2 * SECOND)), [`send 1/${sent}`]);
      assert.deepEqual(explain(state).advertised, { skew: sent, demotion: 0 });
    }
  });

  it("says nothing about a demotion that it has already [C7-d:-]", () => {
    check(after(masterOf(), [0, demote(5)]), demote(5), AT, {});
  });

  it("steps down by advskew 254: it says so, and a better host answers", () => {
    const demoted = after(masterOf(), [0, reconfigure({ advertisementSkew: 254 })]);
    check(demoted, NOT_PREFERRED, AT, {
      outputs: ["master -> backup: higher-priority", "release", "send 1/254"],
      role: "backup",
      deadline: AT + 3_992_187,
    });
  });

  it("announces when its addresses changed, and never lets them go for a configuration", () => {
    const other = reconfigure({ addresses: ["10.25.0.100"] });
    check(masterOf(), other, AT, { outputs: ["send 1/100", "announce"], deadline: AT + INTERVAL });
    check(masterOf(), reconfigure({ addresses: CONFIG.addresses.toReversed() }), AT, {
      outputs: ["send 1/100"],
      deadline: AT + INTERVAL,
    });
  });
});

const unheard: Cell = { rule: "it said goodbye already" };
const answered: Cell = { rule: "it is no answer to a bow-out" };

/** What happens to one that resigns, when a successor is heard. */
function succeeded(to: "initialize" | "backup", reason = "successor-heard"): Omit<Cell, "rule"> {
  return {
    outputs: [`resigning -> ${to}: ${reason}`, "release"],
    role: to,
    deadline: to === "initialize" ? undefined : 100_000 + MASTER_DOWN,
  };
}

function resigningCells(then: "initialize" | "backup"): Readonly<Record<Column, Cell>> {
  const successor: Cell = { rule: "any other master is the successor", ...succeeded(then) };
  return {
    startup: { rule: "it decides what comes afterwards" },
    "startup with the addresses here": { rule: "it decides what comes afterwards" },
    shutdown: { rule: "it decides what comes afterwards" },
    "link-up": unheard,
    "link-down": { rule: "nobody can be answered: INIT [C6-m]", ...succeeded("initialize", "link-down") },
    "hold-back": { rule: "it decides what comes afterwards" },
    readmit: { rule: "it decides what comes afterwards" },
    demote: { rule: "it decides what comes afterwards" },
    "hand-over": unheard,
    succeed: unheard,
    "peer-lost": unheard,
    reconfigure: { rule: "it decides what comes afterwards" },
    tick: { rule: "too early" },
    "a preferred claim": successor,
    "an equal claim of a host that stays": successor,
    "an equal claim of a host that yields": successor,
    "a claim that is not preferred": successor,
    "a claim demoted more": successor,
    "a claim too slow": successor,
    "a bow-out": answered,
    "the own address": answered,
  };
}

describe("a CARP host that resigns", () => {
  row("to stop", resigningOf(), 100_000, resigningCells("initialize"));
  row("because it is held back", after(masterOf(), [0, HOLD_BACK]), 100_000, resigningCells("initialize"));
  row("to hand over", handingOverOf(), 100_000, resigningCells("backup"));

  it("gives the bow-out the highest demotion in OpenBSD's dialect, so that nobody waits, and none in ucarp's [C6-e C6-q]", () => {
    for (const [dialect, demotion] of [
      ["openbsd", 255],
      ["ucarp", 0],
    ] as const) {
      const { outputs } = stepCarpHost(masterOf(configured({ dialect })), SHUTDOWN, AT);
      const advertisement = { virtualHostId: 10, advertisementBase: 255, advertisementSkew: 255, demotion };
      assert.deepEqual(outputs.at(-1), { kind: "send", advertisement });
    }
  });

  it("lets the addresses go when nobody succeeds it", () => {
    check(resigningOf(), TICK, RESIGNATION - 1, {});
    check(resigningOf(), TICK, RESIGNATION, {
      outputs: ["resigning -> initialize: no-successor", "release"],
      role: "initialize",
      deadline: undefined,
    });
  });

  it("takes its role back when it was only asked to hand over, and nobody succeeds it", () => {
    check(handingOverOf(), TICK, RESIGNATION, {
      outputs: ["resigning -> master: no-successor", "send 1/100", "acquire"],
      role: "master",
      deadline: RESIGNATION + INTERVAL,
    });
  });

  it("obeys what it was told last: shut down, held back, started or readmitted meanwhile", () => {
    const endOf = (state: CarpHostState) => outputsOf(stepCarpHost(state, NOT_PREFERRED, 100_000))[0];
    assert.equal(endOf(after(handingOverOf(), [1, SHUTDOWN])), "resigning -> initialize: successor-heard");
    assert.equal(endOf(after(handingOverOf(), [1, HOLD_BACK])), "resigning -> initialize: successor-heard");
    assert.equal(endOf(after(resigningOf(), [1, STARTUP])), "resigning -> backup: successor-heard");
    const readmitted = after(masterOf(), [0, HOLD_BACK], [1, READMIT]);
    assert.equal(endOf(readmitted), "resigning -> backup: successor-heard");
  });

  it("is a backup that defers to its successor, until it is readmitted", () => {
    assert.equal(explain(after(handingOverOf(), [1, NOT_PREFERRED])).deferential, true);
    assert.equal(explain(after(handingOverOf(), [1, READMIT], [2, NOT_PREFERRED])).deferential, false);
    assert.equal(explain(after(masterOf(), [1, HAND_OVER], [2, PREFERRED], [3, SUCCEED])).deferential, false);
  });
});
