/**
 * The intervals of CARP in whole microseconds. All follow from the host's own configuration: nothing is learned from a
 * master (OpenBSD and FreeBSD ip_carp.c, ucarp carp.c).
 *
 * One rule of ucarp is left out: with a base of 0 it takes a master for dead after a single interval. That is nobody's
 * business but its own and makes a group flap, so both dialects wait for three as OpenBSD does.
 */

const MICROS_PER_SECOND = 1_000_000;
const SKEW_STEPS = 256;
const MISSED_ADVERTISEMENTS = 3;

/** The time in which the hosts of a group take over, in turn, once they know that the master is gone. */
const SUCCESSION_MICROS = 20_000;

/** The longest that a skew adds to an interval, rounded up. */
const LONGEST_SKEW_MICROS = MICROS_PER_SECOND;

/** One step of skew, 1/256 s. */
export const SKEW_STEP_MICROS = skewMicros(1);

/**
 * How long a resigning master waits for its successor. One of this agent speaks within 20 ms; a ucarp reads its packets
 * from a buffer that libpcap may hand it a second late, and only then takes over. Not to wait for it would leave nobody
 * with the addresses for that second. Where nobody is left to succeed, the wait keeps them answering, and costs nothing.
 */
export const RESIGNATION_MICROS = 2_000_000;

/** A skew as time, a fraction cut off as the kernels do. @param skew 256ths of a second */
export function skewMicros(skew: number): number {
  return Math.floor((skew * MICROS_PER_SECOND) / SKEW_STEPS);
}

/** The period that an advertisement claims. Hosts are compared by it: the shorter is preferred. */
export function periodMicros(baseSeconds: number, skew: number): number {
  return baseSeconds * MICROS_PER_SECOND + skewMicros(skew);
}

/** The time between a master's advertisements: its period, and one step of skew where that would be nothing. */
export function advertisementIntervalMicros(baseSeconds: number, skew: number): number {
  return Math.max(periodMicros(baseSeconds, skew), SKEW_STEP_MICROS);
}

/** The silence after which a backup of this skew takes the master for dead. */
export function masterDownMicros(baseSeconds: number, skew: number): number {
  if (baseSeconds > 0) return periodMicros(MISSED_ADVERTISEMENTS * baseSeconds, skew);
  return skewMicros(MISSED_ADVERTISEMENTS * Math.max(skew, 1));
}

/**
 * The time in which a live master is heard for certain: the longest interval it may have, which need not be this
 * host's, then the own skew, so that of several hosts that listen the preferred one is done first.
 */
export function listenMicros(baseSeconds: number, skew: number): number {
  const longestIntervalMicros = baseSeconds * MICROS_PER_SECOND + LONGEST_SKEW_MICROS;
  return Math.min(longestIntervalMicros + skewMicros(skew), masterDownMicros(baseSeconds, skew));
}

/** The silence of a master after which a backup, the fastest that can be, may have taken over. */
export function deposedAfterMicros(baseSeconds: number, skew: number): number {
  return baseSeconds > 0 ? MISSED_ADVERTISEMENTS * baseSeconds * MICROS_PER_SECOND : masterDownMicros(0, skew);
}

/** How long a backup lets those before it take over from a master that is known to be gone. @param rank 0..255, 0 is first */
export function successionMicros(rank: number): number {
  return Math.floor((SUCCESSION_MICROS * rank) / SKEW_STEPS);
}
