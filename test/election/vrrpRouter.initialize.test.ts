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
  masterOf,
  READMIT,
  reconfigure,
  SECOND,
  SHUTDOWN,
  STARTUP,
  TICK,
  table,
} from "./scenario.ts";

const owner = configured({ priority: 255 });
const quiet = { outputs: [], role: "initialize", deadline: undefined } as const;

const cells: readonly Cell[] = [
  {
    rule: "[6.4.1-a] Startup, priority 255: send an ADVERTISEMENT, announce, Adver_Timer, -> Active",
    given: initializeOf(owner),
    at: 7 * SECOND,
    event: STARTUP,
    outputs: ["initialize -> master: owner-startup", "send 255", "acquire"],
    role: "master",
    deadline: 8 * SECOND,
  },
  {
    rule: "[6.4.1-b] Startup, any other priority: Active_Down_Timer from the own interval, -> Backup, not a frame",
    given: initializeOf(),
    at: 7 * SECOND,
    event: STARTUP,
    outputs: ["initialize -> backup: startup"],
    role: "backup",
    deadline: 7 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.1-c] an advertisement has no effect before Startup",
    given: initializeOf(),
    at: 0,
    event: hears(200),
    ...quiet,
  },
  { rule: "[6.4.1-c] priority 0 has none either", given: initializeOf(), at: 0, event: hears(0), ...quiet },
  { rule: "own: a tick has no effect", given: initializeOf(), at: SECOND, event: TICK, ...quiet },
  { rule: "own: a shutdown has no effect", given: initializeOf(), at: 0, event: SHUTDOWN, ...quiet },
  { rule: "own: a link alone starts nothing", given: initializeOf(), at: 0, event: LINK_UP, ...quiet },
  {
    rule: "own: losing the link before Startup is no transition",
    given: initializeOf(),
    at: 0,
    event: LINK_DOWN,
    ...quiet,
  },
  {
    rule: "own: Startup without a link waits for it",
    given: after(initializeOf(), [0, LINK_DOWN]),
    at: SECOND,
    event: STARTUP,
    ...quiet,
  },
  {
    rule: "own: the link is the Startup of a router that was told to start",
    given: after(initializeOf(), [0, LINK_DOWN], [0, STARTUP]),
    at: 5 * SECOND,
    event: LINK_UP,
    outputs: ["initialize -> backup: link-up"],
    role: "backup",
    deadline: 5 * SECOND + ACTIVE_DOWN,
  },
  {
    rule: "[6.4.1-a] the link is the Startup of the owner, too",
    given: after(initializeOf(owner), [0, LINK_DOWN], [0, STARTUP]),
    at: 5 * SECOND,
    event: LINK_UP,
    outputs: ["initialize -> master: link-up", "send 255", "acquire"],
    role: "master",
    deadline: 6 * SECOND,
  },
  {
    rule: "own: a shutdown while waiting for the link is remembered",
    given: after(initializeOf(), [0, LINK_DOWN], [0, STARTUP], [SECOND, SHUTDOWN]),
    at: 2 * SECOND,
    event: LINK_UP,
    ...quiet,
  },
  ...(
    [
      ["after three intervals, in which it may have been replaced", [], 3 * SECOND],
      ["when it heard another master meanwhile", [[0, hears(50)]], SECOND],
      [
        "when it was drained and put back meanwhile",
        [
          [0, DRAIN],
          [0, READMIT],
        ],
        SECOND,
      ],
      [
        "when it was stopped and started meanwhile",
        [
          [0, SHUTDOWN],
          [0, STARTUP],
        ],
        SECOND,
      ],
    ] as const
  ).map(
    ([when, meanwhile, at]): Cell => ({
      rule: `own: a master whose link comes back ${when}, is a backup`,
      given: after(masterOf(), [0, LINK_DOWN], ...meanwhile),
      at,
      event: LINK_UP,
      outputs: ["initialize -> backup: link-up"],
      role: "backup",
      deadline: at + ACTIVE_DOWN,
    }),
  ),
  {
    rule: "own: a priority 0 and its own advertisement are of no other master",
    given: after(masterOf(), [0, LINK_DOWN], [0, hears(0)], [0, hears(200, CONFIG.sourceAddress)]),
    at: SECOND,
    event: LINK_UP,
    outputs: ["initialize -> master: link-up", "send 100", "acquire"],
    role: "master",
    deadline: 2 * SECOND,
  },
  {
    rule: "own: a new configuration is taken",
    given: initializeOf(),
    at: 0,
    event: reconfigure({ priority: 7 }),
    ...quiet,
  },
  {
    rule: "own: a new configuration is the one that counts at Startup",
    given: after(initializeOf(), [0, reconfigure({ priority: 255 })]),
    at: SECOND,
    event: STARTUP,
    outputs: ["initialize -> master: owner-startup", "send 255", "acquire"],
    role: "master",
    deadline: 2 * SECOND,
  },
];

describe("RFC 9568 6.4.1 Initialize", () => {
  table(cells);
});
