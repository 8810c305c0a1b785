import assert from "node:assert/strict";
import { explain } from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  ACTIVE_DOWN,
  after,
  type Cell,
  CONFIG,
  configured,
  DRAIN,
  hears,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  READMIT,
  RESIGNATION,
  resigningOf,
  SECOND,
  SHUTDOWN,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const ended = { role: "initialize", deadline: undefined } as const;
const drained = after(resigningOf(CONFIG, DRAIN), [1, hears(50)]);

const cells: readonly Cell[] = [
  {
    rule: "S9 whoever is held back lets go once the successor is heard",
    given: resigningOf(CONFIG, DRAIN),
    at: 1,
    event: hears(50),
    outputs: ["resigning -> initialize: successor-heard", "release"],
    ...ended,
  },
  {
    rule: "or when there is none: it may not be master, whoever else is there",
    given: resigningOf(CONFIG, DRAIN),
    at: RESIGNATION,
    event: TICK,
    outputs: ["resigning -> initialize: no-successor", "release"],
    ...ended,
  },
  {
    rule: "readmitted meanwhile, it takes its role back when nobody succeeds",
    given: after(resigningOf(CONFIG, DRAIN), [1, READMIT]),
    at: RESIGNATION,
    event: TICK,
    outputs: ["resigning -> master: no-successor", "send 100", "acquire"],
    role: "master",
    deadline: RESIGNATION + SECOND,
  },
  {
    rule: "[6.4.1-b] readmitted afterwards, it starts anew as a backup",
    given: drained,
    at: SECOND,
    event: READMIT,
    outputs: ["initialize -> backup: readmitted"],
    role: "backup",
    deadline: SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.1-a] the owner as master",
    given: after(initializeOf(configured({ priority: 255 })), [0, DRAIN], [0, STARTUP]),
    at: SECOND,
    event: READMIT,
    outputs: ["initialize -> master: readmitted", "send 255", "acquire"],
    role: "master",
    deadline: 2 * SECOND,
  },
  {
    rule: "a link that comes back starts nobody who is held back",
    given: after(drained, [2, LINK_DOWN]),
    at: SECOND,
    event: LINK_UP,
    outputs: [],
    ...ended,
  },
  {
    rule: "one that was stopped while held back stays so when it is readmitted",
    given: after(drained, [2, SHUTDOWN]),
    at: SECOND,
    event: READMIT,
    outputs: [],
    ...ended,
  },
  {
    rule: "one that is started while held back waits to be readmitted",
    given: after(initializeOf(), [0, DRAIN]),
    at: SECOND,
    event: STARTUP,
    outputs: [],
    ...ended,
  },
];

describe("held back", () => {
  table(cells);

  it("explains why, with the reason that was given last", () => {
    assert.equal(explain(drained).held, "drained");
    const again = after(drained, [2, { kind: "hold-back", reason: "maintenance" }]);
    assert.equal(explain(again).held, "maintenance");
    assert.deepEqual(explain(again).latest, explain(drained).latest);
    assert.equal(explain(after(again, [3, READMIT])).held, undefined);
  });
});
