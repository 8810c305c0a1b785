/** Words for the tables of the VRRP router: a node in each state, events, and outputs as one line of text each. */
import assert from "node:assert/strict";
import type { Role } from "../../agent/election/election.ts";
import { activeDownIntervalMicros } from "../../agent/election/timers.ts";
import {
  createVrrpRouter,
  deadlineOf,
  roleOf,
  stepVrrpRouter,
  type VrrpRouterConfig,
  type VrrpRouterEvent,
  type VrrpRouterState,
  type VrrpRouterStep,
} from "../../agent/election/vrrp/vrrpRouter.ts";
import type { VrrpAdvertisement } from "../../agent/protocol/vrrp.ts";

export const SECOND = 1_000_000;
export const CENTISECOND = 10_000;

/** The node under test: priority 100, one second; its address is between those of the two peers. */
export const CONFIG: VrrpRouterConfig = {
  virtualRouterId: 10,
  priority: 100,
  advertisementIntervalMicros: SECOND,
  preempt: true,
  preemptDelayMicros: 0,
  startupDelayMicros: 0,
  sourceAddress: "10.25.0.11",
  peers: ["10.25.0.3", "10.25.0.200"],
  addresses: ["10.25.0.100", "10.25.0.101"],
};

/** A peer whose address loses a tie, and one whose address wins it, compared as numbers and not as text. */
export const LOWER_PEER = "10.25.0.3";
export const HIGHER_PEER = "10.25.0.200";

/** Skew_Time and Active_Down_Interval of the node under test at one second. */
export const SKEW = 609_375;
export const ACTIVE_DOWN = 3_609_375;

/** The node under test with something else configured. */
export function configured(changes: Partial<VrrpRouterConfig>): VrrpRouterConfig {
  return { ...CONFIG, ...changes };
}

/** An advertisement from a peer that is configured as the node under test is. */
export function hears(
  priority: number,
  from: string = LOWER_PEER,
  changes: Partial<VrrpAdvertisement> = {},
): VrrpRouterEvent {
  return {
    kind: "advertisement",
    from,
    advertisement: {
      virtualRouterId: CONFIG.virtualRouterId,
      priority,
      maxAdvertiseIntervalCentis: 100,
      addresses: CONFIG.addresses,
      ...changes,
    },
  };
}

export const STARTUP: VrrpRouterEvent = { kind: "startup" };
export const SHUTDOWN: VrrpRouterEvent = { kind: "shutdown" };
export const LINK_UP: VrrpRouterEvent = { kind: "link-up" };
export const LINK_DOWN: VrrpRouterEvent = { kind: "link-down" };
export const TICK: VrrpRouterEvent = { kind: "tick" };
/** A start with the addresses of an earlier life still here. */
export const RESUME: VrrpRouterEvent = { kind: "startup", resume: true };
export const DRAIN: VrrpRouterEvent = { kind: "hold-back", reason: "drained" };
export const READMIT: VrrpRouterEvent = { kind: "readmit" };
export const HAND_OVER: VrrpRouterEvent = { kind: "hand-over" };
export const SUCCEED: VrrpRouterEvent = { kind: "succeed" };

export function demote(demotion: number): VrrpRouterEvent {
  return { kind: "demote", demotion };
}

export function lost(from: string): VrrpRouterEvent {
  return { kind: "peer-lost", from };
}

export function reconfigure(changes: Partial<VrrpRouterConfig>): VrrpRouterEvent {
  return { kind: "reconfigure", config: configured(changes) };
}

/** The state after events at their times. */
export function after(
  state: VrrpRouterState,
  ...events: readonly (readonly [nowMicros: number, event: VrrpRouterEvent])[]
): VrrpRouterState {
  return events.reduce((current, [nowMicros, event]) => stepVrrpRouter(current, event, nowMicros).state, state);
}

/** Never started. */
export function initializeOf(config = CONFIG): VrrpRouterState {
  return createVrrpRouter(config);
}

/** Backup since time 0, having heard nobody. */
export function backupOf(config = CONFIG): VrrpRouterState {
  return after(initializeOf(config), [0, STARTUP]);
}

/** Master since time 0: its Adver_Timer fires at one interval. */
export function masterOf(config = CONFIG): VrrpRouterState {
  if (config.priority === 255) return after(initializeOf(config), [0, STARTUP]);
  const wait = activeDownIntervalMicros(config.priority, config.advertisementIntervalMicros);
  return after(initializeOf(config), [-wait, STARTUP], [0, TICK]);
}

/** Resigning since time 0 on this event: it waits until 996_094 (the skew of priority 1) + 200_000. */
export function resigningOf(config = CONFIG, event = SHUTDOWN): VrrpRouterState {
  return after(masterOf(config), [0, event]);
}
export const RESIGNATION = 1_196_094;

/** Resuming since time 0: it listens until LISTEN. */
export function resumingOf(config = CONFIG): VrrpRouterState {
  return after(initializeOf(config), [0, RESUME]);
}
export const LISTEN = SECOND + SKEW;

/** Outputs as text: `send 100`, `ask 10.25.0.3 with 199`, `acquire`, `backup -> master: master-down`, `notice equal-priority 10.25.0.3`. */
export function outputsOf(step: VrrpRouterStep): string[] {
  return step.outputs.map((output) => {
    switch (output.kind) {
      case "send":
        return `send ${output.advertisement.priority}`;
      case "solicit":
        return `ask ${output.to} with ${output.advertisement.priority}`;
      case "transition":
        return `${output.from} -> ${output.to}: ${output.reason}`;
      case "notice":
        return `notice ${output.notice} ${output.from}`;
      case "acquire":
      case "announce":
      case "release":
        return output.kind;
    }
  });
}

/** One cell of the table State x Event. */
export interface Cell {
  /** The rule, with its id in the ledger; `own` where the RFC says nothing. */
  readonly rule: string;
  readonly given: VrrpRouterState;
  readonly at: number;
  readonly event: VrrpRouterEvent;
  readonly outputs: readonly string[];
  readonly role: Role;
  /** When the next tick is wanted. */
  readonly deadline: number | undefined;
}

/** Makes a test of each cell. */
export function table(cells: readonly Cell[]): void {
  for (const { rule, given, at, event, outputs, role, deadline } of cells) {
    it(rule, () => {
      const step = stepVrrpRouter(given, event, at);
      assert.deepEqual(outputsOf(step), outputs);
      assert.equal(roleOf(step.state), role);
      assert.equal(deadlineOf(step.state), deadline);
    });
  }
}
