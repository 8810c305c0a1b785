import assert from "node:assert/strict";
import { explain, stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  type Cell,
  CONFIG,
  configured,
  HIGHER_PEER,
  hears,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  masterOf,
  outputsOf,
  RESIGNATION,
  reconfigure,
  SECOND,
  SHUTDOWN,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const threeSeconds = { maxAdvertiseIntervalCentis: 300 };
const nopreempt = configured({ preempt: false });
const HALF = SECOND / 2;
const stays = { role: "master", deadline: SECOND } as const;
const answers = ["send 100", "announce"];

const cells: readonly Cell[] = [
  {
    rule: "[6.4.3-h] Preempt_Mode is not asked: a higher priority is yielded to with False as well",
    given: masterOf(nopreempt),
    at: HALF,
    event: hears(101),
    outputs: ["master -> backup: higher-priority", "release", "send 100"],
    role: "backup",
    deadline: HALF + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.3-i] Shutdown: send priority 0; own: keep the addresses for the successor",
    given: masterOf(),
    at: HALF,
    event: SHUTDOWN,
    outputs: ["master -> resigning: shutdown", "send 0"],
    role: "resigning",
    deadline: HALF + RESIGNATION,
  },
  {
    rule: "[6.4.3-j] Adver_Timer: send an ADVERTISEMENT, Adver_Timer := Advertisement_Interval",
    given: masterOf(),
    at: SECOND,
    event: TICK,
    outputs: ["send 100"],
    role: "master",
    deadline: 2 * SECOND,
  },
  {
    rule: "[6.4.3-j] without drift: a late one does not delay the next",
    given: masterOf(),
    at: SECOND + 400_000,
    event: TICK,
    outputs: ["send 100"],
    role: "master",
    deadline: 2 * SECOND,
  },
  {
    rule: "[6.4.3-j] one for all that were missed",
    given: masterOf(),
    at: 2_900_000,
    event: TICK,
    outputs: ["send 100"],
    role: "master",
    deadline: 3 * SECOND,
  },
  {
    rule: "[6.2-c] a tick before the Adver_Timer fires changes nothing",
    given: masterOf(),
    at: SECOND - 1,
    event: TICK,
    outputs: [],
    ...stays,
  },
  {
    rule: "[6.4.3-k] priority 0: send an ADVERTISEMENT, Adver_Timer := Advertisement_Interval; own: announce",
    given: masterOf(),
    at: HALF,
    event: hears(0),
    outputs: answers,
    role: "master",
    deadline: HALF + SECOND,
  },
  {
    rule: "[6.4.3-l] higher priority: learn its interval, Active_Down_Timer, -> Backup; own: one last ADVERTISEMENT, not of priority 0",
    given: masterOf(),
    at: HALF,
    event: hears(101, LOWER_PEER, threeSeconds),
    outputs: ["master -> backup: higher-priority", "release", "send 100", `notice interval-mismatch ${LOWER_PEER}`],
    role: "backup",
    deadline: HALF + 3 * ACTIVE_DOWN,
  },
  {
    rule: "[6.4.3-m] equal priority from a higher address: as from a higher priority",
    given: masterOf(),
    at: HALF,
    event: hears(100, HIGHER_PEER),
    outputs: ["master -> backup: tie-lost", "release", "send 100", `notice equal-priority ${HIGHER_PEER}`],
    role: "backup",
    deadline: HALF + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.3-n] equal priority from a lower address: send an ADVERTISEMENT at once, the Adver_Timer runs on; own: announce",
    given: masterOf(),
    at: HALF,
    event: hears(100, LOWER_PEER),
    outputs: [...answers, `notice equal-priority ${LOWER_PEER}`],
    ...stays,
  },
  {
    rule: "[6.4.3-n] lower priority, whichever its address: the same",
    given: masterOf(),
    at: HALF,
    event: hears(99, HIGHER_PEER),
    outputs: answers,
    ...stays,
  },
  {
    rule: "[6.4.3-o] an advertisement from the own address is not answered",
    given: masterOf(),
    at: HALF,
    event: hears(200, CONFIG.sourceAddress),
    outputs: [`notice own-advertisement ${CONFIG.sourceAddress}`],
    ...stays,
  },
  {
    rule: "[7.1-m 8.3.2-b:+] the owner hears another: a notice, and it is processed (8298): two owners settle by address",
    given: masterOf(configured({ priority: 255 })),
    at: HALF,
    event: hears(255, HIGHER_PEER),
    outputs: ["master -> backup: tie-lost", "release", "send 255", `notice owner-contested ${HIGHER_PEER}`],
    role: "backup",
    deadline: HALF + 3 * SECOND + 3_907,
  },
  {
    rule: "[7.1-n] another interval: a notice, not a reason to drop",
    given: masterOf(),
    at: HALF,
    event: hears(50, LOWER_PEER, threeSeconds),
    outputs: [...answers, `notice interval-mismatch ${LOWER_PEER}`],
    ...stays,
  },
  {
    rule: "[7.1-o] another list of addresses: a notice, not a reason to drop",
    given: masterOf(),
    at: HALF,
    event: hears(50, LOWER_PEER, { addresses: ["10.25.0.100"] }),
    outputs: [...answers, `notice address-list-mismatch ${LOWER_PEER}`],
    ...stays,
  },
  {
    rule: "own: without a link the addresses are let go and nothing is sent",
    given: masterOf(),
    at: HALF,
    event: LINK_DOWN,
    outputs: ["master -> initialize: link-down", "release"],
    role: "initialize",
    deadline: undefined,
  },
  { rule: "own: a second Startup has no effect", given: masterOf(), at: HALF, event: STARTUP, outputs: [], ...stays },
  {
    rule: "own: a link that was there has no effect",
    given: masterOf(),
    at: HALF,
    event: LINK_UP,
    outputs: [],
    ...stays,
  },
  {
    rule: "own: a lower priority is told to the group at once and costs no mastership",
    given: masterOf(),
    at: HALF,
    event: reconfigure({ priority: 1 }),
    outputs: ["send 1"],
    role: "master",
    deadline: HALF + SECOND,
  },
  {
    rule: "own: a new interval counts from now",
    given: masterOf(),
    at: HALF,
    event: reconfigure({ advertisementIntervalMicros: SECOND / 10 }),
    outputs: ["send 100"],
    role: "master",
    deadline: HALF + SECOND / 10,
  },
  {
    rule: "own: new addresses are announced",
    given: masterOf(),
    at: HALF,
    event: reconfigure({ addresses: ["10.25.0.100", "10.25.0.102"] }),
    outputs: answers,
    role: "master",
    deadline: HALF + SECOND,
  },
  {
    rule: "S8 an equal configuration has no effect",
    given: masterOf(),
    at: HALF,
    event: reconfigure({}),
    outputs: [],
    ...stays,
  },
];

