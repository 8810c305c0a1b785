/**
 * The intervals of RFC 9568 6.1 in whole microseconds.
 *
 * A fraction of a microsecond is rounded up, so that no timer is early; the RFC's centiseconds would truncate the skew
 * of every priority to 0 at the shortest interval and lose the order that skew is there to make.
 */

/** Intervals are centiseconds on the wire. */
export const MICROS_PER_CENTISECOND = 10_000;

const PRIORITY_STEPS = 256;
const MISSED_ADVERTISEMENTS = 3;

/** Time for the last priority 0 to arrive, the successor to take over and its first advertisement to be heard. */
const RESIGNATION_MARGIN_MICROS = 200_000;

/** The interval that orders those who know from the peer link that their master is dead: far above what a packet takes. */
const BEREAVEMENT_INTERVAL_MICROS = 20_000;

/**
 * Skew_Time: how much later than a priority of 256 would this priority takes over. The lower the priority, the longer.
 * @param priority 1..255, of this node
 * @param intervalMicros the master's advertisement interval, Active_Adver_Interval
 */
export function skewTimeMicros(priority: number, intervalMicros: number): number {
  return Math.ceil(((PRIORITY_STEPS - priority) * intervalMicros) / PRIORITY_STEPS);
}

/** Active_Down_Interval: the silence after which a backup of this priority takes the master for dead. */
export function activeDownIntervalMicros(priority: number, intervalMicros: number): number {
  return MISSED_ADVERTISEMENTS * intervalMicros + skewTimeMicros(priority, intervalMicros);
}

/**
 * The time in which a live master is heard for certain: one interval, then the skew, so that of several nodes that
 * listen the one of highest priority is done first.
 */
export function listenIntervalMicros(priority: number, intervalMicros: number): number {
  return intervalMicros + skewTimeMicros(priority, intervalMicros);
}

/** The silence of a master after which a backup, the fastest that can be, may have taken over. */
export function deposedAfterMicros(intervalMicros: number): number {
  return MISSED_ADVERTISEMENTS * intervalMicros;
}

/** The time a resigning master waits for its successor: what the slowest lawful one, of priority 1, takes, and a margin. */
export function resignationIntervalMicros(intervalMicros: number): number {
  return skewTimeMicros(1, intervalMicros) + RESIGNATION_MARGIN_MICROS;
}

/**
 * The skew of a backup whose master is known to be dead: the highest priority takes over first, and is heard before the
 * next one would.
 */
export function peerLostSkewMicros(priority: number): number {
  return skewTimeMicros(priority, BEREAVEMENT_INTERVAL_MICROS);
}

/**
 * The next instant after `nowMicros` of a schedule that has one at `dueMicros` and each interval later: a late
 * advertisement does not delay the ones after it, and those missed are not made up for.
 */
export function nextOnSchedule(dueMicros: number, intervalMicros: number, nowMicros: number): number {
  const missed = Math.max(0, Math.floor((nowMicros - dueMicros) / intervalMicros));
  return dueMicros + (missed + 1) * intervalMicros;
}

/** The earliest of several deadlines, of which any may be none. */
export function earliest(deadlines: readonly (number | undefined)[]): number | undefined {
  return deadlines.reduce((first, next) =>
    first === undefined || (next !== undefined && next < first) ? next : first,
  );
}
