import assert from "node:assert/strict";
import { type CarpHostEvent, explain, stepCarpHost } from "../../agent/election/carp/carpHost.ts";
import {
  after,
  BOW_OUT,
  backupOf,
  configured,
  demote,
  HAND_OVER,
  HIGHER_PEER,
  hears,
  INTERVAL,
  initializeOf,
  LOWER_PEER,
  MASTER_DOWN,
  NOT_PREFERRED,
  outputsOf,
  PEER_LOST,
  PREFERRED,
  READMIT,
  reconfigure,
  SECOND,
  SUCCEED,
  SUCCESSION,
  TICK,
  watchingOf,
} from "./carpHostScenario.ts";
import { check } from "./carpHostTable.ts";

const AT = SECOND;
const restarted = AT + MASTER_DOWN;
/** What a master that may be dead has for its answer. */
const ANSWER = 15_000;

describe("a master that is gone", () => {
  it("is succeeded in order of skew within 20 ms, after a bow-out [C6-r:+]", () => {
    for (const [advertisementSkew, afterMicros] of [
      [0, 0],
      [1, 78],
      [128, 10_000],
      [254, 19_843],
    ] as const) {
      const state = after(watchingOf(configured({ advertisementSkew }), hears({ advertisementSkew: 0 })), [
        AT,
        BOW_OUT,
      ]);
      check(state, TICK, AT + afterMicros, {
        outputs: ["backup -> master: master-resigned", `send 1/${advertisementSkew}`, "acquire"],
        role: "master",
        deadline: AT + afterMicros + SECOND + Math.floor((advertisementSkew * SECOND) / 256),
      });
    }
  });

  it("is succeeded after a bow-out whatever base and preempt mode are, for a bow-out is no slow master [C6-r]", () => {
    for (const advertisementBase of [0, 86, 254]) {
      const state = after(watchingOf(configured({ advertisementBase, preempt: false })), [AT, BOW_OUT]);
      check(state, TICK, AT + SUCCESSION, {
        outputs: ["backup -> master: master-resigned", `send ${advertisementBase}/100`, "acquire"],
        role: "master",
        deadline: AT + SUCCESSION + advertisementBase * SECOND + 390_625,
      });
    }
  });

  it("is succeeded by the demoted last, in either dialect", () => {
    for (const dialect of ["openbsd", "ucarp"] as const) {
      const master = hears({ advertisementSkew: 0 });
      const state = after(
        watchingOf(configured({ dialect, advertisementSkew: 0 }), master),
        [0, demote(300)],
        [AT, BOW_OUT],
      );
      check(state, TICK, AT + 19_920, {});
    }
  });

  it("takes its farewell once: a second bow-out does not start the wait anew", () => {
    check(after(watchingOf(), [AT, BOW_OUT]), BOW_OUT, AT + 5_000, { deadline: AT + SUCCESSION });
  });

  it("has a successor that is heard first: its claim is weighed as ever", () => {
    const waiting = after(watchingOf(), [AT, BOW_OUT]);
    check(waiting, hears({ advertisementSkew: 50 }, HIGHER_PEER), AT + 100, { deadline: AT + 100 + MASTER_DOWN });
    check(waiting, hears({ advertisementSkew: 200 }, HIGHER_PEER), AT + 100, {
      outputs: ["backup -> master: preempted", "send 1/100", "acquire"],
      role: "master",
      deadline: AT + 100 + INTERVAL,
    });
  });

  it("is dead by the word of the peer link when it does not answer: asked three times, succeeded in order of skew", () => {
    const outputs = [`ask ${LOWER_PEER} with 1/51`];
    let state = after(watchingOf(), [AT, PEER_LOST]);
    for (const [sinceMicros, deadline] of [
      [5_000, 10_000],
      [10_000, ANSWER + SUCCESSION],
    ] as const) {
      check(state, TICK, AT + sinceMicros, { outputs, deadline: AT + deadline });
      state = after(state, [AT + sinceMicros, TICK]);
    }
    check(state, TICK, AT + ANSWER + SUCCESSION, {
      outputs: ["backup -> master: peer-lost", "send 1/100", "acquire"],
      role: "master",
      deadline: AT + ANSWER + SUCCESSION + INTERVAL,
    });
  });

  it("is alive when it answers, whoever may preempt whom", () => {
    for (const preempt of [true, false]) {
      const answer = hears({ advertisementSkew: 50 });
      const suspicious = after(watchingOf(configured({ preempt }), answer), [AT, PEER_LOST]);
      check(suspicious, answer, AT + 1_000, { deadline: AT + 1_000 + MASTER_DOWN });
    }
  });

  it("is asked with a claim that it must contradict: its own, one step worse", () => {
    for (const [master, question] of [
      [{ advertisementBase: 1, advertisementSkew: 254 }, "2/254"],
      [{ advertisementBase: 254, advertisementSkew: 254 }, "bow-out"],
    ] as const) {
      const state = watchingOf(configured({ preempt: false, advertisementBase: 254 }), hears(master));
      check(state, PEER_LOST, AT, { outputs: [`ask ${LOWER_PEER} with ${question}`], deadline: AT + 5_000 });
    }
  });

  it("is not the one that the peer link lost, when it is another", () => {
    check(watchingOf(), { kind: "peer-lost", from: HIGHER_PEER }, AT, {});
    check(backupOf(), PEER_LOST, AT, {});
  });

  it("is not waited for longer because the peer link lost it", () => {
    check(watchingOf(), PEER_LOST, MASTER_DOWN - 100, { deadline: MASTER_DOWN });
  });
});

