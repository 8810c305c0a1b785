/** What a client saw while something failed: pure arithmetic over the answers its probes got. */

/** One call of the client. Times are milliseconds of the machine's monotonic clock, the same one in every process. */
export interface Answer {
  readonly sentMs: number;
  /** Absent: no answer within the probe's deadline. */
  readonly answeredMs?: number;
  /** Name of the server that answered. */
  readonly by?: string;
}

/** What the client saw from the moment the fault was injected. */
export interface Observation {
  /** Longest time between two answers received in turn; the fault lies in or before it. */
  readonly gapMs: number;
  /** From the fault to the first answer of another server than the one it hit; absent when none came. */
  readonly takeoverMs?: number;
  /** The server that answered first after the one that was hit. */
  readonly to?: string;
  /** Calls that got no answer, of those sent since just before the fault. */
  readonly lost: number;
  readonly sent: number;
}

/** Calls sent this long before the fault may still be lost to it. */
const IN_FLIGHT_MS = 50;

/**
 * Reads an observation out of the answers.
 * @param answers in any order; those of both sides of the fault
 * @param injectedMs when the fault was injected
 * @param untilMs answers after it do not count, e.g. when the fault was taken back
 * @param from the server the fault hit
 */
export function observe(answers: readonly Answer[], injectedMs: number, untilMs: number, from: string): Observation {
  const received = answers
    .flatMap(({ answeredMs, by }) => (answeredMs === undefined ? [] : [{ answeredMs, by }]))
    .sort((a, b) => a.answeredMs - b.answeredMs)
    .filter(({ answeredMs }) => answeredMs <= untilMs);
  const lastBefore = received.findLast(({ answeredMs }) => answeredMs <= injectedMs)?.answeredMs ?? injectedMs;
  const after = received.filter(({ answeredMs }) => answeredMs > injectedMs);
  const times = [lastBefore, ...after.map(({ answeredMs }) => answeredMs)];
  if (after.length === 0) times.push(untilMs);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const first = after.find(({ by }) => by !== from);
  const counted = answers.filter(({ sentMs }) => sentMs >= injectedMs - IN_FLIGHT_MS && sentMs <= untilMs);
  return {
    gapMs: Math.max(0, ...gaps),
    ...(first === undefined ? {} : { takeoverMs: first.answeredMs - injectedMs }),
    ...(first?.by === undefined ? {} : { to: first.by }),
    lost: counted.filter(({ answeredMs }) => answeredMs === undefined).length,
    sent: counted.length,
  };
}
