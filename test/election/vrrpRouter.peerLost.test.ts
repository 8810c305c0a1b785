import assert from "node:assert/strict";
import { peerLostSkewMicros } from "../../agent/election/timers.ts";
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
  LISTEN,
  LOWER_PEER,
  lost,
  masterOf,
  outputsOf,
  SECOND,
  SKEW,
  TICK,
  table,
} from "./scenario.ts";

/** 15 ms for an answer, and the skew of priority 100 over 20 ms: 156 / 256 of it, 12187.5 microseconds. */
const SUCCESSION = 15_000 + 12_188;
const QUESTION = 5_000;
const watching = after(backupOf(), [0, hears(200, HIGHER_PEER)]);
const bereaved = after(watching, [SECOND, lost(HIGHER_PEER)]);
const exhausted = after(bereaved, [SECOND + QUESTION, TICK], [SECOND + 2 * QUESTION, TICK]);
const quiet = { outputs: [], role: "backup" } as const;
/** It asks the master for an answer, by a claim that any live one has to contradict. */
const asks = { outputs: [`ask ${HIGHER_PEER} with 199`], role: "backup" } as const;

const cells: readonly Cell[] = [
  {
    rule: "its master may be dead: it is asked, with one less than its priority",
    given: watching,
    at: SECOND,
    event: lost(HIGHER_PEER),
    ...asks,
    deadline: SECOND + QUESTION,
  },
  {
    rule: "it is asked again, in case that was lost",
    given: bereaved,
    at: SECOND + QUESTION,
    event: TICK,
    ...asks,
    deadline: SECOND + 2 * QUESTION,
  },
  {
    rule: "and a third time, after which there is a short skew only",
    given: after(bereaved, [SECOND + QUESTION, TICK]),
    at: SECOND + 2 * QUESTION,
    event: TICK,
    ...asks,
    deadline: SECOND + SUCCESSION,
  },
  {
    rule: "a tick in between asks nothing",
    given: bereaved,
    at: SECOND + QUESTION - 1,
    event: TICK,
    ...quiet,
    deadline: SECOND + QUESTION,
  },
  {
    rule: "a master of priority 1 is asked with priority 0",
    given: after(backupOf(configured({ preempt: false })), [0, hears(1, HIGHER_PEER)]),
    at: SECOND,
    event: lost(HIGHER_PEER),
    outputs: [`ask ${HIGHER_PEER} with 0`],
    role: "backup",
    deadline: SECOND + QUESTION,
  },
  {
    rule: "S6 its answer is that of a live master: the wait is the protocol's again",
    given: after(backupOf(configured({ preempt: false })), [0, hears(50)], [SECOND, lost(LOWER_PEER)]),
    at: SECOND + 1_000,
    event: hears(50),
    ...quiet,
    deadline: SECOND + 1_000 + ACTIVE_DOWN,
  },
  {
    rule: "without an answer it takes over",
    given: exhausted,
    at: SECOND + SUCCESSION,
    event: TICK,
    outputs: ["backup -> master: peer-lost", "send 100", "acquire"],
    role: "master",
    deadline: 2 * SECOND + SUCCESSION,
  },
  {
    rule: "to hear it again starts nothing anew",
    given: bereaved,
    at: SECOND + 5_000,
    event: lost(HIGHER_PEER),
    ...quiet,
    deadline: SECOND + QUESTION,
  },
  {
    rule: "another that takes over first is the master",
    given: bereaved,
    at: SECOND + 5_000,
    event: hears(150),
    ...quiet,
    deadline: SECOND + 5_000 + ACTIVE_DOWN,
  },
  {
    rule: "so is the one that was taken for dead",
    given: bereaved,
    at: SECOND + 5_000,
    event: hears(200, HIGHER_PEER),
    ...quiet,
    deadline: SECOND + 5_000 + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] one of lower priority is discarded",
    given: bereaved,
    at: SECOND + 5_000,
    event: hears(50),
    ...quiet,
    deadline: SECOND + QUESTION,
  },
  {
    rule: "its last word, priority 0, makes the wait no longer",
    given: bereaved,
    at: SECOND + 5_000,
    event: hears(0, HIGHER_PEER),
    ...quiet,
    deadline: SECOND + QUESTION,
  },
  {
    rule: "it waits no longer than it would have",
    given: watching,
    at: ACTIVE_DOWN - 1_000,
    event: lost(HIGHER_PEER),
    ...quiet,
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "at 10 ms the protocol's own timer may be the faster one",
    given: after(backupOf(configured({ advertisementIntervalMicros: 10_000 })), [
      0,
      hears(200, HIGHER_PEER, { maxAdvertiseIntervalCentis: 1 }),
    ]),
    at: 30_000,
    event: lost(HIGHER_PEER),
    ...quiet,
    deadline: 36_094,
  },
  {
    rule: "a master that resigned is nobody's any more: Skew_Time stays",
    given: after(watching, [SECOND, hears(0, HIGHER_PEER)]),
    at: SECOND + 1,
    event: lost(HIGHER_PEER),
    ...quiet,
    deadline: SECOND + SKEW,
  },
  {
    rule: "a peer that is not the master leaves the wait as it is",
    given: watching,
    at: SECOND,
    event: lost(LOWER_PEER),
    ...quiet,
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "with Preempt_Mode False and a preempt delay it is the same: there is a vacancy",
    given: after(backupOf(configured({ preempt: false, preemptDelayMicros: 30 * SECOND })), [0, hears(50)]),
    at: SECOND,
    event: lost(LOWER_PEER),
    outputs: [`ask ${LOWER_PEER} with 49`],
    role: "backup",
    deadline: SECOND + QUESTION,
  },
  {
    rule: "S10 not after a stall: it goes on listening",
    given: after(watching, [ACTIVE_DOWN + SECOND + 1, TICK]),
    at: ACTIVE_DOWN + SECOND + 2,
    event: lost(HIGHER_PEER),
    ...quiet,
    deadline: ACTIVE_DOWN + SECOND + 1 + LISTEN,
  },
  {
    rule: "a master cares for no peer",
    given: masterOf(),
    at: 1,
    event: lost(LOWER_PEER),
    outputs: [],
    role: "master",
    deadline: SECOND,
  },
];

describe("a peer is lost", () => {
  table(cells);

  it("is answered by the highest priority first, by its effective one", () => {
    assert.ok(peerLostSkewMicros(200) < peerLostSkewMicros(100));
    assert.ok(peerLostSkewMicros(1) < 20_000);
    const demoted = after(watching, [SECOND, demote(60)], [SECOND, lost(HIGHER_PEER)]);
    const lastMicros = SECOND + 15_000 + peerLostSkewMicros(40) - 1;
    const asked = [SECOND + QUESTION, SECOND + 2 * QUESTION].map((at) => [at, TICK] as const);
    assert.deepEqual(outputsOf(stepVrrpRouter(after(demoted, ...asked), TICK, lastMicros)), []);
  });

  it("leaves nobody to watch", () => {
    assert.equal(explain(watching).masterAddress, HIGHER_PEER);
    assert.equal(explain(bereaved).masterAddress, undefined);
  });
});
