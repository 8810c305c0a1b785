/** What is quoted of a fault: one figure for each, and what this project promises of it. */
import { FAULT_NAMES, type FaultName } from "./fault.ts";
import type { Outcome } from "./run.ts";

/** The faults, and the end of a split. */
export const MEASURE_NAMES = [...FAULT_NAMES, "heal"] as const;
export type MeasureName = (typeof MEASURE_NAMES)[number];

export interface Measure {
  readonly name: MeasureName;
  /** What the figure is, in milliseconds. */
  readonly of: string;
  /** The fault whose runs give the figure. */
  readonly fault: FaultName;
  figure(outcome: Outcome): number;
  /** Milliseconds that the median must not exceed at 1 s, with the peer link's heartbeat at 50 ms. */
  readonly promiseMs: number;
}

/** A takeover that never came is as long as nobody waited. */
const NEVER = Number.POSITIVE_INFINITY;

const silence = (outcome: Outcome): number => outcome.fault.silenceMs;
const takeover = (outcome: Outcome): number => outcome.fault.takeoverMs ?? NEVER;

const SILENCE = "longest silence";
const TAKEOVER = "until the successor answers";

export const MEASURES: readonly Measure[] = [
  { name: "stop", of: SILENCE, fault: "stop", figure: silence, promiseMs: 5 },
  { name: "kill", of: TAKEOVER, fault: "kill", figure: takeover, promiseMs: 50 },
  { name: "power-off", of: SILENCE, fault: "power-off", figure: silence, promiseMs: 250 },
  { name: "blackhole", of: SILENCE, fault: "blackhole", figure: silence, promiseMs: 250 },
  { name: "freeze", of: TAKEOVER, fault: "freeze", figure: takeover, promiseMs: 250 },
  { name: "link-down", of: SILENCE, fault: "link-down", figure: silence, promiseMs: 250 },
  {
    name: "heal",
    of: "longest silence when a blackhole ends",
    fault: "blackhole",
    figure: (outcome) => outcome.back.silenceMs,
    promiseMs: 100,
  },
];
