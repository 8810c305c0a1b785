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
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  outputsOf,
  reconfigure,
  SECOND,
  SHUTDOWN,
  SKEW,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const nopreempt = configured({ preempt: false });
const threeSeconds = { maxAdvertiseIntervalCentis: 300 };
/** Skew and active-down interval of priority 100 for a master that advertises each 3 s: 3 * 609375 and 9 s more. */
const SLOW_SKEW = 1_828_125;
const SLOW_ACTIVE_DOWN = 9 * SECOND + SLOW_SKEW;
const quiet = { outputs: [], role: "backup" } as const;

const cells: readonly Cell[] = [
  {
    rule: "[6.4.2-f] Shutdown: cancel the Active_Down_Timer, -> Initialize, no advertisement",
    given: backupOf(),
    at: SECOND,
    event: SHUTDOWN,
    outputs: ["backup -> initialize: shutdown"],
    role: "initialize",
    deadline: undefined,
  },
  {
    rule: "[6.4.2-g] Active_Down_Timer: send an ADVERTISEMENT, then announce, Adver_Timer, -> Active",
    given: backupOf(),
    at: ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: ACTIVE_DOWN + SECOND,
  },
  {
    rule: "[6.4.2-g 6.1-f:-] Adver_Timer is the own interval, not the learned one",
    given: after(backupOf(), [SECOND, hears(200, LOWER_PEER, threeSeconds)]),
    at: SECOND + SLOW_ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: SECOND + SLOW_ACTIVE_DOWN + SECOND,
  },
  {
    rule: "[6.2-c] a tick before the Active_Down_Timer fires changes nothing",
    given: backupOf(),
    at: ACTIVE_DOWN - 1,
    event: TICK,
    ...quiet,
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-h] priority 0: Active_Down_Timer := Skew_Time",
    given: after(backupOf(), [SECOND, hears(200)]),
    at: 2 * SECOND,
    event: hears(0),
    ...quiet,
    deadline: 2 * SECOND + SKEW,
  },
  {
    rule: "[6.4.2-h] priority 0: Skew_Time is of the last learned interval, and none is learned from it",
    given: after(backupOf(), [SECOND, hears(200, LOWER_PEER, threeSeconds)]),
    at: 2 * SECOND,
    event: hears(0),
    outputs: [],
    role: "backup",
    deadline: 2 * SECOND + SLOW_SKEW,
  },
  {
    rule: "[6.4.2-h] after Skew_Time this node takes over",
    given: after(backupOf(), [SECOND, hears(200)], [2 * SECOND, hears(0)]),
    at: 2 * SECOND + SKEW,
    event: TICK,
    outputs: ["backup -> master: master-resigned", "send 100", "acquire"],
    role: "master",
    deadline: 3 * SECOND + SKEW,
  },
  {
    rule: "[6.4.2-h] a successor that is heard before takes its place",
    given: after(backupOf(), [SECOND, hears(200)], [2 * SECOND, hears(0)]),
    at: 2 * SECOND + 100,
    event: hears(150, HIGHER_PEER),
    ...quiet,
    deadline: 2 * SECOND + 100 + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-i] Preempt_Mode False, lower priority: the interval is learned and the timer started anew",
    given: backupOf(nopreempt),
    at: SECOND,
    event: hears(50, LOWER_PEER, threeSeconds),
    outputs: [`notice interval-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + SLOW_ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-i] Preempt_Mode False, higher priority: the same",
    given: backupOf(nopreempt),
    at: SECOND,
    event: hears(200),
    ...quiet,
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-j 6.1-f:+] higher priority: the interval is learned and the timer started anew",
    given: backupOf(),
    at: SECOND,
    event: hears(101, LOWER_PEER, threeSeconds),
    outputs: [`notice interval-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + SLOW_ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-k] equal priority from a lower address: the timer is started anew, addresses are not compared",
    given: backupOf(),
    at: SECOND,
    event: hears(100, LOWER_PEER),
    outputs: [`notice equal-priority ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-k] equal priority from a higher address: the same",
    given: backupOf(),
    at: SECOND,
    event: hears(100, HIGHER_PEER),
    outputs: [`notice equal-priority ${HIGHER_PEER}`],
    role: "backup",
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] lower priority, Preempt_Mode True: discarded, the timer runs on and nothing is learned",
    given: backupOf(),
    at: SECOND,
    event: hears(99, LOWER_PEER, threeSeconds),
    outputs: [`notice interval-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "[6.4.2-l] promotion at the original deadline, however many such advertisements arrive",
    given: after(backupOf(), [SECOND, hears(99)], [2 * SECOND, hears(99)], [3 * SECOND, hears(99)]),
    at: ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: ACTIVE_DOWN + SECOND,
  },
  {
    rule: "[6.1-i] the owner preempts whatever Preempt_Mode says",
    given: after(backupOf(nopreempt), [SECOND, reconfigure({ priority: 255, preempt: false })]),
    at: 2 * SECOND,
    event: hears(254),
    outputs: [`notice owner-contested ${LOWER_PEER}`],
    role: "backup",
    deadline: 3 * SECOND + 3_907,
  },
  {
    rule: "[6.4.3-o] an advertisement from the own address is ignored with a notice",
    given: backupOf(),
    at: SECOND,
    event: hears(200, "10.25.0.11"),
    outputs: ["notice own-advertisement 10.25.0.11"],
    role: "backup",
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "[7.1-o] other addresses than configured: a notice, and the advertisement counts",
    given: backupOf(),
    at: SECOND,
    event: hears(200, LOWER_PEER, { addresses: ["10.25.0.100", "10.25.0.102"] }),
    outputs: [`notice address-list-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[5.2.9-c] the same addresses in another order are the same",
    given: backupOf(),
    at: SECOND,
    event: hears(200, LOWER_PEER, { addresses: ["10.25.0.101", "10.25.0.100"] }),
    ...quiet,
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "own: without a link it takes no part and sends nothing",
    given: backupOf(),
    at: SECOND,
    event: LINK_DOWN,
    outputs: ["backup -> initialize: link-down"],
    role: "initialize",
    deadline: undefined,
  },
  {
    rule: "own: a second Startup has no effect",
    given: backupOf(),
    at: SECOND,
    event: STARTUP,
    ...quiet,
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "own: a link that was there has no effect",
    given: backupOf(),
    at: SECOND,
    event: LINK_UP,
    ...quiet,
    deadline: ACTIVE_DOWN,
  },
  {
    rule: "own: a new priority recomputes the timer that runs, from the same start",
    given: backupOf(),
    at: SECOND,
    event: reconfigure({ priority: 254 }),
    ...quiet,
    deadline: 3_007_813,
  },
  {
    rule: "own: a timer that would have fired with the new priority fires at once",
    given: backupOf(),
    at: 3_500_000,
    event: reconfigure({ priority: 254 }),
    ...quiet,
    deadline: 3_500_000,
  },
  {
    rule: "own: a new interval of its own does not change the one it learned",
    given: after(backupOf(), [SECOND, hears(200)]),
    at: 2 * SECOND,
    event: reconfigure({ advertisementIntervalMicros: 10 * SECOND }),
    ...quiet,
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "own: a new interval of its own counts until a master is heard",
    given: backupOf(),
    at: SECOND,
    event: reconfigure({ advertisementIntervalMicros: 10 * SECOND }),
    ...quiet,
    deadline: 10 * ACTIVE_DOWN,
  },
];

describe("RFC 9568 6.4.2 Backup", () => {
  table(cells);

  it("own: a wait that a new interval ended is no stall: this node takes over", () => {
    const state = after(backupOf(), [3 * SECOND, reconfigure({ advertisementIntervalMicros: 10_000 })]);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, TICK, 3 * SECOND)), [
      "backup -> master: master-down",
      "send 100",
      "acquire",
    ]);
  });

  it("own: a link that comes back starts the wait from the beginning", () => {
    const state = after(backupOf(), [SECOND, LINK_DOWN]);
    const step = stepVrrpRouter(state, LINK_UP, 60 * SECOND);
    assert.deepEqual(outputsOf(step), ["initialize -> backup: link-up"]);
    assert.deepEqual(outputsOf(stepVrrpRouter(step.state, TICK, 60 * SECOND + ACTIVE_DOWN - 1)), []);
  });

  it("explains whom it watches, also one that it will preempt, and nobody after a resignation", () => {
    const heard = after(backupOf(), [SECOND, hears(200, HIGHER_PEER, threeSeconds)]);
    assert.deepEqual(explain(heard), {
      role: "backup",
      priority: 100,
      demotion: 0,
      effectivePriority: 100,
      held: undefined,
      deferential: false,
      advertisementIntervalMicros: SECOND,
      learnedIntervalMicros: 3 * SECOND,
      masterAddress: HIGHER_PEER,
      latest: { from: "initialize", to: "backup", reason: "startup", atMicros: 0 },
    });
    assert.equal(explain(after(heard, [2 * SECOND, hears(50, LOWER_PEER)])).masterAddress, LOWER_PEER);
    assert.equal(explain(after(heard, [2 * SECOND, hears(0, HIGHER_PEER)])).masterAddress, undefined);
  });
});