describe("RFC 9568 6.4.3 Active", () => {
  table(cells);

  it("[7.2-a] an advertisement says what is configured", () => {
    assert.deepEqual(stepVrrpRouter(masterOf(), TICK, SECOND).outputs, [
      {
        kind: "send",
        advertisement: {
          virtualRouterId: 10,
          priority: 100,
          maxAdvertiseIntervalCentis: 100,
          addresses: ["10.25.0.100", "10.25.0.101"],
        },
      },
    ]);
  });

  it("[6.4.3-m] compares IPv6 addresses as numbers, too", () => {
    const sourceAddress = "fe80::10";
    const state = masterOf(configured({ sourceAddress, addresses: ["fe80::100", "2001:db8::100"] }));
    const same = { addresses: ["fe80::100", "2001:db8::100"] };
    const [lower, higher] = ["fe80::9", "fe80::1:0"].map((from) => stepVrrpRouter(state, hears(100, from, same), HALF));
    assert.ok(lower !== undefined && higher !== undefined);
    assert.deepEqual(outputsOf(lower), ["send 100", "announce", "notice equal-priority fe80::9"]);
    assert.deepEqual(outputsOf(higher).at(0), "master -> backup: tie-lost");
  });

  it("own: a master made lower yields to the first that is higher", () => {
    const state = after(masterOf(), [HALF, reconfigure({ priority: 1 })]);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, hears(2), HALF + 1)), [
      "master -> backup: higher-priority",
      "release",
      "send 1",
    ]);
  });

  it("own: a link that comes back after three intervals does not bring the addresses back before the wait is over", () => {
    const state = after(masterOf(), [HALF, LINK_DOWN]);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, LINK_UP, 3 * SECOND)), ["initialize -> backup: link-up"]);
  });

  it("explains itself as the master", () => {
    const { role, effectivePriority, learnedIntervalMicros, masterAddress, latest } = explain(masterOf());
    assert.deepEqual(
      { role, effectivePriority, learnedIntervalMicros, masterAddress },
      { role: "master", effectivePriority: 100, learnedIntervalMicros: undefined, masterAddress: "10.25.0.11" },
    );
    assert.deepEqual(latest, { from: "backup", to: "master", reason: "master-down", atMicros: 0 });
  });
});
