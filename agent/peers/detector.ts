/**
 * When a path of the peer link is silent: nothing was heard of the peer for so long that it must be dead or cut off.
 *
 * The limit is `missed` heartbeats, or twice the longest gap of the recent past where that is longer: a machine that
 * pauses now and then gets the time it needs by itself, and loses it again when it runs smoothly. Silence counts only
 * while this process runs: what it did not hear while it was stalled itself is nobody's fault.
 *
 * Pure: time is an argument, in microseconds of a monotonic clock.
 */

/** How far the limit may grow, as a multiple of `missed` heartbeats. */
const WIDEST = 10;
/** After so long without another one, a long gap counts half. */
const HALF_LIFE_MICROS = 30_000_000;

/** What is agreed about heartbeats. */
export interface Pace {
  /** Time between the heartbeats of the peer, as it announced it. */
  readonly intervalMicros: number;
  /** Heartbeats missed in a row that mean silence where none was ever late. */
  readonly missed: number;
}

/** What was heard on one path. */
export interface HeartbeatHistory {
  /** When something was heard last. */
  readonly heardMicros: number;
  /** The longest gap between two heartbeats that still counts, and when it ended. */
  readonly longestGapMicros: number;
  readonly longestGapEndMicros: number;
  /** No silence before this time: this process was stalled. */
  readonly excusedUntilMicros: number;
  /** How much time was excused since something was heard; never more than one limit, so a dead peer is found in two. */
  readonly excusedMicros: number;
}

/** A path that was just connected, of which nothing is known yet. */
export function emptyHistory(nowMicros: number): HeartbeatHistory {
  return {
    heardMicros: nowMicros,
    longestGapMicros: 0,
    longestGapEndMicros: nowMicros,
    excusedUntilMicros: nowMicros,
    excusedMicros: 0,
  };
}

/** How long a path may be quiet, counted from when it was heard last. */
export function silenceLimitMicros(history: HeartbeatHistory, pace: Pace): number {
  const shortest = pace.missed * pace.intervalMicros;
  return Math.min(Math.max(shortest, Math.round(2 * longestGapAt(history, history.heardMicros))), WIDEST * shortest);
}

/** When the path is silent, if nothing is heard until then. */
export function silentAtMicros(history: HeartbeatHistory, pace: Pace): number {
  return Math.max(history.heardMicros + silenceLimitMicros(history, pace), history.excusedUntilMicros);
}

/** A heartbeat came. A gap of more than twice the limit was an outage and says nothing about how smoothly the peer runs. */
export function heard(history: HeartbeatHistory, pace: Pace, nowMicros: number): HeartbeatHistory {
  const gapMicros = nowMicros - history.heardMicros;
  const isOutage = gapMicros > 2 * silenceLimitMicros(history, pace);
  const isLongest = !isOutage && gapMicros >= longestGapAt(history, nowMicros);
  return {
    heardMicros: nowMicros,
    longestGapMicros: isLongest ? gapMicros : history.longestGapMicros,
    longestGapEndMicros: isLongest ? nowMicros : history.longestGapEndMicros,
    excusedUntilMicros: nowMicros,
    excusedMicros: 0,
  };
}

/** This process woke up so much later than it wanted to: the path gets that time again, from now on. */
export function excused(
  history: HeartbeatHistory,
  pace: Pace,
  lateMicros: number,
  nowMicros: number,
): HeartbeatHistory {
  const roomMicros = Math.max(0, silenceLimitMicros(history, pace) - history.excusedMicros);
  const extensionMicros = Math.min(lateMicros, roomMicros);
  const untilMicros = nowMicros + extensionMicros;
  if (untilMicros <= silentAtMicros(history, pace)) return history;
  return { ...history, excusedUntilMicros: untilMicros, excusedMicros: history.excusedMicros + extensionMicros };
}

/** The longest gap, less what time took off it. */
function longestGapAt(history: HeartbeatHistory, nowMicros: number): number {
  return history.longestGapMicros * 2 ** (-(nowMicros - history.longestGapEndMicros) / HALF_LIFE_MICROS);
}
