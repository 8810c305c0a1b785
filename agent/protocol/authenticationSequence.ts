/** The sequence numbers of signed advertisements: clocks that never stand still, or counters that start at one. */
import { serialAfter, serialDistance } from "./packet/serial.ts";

/** `time`: numbers are clocks, and old advertisements are refused; `monotonic`: they only grow. */
export type ReplayProtection = "time" | "monotonic";

/** What replay protection needs to know. */
export interface ReplayPolicy {
  readonly replay: ReplayProtection;
  /** How far a sender's clock may be off in `time`, in microseconds; 1 s to 300 s. */
  readonly windowMicros: number;
}

const MILLIS_PER_SECOND = 1_000;
const MICROS_PER_SECOND = 1_000_000n;
/** A sequence number has its seconds in the upper 32 bits. */
const SECONDS_SHIFT = 32n;
const FRACTIONS_PER_SECOND = 65_536;
const FRACTION_SHIFT = 16n;
const LEAST_WINDOW_MICROS = 5_000_000;

/** The clock as a sequence number; `wallClockMs` is UTC in milliseconds since 1970. */
export function clockSequence(wallClockMs: number): bigint {
  const seconds = Math.floor(wallClockMs / MILLIS_PER_SECOND);
  const millis = wallClockMs - seconds * MILLIS_PER_SECOND;
  const fraction = Math.floor((millis * FRACTIONS_PER_SECOND) / MILLIS_PER_SECOND);
  return BigInt.asUintN(64, (BigInt(seconds) << SECONDS_SHIFT) | (BigInt(fraction) << FRACTION_SHIFT));
}

/** The window of a group that configures none: the larger of 5 s and 3 advertisement intervals. */
export function defaultWindowMicros(advertisementIntervalMicros: number): number {
  return Math.max(LEAST_WINDOW_MICROS, 3 * advertisementIntervalMicros);
}

/** How far two sequence numbers may be apart. */
export function windowSequence({ windowMicros }: ReplayPolicy): bigint {
  return (BigInt(Math.trunc(windowMicros)) << SECONDS_SHIFT) / MICROS_PER_SECOND;
}

/**
 * The number of a sender's next advertisement: the clock, or one more than the last when the clock is not after that.
 *
 * In `time` a clock that was set back by more than the window is believed all the same: numbers so far ahead would be
 * refused as stale by everyone whose clock agrees with it, and for the same reason those have forgotten the last one.
 * @param last of the same sender; undefined: it never sent.
 * @param clock from clockSequence.
 */
export function nextSequence(last: bigint | undefined, clock: bigint, policy: ReplayPolicy): bigint {
  if (last === undefined) return clock;
  const ahead = serialDistance(last, clock);
  if (ahead < 0n) return clock;
  return policy.replay === "time" && ahead > windowSequence(policy) ? clock : serialAfter(last);
}
