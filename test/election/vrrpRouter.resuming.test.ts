import assert from "node:assert/strict";
import { explain, stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  type Cell,
  configured,
  DRAIN,
  HIGHER_PEER,
  hears,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  LISTEN,
  outputsOf,
  RESUME,
  resumingOf,
  SECOND,
  TICK,
  table,
} from "./scenario.ts";

const slow = configured({ startupDelayMicros: 60 * SECOND });

const cells: readonly Cell[] = [
  {
    rule: "the addresses of an earlier life are kept; nothing is said",
    given: initializeOf(),
    at: 0,
    event: RESUME,
    outputs: ["initialize -> resuming: startup"],
    role: "resuming",
    deadline: LISTEN,
  },
  {
    rule: "the start-up delay is not for one that answers for the addresses",
    given: initializeOf(slow),
    at: 0,
    event: RESUME,
    outputs: ["initialize -> resuming: startup"],
    role: "resuming",
    deadline: LISTEN,
  },
  {
    rule: "[6.4.1-a] the owner is master at once",
    given: initializeOf(configured({ priority: 255 })),
    at: 0,
    event: RESUME,
    outputs: ["initialize -> master: owner-startup", "send 255", "acquire"],
    role: "master",
    deadline: SECOND,
  },
  {
    rule: "S1 whoever may not take part lets them go",
    given: after(initializeOf(), [0, DRAIN]),
    at: 0,
    event: RESUME,
    outputs: ["release"],
    role: "initialize",
    deadline: undefined,
  },
  {
    rule: "[6.4.2-l] it preempts a lower master that it gave way to in the usual time",
    given: after(resumingOf(), [1, hears(50)], [SECOND, hears(50)], [2 * SECOND, hears(50)]),
    at: 1 + ACTIVE_DOWN,
    event: TICK,
    outputs: ["backup -> master: master-down", "send 100", "acquire"],
    role: "master",
    deadline: 1 + ACTIVE_DOWN + SECOND,
  },
  {
    rule: "S10 a tick that is late by more than an interval makes it listen anew",
    given: resumingOf(),
    at: LISTEN + SECOND + 1,
    event: TICK,
    outputs: ["notice stalled 10.25.0.11"],
    role: "resuming",
    deadline: LISTEN + SECOND + 1 + LISTEN,
  },
  {
    rule: "L1 one by no more is in time",
    given: resumingOf(),
    at: LISTEN + SECOND,
    event: TICK,
    outputs: ["resuming -> master: resumed", "send 100", "acquire"],
    role: "master",
    deadline: LISTEN + 2 * SECOND,
  },
  {
    rule: "a link that was lost and comes back starts it from the beginning",
    given: after(resumingOf(), [1, LINK_DOWN]),
    at: 2,
    event: LINK_UP,
    outputs: ["initialize -> backup: link-up"],
    role: "backup",
    deadline: 2 + ACTIVE_DOWN,
  },
];

describe("resuming: the addresses are here, and nobody knows who else has them", () => {
  table(cells);

  it("S3 its last word is priority 0, after it let go: any master announces itself at that", () => {
    const step = stepVrrpRouter(resumingOf(), hears(50, HIGHER_PEER), 1);
    assert.deepEqual(outputsOf(step), ["resuming -> backup: successor-heard", "release", "send 0"]);
    assert.equal(explain(step.state).masterAddress, HIGHER_PEER);
  });

  it("explains itself as the one that answers", () => {
    const { role, masterAddress } = explain(resumingOf());
    assert.deepEqual({ role, masterAddress }, { role: "resuming", masterAddress: "10.25.0.11" });
  });
});
