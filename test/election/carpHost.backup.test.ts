import assert from "node:assert/strict";
import { explain } from "../../agent/election/carp/carpHost.ts";
import {
  after,
  BOW_OUT,
  backupOf,
  CONFIG,
  configured,
  demote,
  HIGHER_PEER,
  hears,
  INTERVAL,
  LOWER_PEER,
  MASTER_DOWN,
  NOT_PREFERRED,
  SECOND,
  SUCCESSION,
  TICK,
  watchingOf,
} from "./carpHostScenario.ts";
import { type Cell, type Column, check, row } from "./carpHostTable.ts";

const AT = SECOND;
const restarted = AT + MASTER_DOWN;
const ownAddress = `notice own-advertisement ${CONFIG.sourceAddress}`;
const slow = `notice interval-mismatch ${LOWER_PEER}`;

/** Becomes master at `AT`. */
function promoted(reason: string, ...notices: readonly string[]): Omit<Cell, "rule"> {
  return {
    outputs: [`backup -> master: ${reason}`, "send 1/100", "acquire", ...notices],
    role: "master",
    deadline: AT + INTERVAL,
  };
}

const CELLS: Readonly<Record<Column, Cell>> = {
  startup: { rule: "it takes part already" },
  "startup with the addresses here": { rule: "it takes part already" },
  shutdown: {
    rule: "it takes part no longer, without a word",
    outputs: ["backup -> initialize: shutdown"],
    role: "initialize",
    deadline: undefined,
  },
  "link-up": { rule: "the link was there" },
  "link-down": {
    rule: "the interface went down: INIT, timers cancelled [C6-m]",
    outputs: ["backup -> initialize: link-down"],
    role: "initialize",
    deadline: undefined,
  },
  "hold-back": {
    rule: "it may not be master: it takes no part",
    outputs: ["backup -> initialize: drained"],
    role: "initialize",
    deadline: undefined,
  },
  readmit: { rule: "nothing held it back" },
  demote: { rule: "a demotion changes the order, never an interval [C7-m]" },
  "hand-over": { rule: "it has no role to hand on" },
  succeed: { rule: "the master handed over to this host: at once", ...promoted("handover") },
  "peer-lost": {
    rule: "its master may be dead: it is asked",
    outputs: [`ask ${LOWER_PEER} with 1/51`],
    deadline: AT + 5_000,
  },
  reconfigure: { rule: "a new skew counts for the wait that runs [C5-c]", deadline: 3_078_125 },
  tick: { rule: "too early" },
  "a preferred claim": { rule: "a faster master: the down timer starts anew [C6-g]", deadline: restarted },
  "an equal claim of a host that stays": {
    rule: "an equal master: the down timer starts anew [C6-g]",
    outputs: [`notice equal-priority ${LOWER_PEER}`],
    deadline: restarted,
  },
  "an equal claim of a host that yields": {
    rule: "addresses decide between masters alone: the down timer starts anew [C6-g]",
    outputs: [`notice equal-priority ${HIGHER_PEER}`],
    deadline: restarted,
  },
  "a claim that is not preferred": {
    rule: "preempt on, me < peer, pd >= d: promote [C6-d:+]",
    ...promoted("preempted"),
  },
  "a claim demoted more": { rule: "pd > d: promote [C6-e]", ...promoted("preempted") },
  "a claim too slow": { rule: "preempt on, me < peer: promote [C6-d:+]", ...promoted("preempted", slow) },
  "a bow-out": { rule: "the master is gone: its turn comes soon, in order of skew [C6-r]", deadline: AT + SUCCESSION },
  "the own address": { rule: "a loop or an address used twice is no master", outputs: [ownAddress] },
};

const nopreempt = configured({ preempt: false });
const ucarp = configured({ dialect: "ucarp" });
const ucarpNopreempt = configured({ dialect: "ucarp", preempt: false });

