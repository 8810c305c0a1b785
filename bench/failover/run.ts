/** One fault at one phase of the master's clock, its end, and what the client saw of both. */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs, waitFor } from "../../lab/drills/clock.ts";
import { type Seen, seenOf } from "../segment/seen.ts";
import type { Host } from "../segment/segment.ts";
import type { Fault } from "./fault.ts";
import type { Group } from "./group.ts";

/** One run of one fault. */
export interface Outcome {
  readonly fault: Seen;
  /** The way back, from the end of the fault on. */
  readonly back: Seen;
  /** From the fault until the successor alone had the address; undefined when another kept it for as long as was looked. */
  readonly oneOwnerMs: number | undefined;
}

/** When the fault comes and when it ends, each 0 to 1 of the interval after the master's latest advertisement. */
export interface Phases {
  readonly fault: number;
  readonly back: number;
}

/** What the client saw just before belongs to the window, so that a silence has a beginning. */
const BEFORE_MS = 50;
/** Answers are on their way for so long. */
const AFTER_MS = 20;
/** A new owner has answered alone for so long. */
const TAKEN_MS = 60;
/** The window goes on for so long at least, and an interval, when the new owner answers. */
const SETTLING_MS = 300;
/** An address that is a lease is gone by then: at most 6 s, and what the kernel and the renewal add. */
const ONE_OWNER_MS = 9_000;

export async function runFault(group: Group, fault: Fault, intervalMs: number, phases: Phases): Promise<Outcome> {
  const { preferred, successor } = group;
  await group.owned(preferred);
  await group.settled();
  await group.phase(preferred, phases.fault, intervalMs);
  const faultMs = await fault.inject(group);
  const seen = await watch(group, faultMs, successor, intervalMs);
  const oneOwnerMs = fault.leavesHost ? await aloneAfter(group, successor, faultMs) : undefined;
  await group.phase(successor, phases.back, intervalMs);
  const restoredMs = await fault.restore(group);
  return { fault: seen, back: await watch(group, restoredMs, preferred, intervalMs), oneOwnerMs };
}

/** Waits until a node owns the address and the segment had time to settle. */
async function watch(group: Group, beganMs: number, expected: Host, intervalMs: number): Promise<Seen> {
  await group.owned(expected, TAKEN_MS);
  await sleep(Math.max(SETTLING_MS, intervalMs));
  const untilMs = nowMs();
  await sleep(AFTER_MS);
  return seenOf(group.probe.answers(beganMs - BEFORE_MS, untilMs), beganMs, untilMs, expected.number);
}

async function aloneAfter(group: Group, owner: Host, faultMs: number): Promise<number | undefined> {
  const remainingMs = faultMs + ONE_OWNER_MS - nowMs();
  const alone = (): Promise<number | undefined> =>
    Promise.resolve(group.holders().join() === owner.name ? nowMs() - faultMs : undefined);
  return waitFor(alone, remainingMs, 20, () => new Error("two owners")).catch(() => undefined);
}
