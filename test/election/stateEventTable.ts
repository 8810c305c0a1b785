/** The table State x Event of the VRRP router: its heads, made from the contract's own lists, and the test of a column. */
import assert from "node:assert/strict";
import type { Role } from "../../agent/election/election.ts";
import {
  deadlineOf,
  roleOf,
  stepVrrpRouter,
  type VrrpRouterEvent,
  type VrrpRouterState,
} from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  after,
  backupOf,
  CONFIG,
  configured,
  DRAIN,
  demote,
  HAND_OVER,
  HIGHER_PEER,
  hears,
  initializeOf,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  lost,
  masterOf,
  outputsOf,
  READMIT,
  RESUME,
  reconfigure,
  resigningOf,
  resumingOf,
  SECOND,
  SHUTDOWN,
  STARTUP,
  SUCCEED,
  TICK,
} from "./scenario.ts";

/** When everything but a tick at its deadline happens. */
export const AT = SECOND / 2;

/** How long the start-up delay is in the situation that is about it. */
export const STARTUP_DELAY = 10 * SECOND;

/** The states, since time 0, by role; Initialize has one for each thing that may be in the way. */
const STATES = {
  initialize: {
    "not started": initializeOf(),
    "without a link": after(initializeOf(), [0, LINK_DOWN], [0, STARTUP]),
    "without the link it lost as master": after(masterOf(), [0, LINK_DOWN]),
    "held back": after(initializeOf(), [0, DRAIN], [0, STARTUP]),
    "in its start-up delay": after(initializeOf(configured({ startupDelayMicros: STARTUP_DELAY })), [0, STARTUP]),
  },
  // It watches a master of priority 200.
  backup: { backup: after(backupOf(), [0, hears(200, HIGHER_PEER)]) },
  master: { master: masterOf() },
  resigning: { resigning: resigningOf() },
  resuming: { resuming: resumingOf() },
} satisfies Record<Role, Readonly<Record<string, VrrpRouterState>>>;

/** The events, by kind. */
const EVENTS = {
  startup: { startup: STARTUP, "startup that resumes": RESUME },
  shutdown: { shutdown: SHUTDOWN },
  "link-up": { "link-up": LINK_UP },
  "link-down": { "link-down": LINK_DOWN },
  "hold-back": { "hold-back": { kind: "hold-back", reason: "maintenance" } },
  readmit: { readmit: READMIT },
  demote: { demote: demote(60) },
  "hand-over": { "hand-over": HAND_OVER },
  succeed: { succeed: SUCCEED },
  "peer-lost": { "master lost": lost(HIGHER_PEER), "other peer lost": lost(LOWER_PEER) },
  advertisement: {
    "priority 0": hears(0, HIGHER_PEER),
    "lower priority": hears(50, HIGHER_PEER),
    "equal priority, lower address": hears(100, LOWER_PEER),
    "equal priority, higher address": hears(100, HIGHER_PEER),
    "higher priority": hears(200, LOWER_PEER),
    "own address": hears(200, CONFIG.sourceAddress),
  },
  reconfigure: { reconfigure: reconfigure({ priority: 50 }) },
  tick: { "tick before the deadline": TICK, "tick at the deadline": TICK },
} satisfies Record<VrrpRouterEvent["kind"], Readonly<Record<string, VrrpRouterEvent>>>;

type KeysOf<Union> = Union extends unknown ? keyof Union : never;

export type Situation = KeysOf<(typeof STATES)[Role]>;
export type Happening = KeysOf<(typeof EVENTS)[VrrpRouterEvent["kind"]]>;

/** What comes of an event in a state, and the rule that says so, with its ids in the ledger; `own` where the RFC is silent. */
export interface Consequence {
  readonly rule: string;
  readonly outputs: readonly string[];
  /** Left out: as before. */
  readonly role?: Role;
  readonly deadline?: number | undefined;
}

/** One state with what follows from every event in it. */
export type Column = Readonly<Record<Happening, Consequence>>;

/** No role changes, nothing is sent, and the next deadline is the one that was. */
export function nothing(rule: string): Consequence {
  return { rule, outputs: [] };
}

const situations = new Map<string, VrrpRouterState>(Object.values(STATES).flatMap((states) => Object.entries(states)));
const happenings = new Map<string, VrrpRouterEvent>(Object.values(EVENTS).flatMap((events) => Object.entries(events)));

/** Every state that has to have a column. */
export const SITUATIONS: readonly string[] = [...situations.keys()];

/** Makes a test of each cell of a column, and one that fails for each that is not there. */
export function column(situation: Situation, cells: Column): void {
  describe(situation, () => {
    const state = situations.get(situation);
    assert.ok(state !== undefined);
    const written = new Map<string, Consequence>(Object.entries(cells));
    for (const [happening, event] of happenings) {
      const cell = written.get(happening);
      it(`${happening}: ${cell?.rule ?? "a cell of the table is missing"}`, () => {
        assert.ok(cell !== undefined, `nobody says what "${happening}" does to one that is ${situation}`);
        const nowMicros = happening === "tick at the deadline" ? (deadlineOf(state) ?? AT) : AT;
        const step = stepVrrpRouter(state, event, nowMicros);
        assert.deepEqual(outputsOf(step), cell.outputs);
        assert.equal(roleOf(step.state), cell.role ?? roleOf(state));
        assert.equal(deadlineOf(step.state), "deadline" in cell ? cell.deadline : deadlineOf(state));
      });
    }
  });
}
