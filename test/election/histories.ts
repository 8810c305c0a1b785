/** Random histories of a VRRP router: configurations and events for the properties. */
import fc from "fast-check";
import {
  createVrrpRouter,
  deadlineOf,
  stepVrrpRouter,
  type VrrpRouterConfig,
  type VrrpRouterEvent,
  type VrrpRouterState,
  type VrrpRouterStep,
} from "../../agent/election/vrrp/vrrpRouter.ts";
import {
  CENTISECOND,
  CONFIG,
  configured,
  DRAIN,
  demote,
  HAND_OVER,
  HIGHER_PEER,
  hears,
  LINK_DOWN,
  LINK_UP,
  LOWER_PEER,
  lost,
  READMIT,
  RESUME,
  SHUTDOWN,
  STARTUP,
  SUCCEED,
  TICK,
} from "./scenario.ts";

/** An event and the time since the one before. */
export interface Happening {
  readonly afterMicros: number;
  readonly event: VrrpRouterEvent;
}

/** A step that was made, with the time and the state before. */
export interface Made extends VrrpRouterStep {
  readonly nowMicros: number;
  readonly before: VrrpRouterState;
  readonly event: VrrpRouterEvent;
}

const priority = fc.oneof(fc.constantFrom(1, 99, 100, 101, 254, 255), fc.integer({ min: 1, max: 255 }));
const intervalCentis = fc.constantFrom(1, 10, 100, 300);

const delayMicros = fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(5_000_000));

export const configs: fc.Arbitrary<VrrpRouterConfig> = fc
  .record({
    priority,
    preempt: fc.boolean(),
    advertisementIntervalMicros: intervalCentis.map((centis) => centis * CENTISECOND),
    preemptDelayMicros: delayMicros,
    startupDelayMicros: delayMicros,
  })
  .map(configured);

export const advertisements: fc.Arbitrary<VrrpRouterEvent> = fc
  .record({
    priority: fc.oneof(priority, fc.constant(0)),
    from: fc.constantFrom(LOWER_PEER, HIGHER_PEER, CONFIG.sourceAddress),
    maxAdvertiseIntervalCentis: intervalCentis,
  })
  .map(({ priority, from, maxAdvertiseIntervalCentis }) => hears(priority, from, { maxAdvertiseIntervalCentis }));

const commands: fc.Arbitrary<VrrpRouterEvent> = fc.oneof(
  fc
    .constantFrom(STARTUP, STARTUP, RESUME, SHUTDOWN, LINK_UP, LINK_UP, LINK_DOWN, TICK, SUCCEED, HAND_OVER)
    .map((event): VrrpRouterEvent => event),
  fc.constantFrom(DRAIN, READMIT, READMIT),
  fc.constantFrom(LOWER_PEER, HIGHER_PEER).map(lost),
  fc.oneof(fc.constant(0), fc.nat(300)).map(demote),
  configs.map((config): VrrpRouterEvent => ({ kind: "reconfigure", config })),
);

/** Anything, at any distance: at once, within an interval, or after a long stall. */
export const histories: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    afterMicros: fc.oneof(fc.constant(0), fc.nat(50_000), fc.nat(1_500_000), fc.nat(30_000_000)),
    event: fc.oneof({ arbitrary: advertisements, weight: 3 }, { arbitrary: commands, weight: 2 }),
  }),
  { maxLength: 40 },
);

/** Runs a history as it is: ticks come when it says so, and no others. */
export function run(config: VrrpRouterConfig, history: readonly Happening[]): Made[] {
  return runOn(createVrrpRouter(config), 0, history);
}

/** Runs a history from a state on. */
export function runOn(start: VrrpRouterState, startMicros: number, history: readonly Happening[]): Made[] {
  let state = start;
  let nowMicros = startMicros;
  return history.map(({ afterMicros, event }) => {
    nowMicros += afterMicros;
    const before = state;
    const step = stepVrrpRouter(before, event, nowMicros);
    state = step.state;
    return { ...step, nowMicros, before, event };
  });
}

/** Runs a history as a punctual driver does: at each deadline on the way there is a tick. */
export function runPunctually(start: VrrpRouterState, startMicros: number, history: readonly Happening[]): Made[] {
  const made: Made[] = [];
  let state = start;
  let nowMicros = startMicros;
  const make = (event: VrrpRouterEvent) => {
    const before = state;
    const step = stepVrrpRouter(before, event, nowMicros);
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
