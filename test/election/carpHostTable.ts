/** The table State x Event of the CARP host: every state has a row for every event, or it does not compile. */
import assert from "node:assert/strict";
import {
  type CarpHostEvent,
  type CarpHostState,
  deadlineOf,
  roleOf,
  stepCarpHost,
} from "../../agent/election/carp/carpHost.ts";
import type { Role } from "../../agent/election/election.ts";
import {
  BOW_OUT,
  CONFIG,
  demote,
  HAND_OVER,
  HIGHER_PEER,
  HOLD_BACK,
  hears,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  NOT_PREFERRED,
  outputsOf,
  PEER_LOST,
  PREFERRED,
  READMIT,
  RESUME,
  reconfigure,
  SHUTDOWN,
  STARTUP,
  SUCCEED,
  TICK,
} from "./carpHostScenario.ts";

/** The advertisements that a host tells apart, as the host under test hears them. */
const ADVERTISEMENTS = {
  "a preferred claim": PREFERRED,
  "an equal claim of a host that stays": hears({}, LOWER_PEER),
  "an equal claim of a host that yields": hears({}, HIGHER_PEER),
  "a claim that is not preferred": NOT_PREFERRED,
  "a claim demoted more": hears({ advertisementSkew: 50, demotion: 1 }),
  "a claim too slow": hears({ advertisementBase: 5, advertisementSkew: 0 }),
  "a bow-out": BOW_OUT,
  "the own address": hears({ advertisementSkew: 50 }, CONFIG.sourceAddress),
} as const satisfies Readonly<Record<string, CarpHostEvent>>;

type Command = Exclude<CarpHostEvent["kind"], "advertisement">;

const COMMANDS: Readonly<Record<Command, CarpHostEvent>> = {
  startup: STARTUP,
  shutdown: SHUTDOWN,
  "link-up": LINK_UP,
  "link-down": LINK_DOWN,
  "hold-back": HOLD_BACK,
  readmit: READMIT,
  demote: demote(5),
  "hand-over": HAND_OVER,
  succeed: SUCCEED,
  "peer-lost": PEER_LOST,
  reconfigure: reconfigure({ advertisementSkew: 20 }),
  tick: TICK,
};

const EVENTS = { ...COMMANDS, "startup with the addresses here": RESUME, ...ADVERTISEMENTS };

export type Column = keyof typeof EVENTS;

/** What an event does in a state. What is left out stays as it was: no outputs, the same role, the same deadline. */
export interface Cell {
  /** The rule as a sentence, with its ids in the ledger. */
  readonly rule: string;
  readonly outputs?: readonly string[];
  readonly role?: Role;
  /** When the next tick is wanted. */
  readonly deadline?: number | undefined;
}

/** Makes a test of each cell of one state, to which everything happens at the same time. */
export function row(name: string, given: CarpHostState, atMicros: number, cells: Readonly<Record<Column, Cell>>): void {
  describe(name, () => {
    for (const [column, event] of Object.entries(EVENTS)) {
      const cell = cells[column as Column];
      it(`${column}: ${cell.rule}`, () => {
        check(given, event, atMicros, cell);
      });
    }
  });
}

/** Checks one cell, also one beside the table. */
export function check(given: CarpHostState, event: CarpHostEvent, atMicros: number, cell: Omit<Cell, "rule">): void {
  const step = stepCarpHost(given, event, atMicros);
  assert.deepEqual(outputsOf(step), cell.outputs ?? []);
  assert.equal(roleOf(step.state), cell.role ?? roleOf(given));
  assert.equal(deadlineOf(step.state), "deadline" in cell ? cell.deadline : deadlineOf(given));
}
