/** Random histories of a CARP host: configurations and events for the properties. */
import fc from "fast-check";
import {
  type CarpHostConfig,
  type CarpHostEvent,
  type CarpHostState,
  type CarpHostStep,
  createCarpHost,
  deadlineOf,
  stepCarpHost,
} from "../../agent/election/carp/carpHost.ts";
import type { HoldReason } from "../../agent/election/election.ts";
import { CONFIG, configured, demote, HIGHER_PEER, hears, LOWER_PEER, TICK } from "./carpHostScenario.ts";

/** An event and the time since the one before. */
export interface Happening {
  readonly afterMicros: number;
  readonly event: CarpHostEvent;
}

/** A step that was made, with the time and the state before. */
export interface Made extends CarpHostStep {
  readonly nowMicros: number;
  readonly before: CarpHostState;
  readonly event: CarpHostEvent;
}

const bases = fc.constantFrom(0, 1, 1, 2);
const skews = fc.oneof(fc.constantFrom(0, 99, 100, 101, 240, 254), fc.integer({ min: 0, max: 254 }));
const demotions = fc.constantFrom(0, 0, 1, 5, 255, 300);
const delays = fc.constantFrom(0, 0, 5_000_000);

export const configs: fc.Arbitrary<CarpHostConfig> = fc
  .record({
    advertisementBase: bases,
    advertisementSkew: skews,
    dialect: fc.constantFrom("openbsd", "ucarp"),
    preempt: fc.boolean(),
    preemptDelayMicros: delays,
    startupDelayMicros: delays,
  })
  .map(configured);

const peers = fc.constantFrom(LOWER_PEER, HIGHER_PEER);
const bowOuts = fc.constant({ advertisementBase: 255, advertisementSkew: 255 });

export const advertisements: fc.Arbitrary<CarpHostEvent> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ advertisementBase: bases, advertisementSkew: skews, demotion: demotions }) },
      { weight: 1, arbitrary: bowOuts },
    ),
    fc.oneof({ weight: 9, arbitrary: peers }, { weight: 1, arbitrary: fc.constant(CONFIG.sourceAddress) }),
  )
  .map(([claim, from]) => hears(claim, from));

const commands: fc.Arbitrary<CarpHostEvent> = fc.oneof(
  fc
    .constantFrom("startup", "shutdown", "link-up", "link-down", "readmit", "hand-over", "succeed", "tick")
    .map((kind): CarpHostEvent => ({ kind })),
  fc.constant<CarpHostEvent>({ kind: "startup", resume: false }),
  fc
    .constantFrom<HoldReason>("check-failed", "drained", "maintenance", "sync-group")
    .map((reason): CarpHostEvent => ({ kind: "hold-back", reason })),
  demotions.map(demote),
  peers.map((from): CarpHostEvent => ({ kind: "peer-lost", from })),
  configs.map((config): CarpHostEvent => ({ kind: "reconfigure", config })),
);

/** Anything, at any distance: at once, within an interval, or after a long stall. */
export const histories: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    afterMicros: fc.oneof(fc.constant(0), fc.nat(50_000), fc.nat(1_500_000), fc.nat(30_000_000)),
    event: fc.oneof({ arbitrary: advertisements, weight: 2 }, { arbitrary: commands, weight: 3 }),
  }),
  { maxLength: 40 },
);

/** Runs a history from a state on: ticks come when it says so, and no others. */
export function run(start: CarpHostState, startMicros: number, history: readonly Happening[]): Made[] {
  let state = start;
  let nowMicros = startMicros;
  return history.map(({ afterMicros, event }) => {
    nowMicros += afterMicros;
    const before = state;
    const step = stepCarpHost(before, event, nowMicros);
    state = step.state;
    return { ...step, nowMicros, before, event };
  });
}

/** The first steps of a host that was just made; with `resume` it finds its addresses. */
export function born(config: CarpHostConfig, resume: boolean, history: readonly Happening[]): Made[] {
  const first: Happening = { afterMicros: 0, event: { kind: "startup", resume } };
  return run(createCarpHost(config), 0, [first, ...history]);
}

/** Runs a history as a punctual driver does: at each deadline on the way there is a tick. */
export function runPunctually(start: CarpHostState, startMicros: number, history: readonly Happening[]): Made[] {
  const made: Made[] = [];
  let state = start;
  let nowMicros = startMicros;
  const make = (event: CarpHostEvent) => {
    const before = state;
    const step = stepCarpHost(state, event, nowMicros);
    state = step.state;
    made.push({ ...step, nowMicros, before, event });
  };
  for (const { afterMicros, event } of history) {
    const until = nowMicros + afterMicros;
    for (let due = deadlineOf(state); due !== undefined && due < until; due = deadlineOf(state)) {
      nowMicros = Math.max(nowMicros, due);
      make(TICK);
    }
    nowMicros = until;
    make(event);
  }
  return made;
}
