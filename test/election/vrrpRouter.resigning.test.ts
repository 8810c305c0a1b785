import assert from "node:assert/strict";
import { explain, stepVrrpRouter } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  after,
  type Cell,
  CONFIG,
  HIGHER_PEER,
  hears,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  outputsOf,
  RESIGNATION,
  reconfigure,
  resigningOf,
  SECOND,
  SHUTDOWN,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const goesOn = { outputs: [], role: "resigning", deadline: RESIGNATION } as const;
const ended = { role: "initialize", deadline: undefined } as const;
const successor = { ...ended, outputs: ["resigning -> initialize: successor-heard", "release"] } as const;

const cells: readonly Cell[] = [
  {
    rule: "own, S9: the successor's advertisement ends it, of lower priority",
    given: resigningOf(),
    at: 1,
    event: hears(50),
    ...successor,
  },
  { rule: "own, S9: ... of equal priority", given: resigningOf(), at: 1, event: hears(100, LOWER_PEER), ...successor },
  {
    rule: "own, S9: ... of higher priority",
    given: resigningOf(),
    at: 1,
    event: hears(200, HIGHER_PEER),
    ...successor,
  },
  {
    rule: "own: another that resigns is no successor and gets no answer",
    given: resigningOf(),
    at: 1,
    event: hears(0),
    ...goesOn,
  },
  {
    rule: "own: an own advertisement is no successor",
    given: resigningOf(),
    at: 1,
    event: hears(100, CONFIG.sourceAddress),
    ...goesOn,
  },
  { rule: "own: nothing is advertised meanwhile", given: resigningOf(), at: RESIGNATION - 1, event: TICK, ...goesOn },
  {
    rule: "own, S9: without a successor the addresses are let go when the slowest would have been heard",
    given: resigningOf(),
    at: RESIGNATION,
    event: TICK,
    outputs: ["resigning -> initialize: no-successor", "release"],
    ...ended,
  },
  {
    rule: "own: so they are by one that stalled, however late",
    given: resigningOf(),
    at: RESIGNATION + 60 * SECOND,
    event: TICK,
    outputs: ["resigning -> initialize: no-successor", "release"],
    ...ended,
  },
  {
    rule: "own: without a link the addresses are let go at once",
    given: resigningOf(),
    at: 1,
    event: LINK_DOWN,
    outputs: ["resigning -> initialize: link-down", "release"],
    ...ended,
  },
  { rule: "own: a second shutdown has no effect", given: resigningOf(), at: 1, event: SHUTDOWN, ...goesOn },
  { rule: "own: a Startup has no effect before it is over", given: resigningOf(), at: 1, event: STARTUP, ...goesOn },
  { rule: "own: a link that was there has no effect", given: resigningOf(), at: 1, event: LINK_UP, ...goesOn },
  {
    rule: "own: a new configuration is taken",
    given: resigningOf(),
    at: 1,
    event: reconfigure({ priority: 7 }),
    ...goesOn,
  },
];

describe("resigning: RFC 9568 6.4.3 Shutdown, with the addresses kept for the successor", () => {
  table(cells);

  it("the deadline follows the advertised interval: at 100 ms it is a tenth and the same margin", () => {
    const state = resigningOf({ ...CONFIG, advertisementIntervalMicros: SECOND / 10 });
    assert.deepEqual(outputsOf(stepVrrpRouter(state, TICK, 299_609)), []);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, TICK, 299_610)), [
      "resigning -> initialize: no-successor",
      "release",
    ]);
  });

  it("one that lost its link does not start again by itself when it is back", () => {
    const state = after(resigningOf(), [1, LINK_DOWN]);
    assert.deepEqual(outputsOf(stepVrrpRouter(state, LINK_UP, SECOND)), []);
  });

  it("explains itself as the one that answers", () => {
    const { role, masterAddress } = explain(resigningOf());
    assert.deepEqual({ role, masterAddress }, { role: "resigning", masterAddress: "10.25.0.11" });
  });
});