describe("another master beside one that lives", () => {
  for (const [what, event] of [
    ["not preferred", hears({ advertisementSkew: 200 }, HIGHER_PEER)],
    ["demoted more", hears({ demotion: 9 }, HIGHER_PEER)],
    ["bowing out", hears({ advertisementBase: 255, advertisementSkew: 255 }, HIGHER_PEER)],
  ] as const satisfies readonly (readonly [string, CarpHostEvent])[]) {
    it(`is the living one's affair: ${what}, nothing happens`, () => {
      check(watchingOf(), event, AT, {});
    });
  }

  it("is watched instead when it is acceptable", () => {
    const state = after(watchingOf(), [AT, hears({ advertisementSkew: 10 }, HIGHER_PEER)]);
    assert.equal(explain(state).masterAddress, HIGHER_PEER);
  });
});

describe("the preempt delay of a CARP host", () => {
  const patient = configured({ preemptDelayMicros: 30 * SECOND });
  const seconds = (second: number): readonly [number, CarpHostEvent] => [second * SECOND, NOT_PREFERRED];

  it("runs from the moment when it could have preempted", () => {
    let state = backupOf(patient);
    for (let second = 1; second <= 30; second += 1) state = after(state, seconds(second));
    check(state, NOT_PREFERRED, 31 * SECOND - 1, { deadline: 31 * SECOND - 1 + MASTER_DOWN });
    check(state, NOT_PREFERRED, 31 * SECOND, {
      outputs: ["backup -> master: preempted", "send 1/100", "acquire"],
      role: "master",
      deadline: 31 * SECOND + INTERVAL,
    });
  });

  it("begins again when a preferred master was heard in between", () => {
    const state = after(backupOf(patient), seconds(1), [2 * SECOND, PREFERRED], seconds(3), seconds(5));
    check(state, NOT_PREFERRED, 6 * SECOND, { deadline: 6 * SECOND + MASTER_DOWN });
  });

  it("never delays filling a vacancy", () => {
    const state = after(backupOf(patient), seconds(1));
    check(state, TICK, SECOND + MASTER_DOWN, {
      outputs: ["backup -> master: master-down", "send 1/100", "acquire"],
      role: "master",
      deadline: SECOND + MASTER_DOWN + INTERVAL,
    });
    check(state, BOW_OUT, 2 * SECOND, { deadline: 2 * SECOND + SUCCESSION });
  });
});

describe("a CARP host that handed over", () => {
  const deferential = after(backupOf(), [0, SUCCEED], [0, HAND_OVER], [1, NOT_PREFERRED]);

  it("does not preempt its successor, not one demoted more either", () => {
    assert.equal(explain(deferential).deferential, true);
    check(deferential, NOT_PREFERRED, AT, { deadline: restarted });
    check(deferential, hears({ demotion: 1 }), AT, { deadline: restarted });
  });

  it("takes over when the successor fails, and then preempts as ever", () => {
    const step = stepCarpHost(deferential, TICK, 1 + MASTER_DOWN);
    assert.deepEqual(outputsOf(step), ["backup -> master: master-down", "send 1/100", "acquire"]);
    assert.equal(explain(step.state).deferential, false);
  });

  it("preempts once it is readmitted", () => {
    check(after(deferential, [2, READMIT]), NOT_PREFERRED, AT, {
      outputs: ["backup -> master: preempted", "send 1/100", "acquire"],
      role: "master",
      deadline: AT + INTERVAL,
    });
  });
});

describe("a CARP host that handed over in an earlier life", () => {
  const deferential = after(initializeOf(), [0, { kind: "startup", deferential: true }]);

  it("does not preempt, not a master demoted more either", () => {
    assert.equal(explain(deferential).deferential, true);
    check(deferential, NOT_PREFERRED, AT, { deadline: restarted });
    check(deferential, hears({ demotion: 1 }), AT, { deadline: restarted });
  });

  it("takes over when nobody is there, and then preempts as ever", () => {
    const step = stepCarpHost(deferential, TICK, MASTER_DOWN);
    assert.deepEqual(outputsOf(step), ["backup -> master: master-down", "send 1/100", "acquire"]);
    assert.equal(explain(step.state).deferential, false);
  });

  it("preempts once it is readmitted", () => {
    assert.equal(explain(after(deferential, [1, READMIT])).deferential, false);
  });

  it("is no word to one that takes part already", () => {
    assert.equal(explain(after(backupOf(), [1, { kind: "startup", deferential: true }])).deferential, false);
  });
});

describe("the wait of a backup that is configured anew", () => {
  it("ends now where it would be over already, and is no stall", () => {
    const state = after(backupOf(), [3 * SECOND, reconfigure({ advertisementBase: 0 })]);
    check(state, TICK, 3 * SECOND, {
      outputs: ["backup -> master: master-down", "send 0/100", "acquire"],
      role: "master",
      deadline: 3 * SECOND + 390_625,
    });
  });

  it("advskew 254 puts it last [C5-a]", () => {
    check(backupOf(), reconfigure({ advertisementSkew: 254 }), AT, { deadline: 3_992_187 });
  });
});