describe("a CARP host in backup", () => {
  row("that watches a master", watchingOf(), AT, CELLS);

  row("without preempt mode", watchingOf(nopreempt), AT, {
    ...CELLS,
    "a claim that is not preferred": {
      rule: "slower, without preempt: the down timer starts anew [C6-g C6-d:-]",
      deadline: restarted,
    },
    "a claim demoted more": { rule: "pd > d: promote, regardless of preempt [C6-e C6-t:+]", ...promoted("preempted") },
    "a claim too slow": {
      rule: "tv(3 advbase, skew) < peer: it would time out for certain, so it does now [C6-f]",
      ...promoted("master-down", slow),
    },
  });

  row("in ucarp's dialect", watchingOf(ucarp), AT, {
    ...CELLS,
    demote: { rule: "the demotion is added to the skew [C7-h]", deadline: 3_410_156 },
    "a claim demoted more": { rule: "the field is a pad that nobody reads [C6-e:-]", deadline: restarted },
  });

  row("in ucarp's dialect without preempt mode", watchingOf(ucarpNopreempt), AT, {
    ...CELLS,
    demote: { rule: "the demotion is added to the skew [C7-h]", deadline: 3_410_156 },
    "a claim that is not preferred": {
      rule: "slower, without preempt: the down timer starts anew [C6-g C6-d:-]",
      deadline: restarted,
    },
    "a claim demoted more": { rule: "the field is a pad that nobody reads [C6-e:-]", deadline: restarted },
    "a claim too slow": {
      rule: "deadratio * advbase < peer: it would time out for certain, so it does now [C6-f]",
      ...promoted("master-down", slow),
    },
  });

  it("promotes at the down timer: state, advertisement, addresses [C6-h C5-c]", () => {
    check(backupOf(), TICK, MASTER_DOWN - 1, {});
    check(backupOf(), TICK, MASTER_DOWN, {
      outputs: ["backup -> master: master-down", "send 1/100", "acquire"],
      role: "master",
      deadline: MASTER_DOWN + INTERVAL,
    });
  });

  it("times a master out early only if it is slower than the down timer [C6-f]", () => {
    const state = backupOf(configured({ preempt: false, advertisementSkew: 0 }));
    const slowBy = (advertisementSkew: number) => hears({ advertisementBase: 3, advertisementSkew });
    check(state, slowBy(0), AT, { outputs: [slow], deadline: AT + 3 * SECOND });
    check(state, slowBy(1), AT, {
      outputs: ["backup -> master: master-down", "send 1/0", "acquire", slow],
      role: "master",
      deadline: AT + SECOND,
    });
  });

  it("never learns the master's interval [C5-j]", () => {
    check(watchingOf(nopreempt), hears({ advertisementBase: 2 }), AT, { outputs: [slow], deadline: restarted });
  });

  it("explains whom it watches, and nobody after a bow-out", () => {
    assert.deepEqual(explain(watchingOf()), {
      role: "backup",
      advertisementBase: 1,
      advertisementSkew: 100,
      demotion: 0,
      advertised: { skew: 100, demotion: 0 },
      held: undefined,
      deferential: false,
      advertisementIntervalMicros: INTERVAL,
      masterAddress: LOWER_PEER,
      latest: { from: "initialize", to: "backup", reason: "startup", atMicros: 0 },
    });
    assert.equal(explain(after(watchingOf(), [AT, BOW_OUT])).masterAddress, undefined);
  });
});

describe("demotion in a backup of OpenBSD's dialect", () => {
  const demoted = after(watchingOf(), [0, demote(5)]);

  it("counts before the period: me < peer but pd < d, no takeover [C6-u C6-d:-]", () => {
    check(demoted, NOT_PREFERRED, AT, { deadline: restarted });
  });

  it("counts before the period: pd = d and me < peer, takeover [C6-d:+]", () => {
    check(demoted, hears({ advertisementSkew: 200, demotion: 5 }), AT, {
      outputs: ["backup -> master: preempted", "send 1/100 demoted 5", "acquire"],
      role: "master",
      deadline: AT + INTERVAL,
    });
  });

  it("is worth less than a greater one, without preempt mode, too [C6-t]", () => {
    const state = after(watchingOf(nopreempt), [0, demote(5)]);
    check(state, hears({ advertisementSkew: 0, demotion: 5 }), AT, { deadline: restarted });
    check(state, hears({ advertisementSkew: 0, demotion: 6 }), AT, {
      outputs: ["backup -> master: preempted", "send 1/100 demoted 5", "acquire"],
      role: "master",
      deadline: AT + INTERVAL,
    });
  });

  it("takes over from one demoted more without the preempt delay: a failed service is not waited for [C6-e]", () => {
    const state = watchingOf(configured({ preemptDelayMicros: 30 * SECOND }));
    check(state, hears({ demotion: 1 }), AT, promoted("preempted"));
  });
});
