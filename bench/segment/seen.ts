/** What a client saw of a fault: pure arithmetic on its answers. */
import type { Answer } from "./probe.ts";

export interface Seen {
  /** The longest time between two answers, in milliseconds. */
  readonly silenceMs: number;
  /** Requests without an answer. */
  readonly lost: number;
  /** From the fault to the first answer of the successor; undefined when it never answered. */
  readonly takeoverMs: number | undefined;
  /** How often another node answered than did before. */
  readonly flips: number;
}

/**
 * @param answers of a window that begins a little before the fault and ends when all was settled
 * @param untilMs end of the window: a silence lasts until then when nobody answers any more
 * @param successor number of the node that ought to take over
 */
export function seenOf(answers: readonly Answer[], faultMs: number, untilMs: number, successor: number): Seen {
  const heard = answers
    .flatMap(({ answeredMs, by }) => (answeredMs === undefined ? [] : [{ answeredMs, by }]))
    .sort((a, b) => a.answeredMs - b.answeredMs);
  const times = [answers[0]?.sentMs ?? faultMs, ...heard.map(({ answeredMs }) => answeredMs), untilMs];
  const pairs = <T>(values: readonly T[]): readonly (readonly [T, T])[] =>
    values.slice(1).flatMap((value, index) => {
      const before = values[index];
      return before === undefined ? [] : [[before, value] as const];
    });
  const first = heard.find(({ answeredMs, by }) => by === successor && answeredMs > faultMs);
  return {
    silenceMs: Math.max(...pairs(times).map(([before, after]) => after - before)),
    lost: answers.filter(({ answeredMs }) => answeredMs === undefined).length,
    takeoverMs: first === undefined ? undefined : first.answeredMs - faultMs,
    flips: pairs(heard.map(({ by }) => by ?? 0)).filter(([before, after]) => before !== after).length,
  };
}
