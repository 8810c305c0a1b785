import assert from "node:assert/strict";
import { stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  backupOf,
  type Cell,
  configured,
  DRAIN,
  hears,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  outputsOf,
  READMIT,
  reconfigure,
  SECOND,
  SHUTDOWN,
  SKEW,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const patient = configured({ preemptDelayMicros: 30 * SECOND });
const threeSeconds = { maxAdvertiseIntervalCentis: 300 };
const quiet = { outputs: [], role: "backup" } as const;
/** It heard a master that it could preempt at one second, and puts up with it until 31 s. */
const delayed = after(backupOf(patient), [SECOND, hears(50)]);

const preemptCells: readonly Cell[] = [
  {
    rule: "a lower priority counts as any master's while the delay runs: the timer is started anew",
    given: backupOf(patient),
    at: SECOND,
    event: hears(50),
    ...quiet,
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "its interval is learned, too",
    given: backupOf(patient),
    at: SECOND,
    event: hears(50, LOWER_PEER, threeSeconds),
    outputs: [`notice interval-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + 3 * ACTIVE_DOWN,
  },
  {
    rule: "the delay runs from the first such advertisement",
    given: after(delayed, [4 * SECOND, hears(50)], [7 * SECOND, hears(50)]),
    at: 8 * SECOND,
    event: hears(50),
    ...quiet,
    deadline: 8 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] once it is over the advertisement is discarded: the timer runs on",
    given: after(delayed, [4 * SECOND, hears(50)], ...every(SECOND, 7 * SECOND, 30 * SECOND)),
    at: 31 * SECOND,
    event: hears(50),
    ...quiet,
    deadline: 30 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "a master that is not worse ends it",
    given: after(delayed, [2 * SECOND, hears(100, LOWER_PEER)], ...every(SECOND, 3 * SECOND, 31 * SECOND)),
    at: 32 * SECOND,
    event: hears(50),
    ...quiet,
    deadline: 32 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "S6 it never delays filling a vacancy: a silent master is replaced in the usual time",
    given: delayed,
    at: SECOND + ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: 2 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "S6 a master that resigns is replaced in the usual time",
    given: delayed,
    at: 2 * SECOND,
    event: hears(0),
    ...quiet,
    deadline: 2 * SECOND + SKEW,
  },
  {
    rule: "S6 with nobody there it takes over in the usual time",
    given: backupOf(patient),
    at: ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: ACTIVE_DOWN + SECOND,
  },
  {
    rule: "[6.1-i] the owner puts up with nobody",
    given: after(backupOf(patient), [SECOND, reconfigure({ ...patient, priority: 255 })]),
    at: 2 * SECOND,
    event: hears(254),
    outputs: [`notice owner-contested ${LOWER_PEER}`],
    role: "backup",
    deadline: 3 * SECOND + 3_907,
  },
];

/** Advertisements of priority 50, from one time to another. */
function every(
  stepMicros: number,
  fromMicros: number,
  toMicros: number,
): (readonly [number, ReturnType<typeof hears>])[] {
  const count = Math.floor((toMicros - fromMicros) / stepMicros) + 1;
  return Array.from({ length: count }, (_, index) => [fromMicros + index * stepMicros, hears(50)] as const);
}

const late = configured({ startupDelayMicros: 10 * SECOND });
const lateOwner = configured({ startupDelayMicros: 10 * SECOND, priority: 255 });
const starting = after(initializeOf(late), [SECOND, STARTUP]);
const waits = { outputs: [], role: "initialize" } as const;
const begins = {
  outputs: ["initialize -> backup: startup"],
  role: "backup",
  deadline: 11 * SECOND + ACTIVE_DOWN,
} as const;

const startupCells: readonly Cell[] = [
  {
    rule: "Startup is delayed, and nothing is sent",
    given: initializeOf(late),
    at: SECOND,
    event: STARTUP,
    ...waits,
    deadline: 11 * SECOND,
  },
  { rule: "[6.4.1-b] the end of the delay is the Startup", given: starting, at: 11 * SECOND, event: TICK, ...begins },
  {
    rule: "[6.4.1-a] of the owner, too",
    given: after(initializeOf(lateOwner), [SECOND, STARTUP]),
    at: 11 * SECOND,
    event: TICK,
    outputs: ["initialize -> master: owner-startup", "send 255", "acquire"],
    role: "master",
    deadline: 12 * SECOND,
  },
  {
    rule: "a link that comes back in time does not start it earlier",
    given: after(starting, [2 * SECOND, LINK_DOWN]),
    at: 3 * SECOND,
    event: LINK_UP,
    ...waits,
    deadline: 11 * SECOND,
  },
  {
    rule: "a link that comes back later starts it at once",
    given: after(starting, [2 * SECOND, LINK_DOWN]),
    at: 20 * SECOND,
    event: LINK_UP,
    outputs: ["initialize -> backup: link-up"],
    role: "backup",
    deadline: 20 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "one that took part already waits for its link alone",
    given: after(starting, [11 * SECOND, TICK], [12 * SECOND, LINK_DOWN], [13 * SECOND, STARTUP]),
    at: 14 * SECOND,
    event: LINK_UP,
    outputs: ["initialize -> backup: link-up"],
    role: "backup",
    deadline: 14 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "one that was readmitted in time waits for the end of the delay",
    given: after(starting, [2 * SECOND, DRAIN]),
    at: 3 * SECOND,
    event: READMIT,
    ...waits,
    deadline: 11 * SECOND,
  },
  {
    rule: "one that was stopped and is started again waits anew",
    given: after(starting, [2 * SECOND, SHUTDOWN]),
    at: 5 * SECOND,
    event: STARTUP,
    ...waits,
    deadline: 15 * SECOND,
  },
];

describe("preempt delay", () => {
  table(preemptCells);

  it("ends in a takeover by the Active_Down_Timer", () => {
    const state = after(delayed, ...every(SECOND, 2 * SECOND, 33 * SECOND));
    assert.deepEqual(outputsOf(stepVrrpRouter(state, TICK, 30 * SECOND + ACTIVE_DOWN)), [
      "backup -> master: master-down",
      "send 100",
      "acquire",
    ]);
  });
});

describe("start-up delay", () => {
  table(startupCells);
});
