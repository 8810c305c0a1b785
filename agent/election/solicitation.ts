/**
 * How a backup finds out whether a master that the peer link suspects still lives: it asks in the election's own words.
 *
 * A closed connection proves nothing, since anybody who sees the segment can forge a reset. An answer does. The backup
 * sends the suspect, and nobody else, the suspect's own claim made worse by one step. A master must contradict that at
 * once (RFC 9568 6.4.3, a lower priority; CARP alike), from its real-time thread, under the group's signature or digest.
 * A claim so near to the master's own is harmless to everybody who might be shown a recording of it.
 *
 *   0 ms       5 ms       10 ms      15 ms
 *   ask        ask        ask        | skew, in order of preference |  takes over
 */

/** For an answer: far above the round trip of a segment and what a real-time thread takes to be scheduled. */
export const ANSWER_MICROS = 15_000;
/** Questions and answers are datagrams, so the question is repeated. */
const REPEAT_MICROS = 5_000;
const TIMES = 3;

/** A master that may be dead. */
export interface Suspect<Claim> {
  readonly address: string;
  /** What it claimed last. */
  readonly claim: Claim;
  /** How often it was asked. */
  readonly asked: number;
}

/** When to ask again; Infinity: it was asked often enough. @param sinceMicros when it was asked first */
export function nextQuestionMicros({ asked }: Suspect<unknown>, sinceMicros: number): number {
  return asked < TIMES ? sinceMicros + asked * REPEAT_MICROS : Infinity;
}

/** It is asked now. Questions that were missed are not made up for. */
export function askedNow<Claim>(suspect: Suspect<Claim>, sinceMicros: number, nowMicros: number): Suspect<Claim> {
  return { ...suspect, asked: Math.floor((nowMicros - sinceMicros) / REPEAT_MICROS) + 1 };
}
