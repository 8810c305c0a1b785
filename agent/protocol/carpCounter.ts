/**
 * CARP's counters: what goes into the next advertisement, and which received ones are replays.
 *
 * The digest of an advertisement covers a counter, and the implementations differ in what they make of it:
 *
 * - OpenBSD sends a random cookie that never changes, refuses its own cookie as a loop, and else accepts everything:
 *   who recorded an advertisement can send it again, with another skew, for as long as the host lives.
 * - FreeBSD and ucarp send random numbers until they hear somebody. From then on they adopt every counter they hear and
 *   add one each time, so that a group shares one sequence. They refuse nothing either.
 *
 * A group has one dialect. In `openbsd` this node does as OpenBSD does: hosts that adopt our cookie count on from it
 * again and again, so nothing that goes back can be told from a replay. In `ucarp` it counts from the start, and is
 * stricter than ucarp: of a sender that was seen to count, it refuses what is not after the last. Who sends the same
 * counter twice is an OpenBSD, who leaps a ucarp that hears nobody; neither can be held to anything.
 *
 * A host that counted and restarted leaps too, behind its last counter as likely as not. It is not locked out for
 * long: as soon as it hears one advertisement of ours it adopts that, and since our own counter is never behind one
 * that we accepted, its next one is ahead. We are heard within a master-down interval, as a host that is refused is
 * silent to the election. Two of us cannot refuse each other, for the one that is behind adopts the other's counter.
 * Everything else that may happen to a host, like an OpenBSD that takes the address of a ucarp, has an end too: who was
 * refused for RESTART_MICROS is taken to have restarted.
 *
 * The digest does not cover the sender, so a recorded advertisement may come back with another's address: configured
 * peers are what limits whose addresses are believed.
 */
import { COUNTER_LENGTH } from "./carp.ts";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { inRange } from "./packet/field.ts";
import { serialAfter, serialBytes, serialDistance, serialOf } from "./packet/serial.ts";

/** Whose habit a group follows. */
export type CarpDialect = "openbsd" | "ucarp";

/** Why a counter is refused. `carp-loop`: it is this node's own cookie; `carp-replay`: it was heard before, or is old. */
export const CARP_COUNTER_FAULTS = ["carp-loop", "carp-replay"] as const;
export type CarpCounterFault = (typeof CARP_COUNTER_FAULTS)[number];

/** The longest that a sender is refused: one minute from the first refusal on, unless one was accepted in between. */
export const RESTART_MICROS = 60_000_000;

/** The counters of one virtual host. */
export interface CarpCounters {
  readonly dialect: CarpDialect;
  /** Dialect `openbsd`: the cookie. Dialect `ucarp`: the last counter that was sent or adopted. */
  readonly own: bigint;
  /** Whether anything was sent since the start. */
  readonly sent: boolean;
  /** Dialect `ucarp`: whom this node listens to, those heard last at the end. */
  readonly senders: readonly CounterSender[];
}

interface CounterSender {
  readonly source: string;
  readonly last: bigint;
  /** Whether its latest counter followed on the one before. */
  readonly counts: boolean;
  /** Since when it is refused. */
  readonly refusedSinceMicros: number | undefined;
}

/** Whoever can replay can do so from any address; beyond so many the one not heard for longest is forgotten. */
const REMEMBERED_SENDERS = 32;
/** A smaller step is one of counting with some lost under way: two random numbers are as near once in 2^32 times. */
const COUNTING_STEP = 1n << 32n;

/**
 * The counters of a virtual host that starts.
 * @param seed 8 random octets, other ones at each start.
 * @throws RangeError when there are fewer or more.
 */
export function createCarpCounters(dialect: CarpDialect, seed: Uint8Array): CarpCounters {
  return { dialect, own: counterOf(seed), sent: false, senders: [] };
}

/** The 8 octets for the next advertisement: the cookie, or one more than before. */
export function nextCarpCounter(counters: CarpCounters): {
  readonly counters: CarpCounters;
  readonly counter: Uint8Array;
} {
  const own = counters.dialect === "ucarp" ? serialAfter(counters.own) : counters.own;
  return { counters: { ...counters, own, sent: true }, counter: serialBytes(own) };
}

/** The verdict, and the counters from then on. */
export interface CarpCounterJudgement {
  readonly counters: CarpCounters;
  readonly verdict: Decoded<undefined, CarpCounterFault>;
}

/**
 * Judges the counter of an advertisement whose digest is good.
 * @param from own address of the sender.
 * @param counter 8 octets as received.
 * @throws RangeError when there are fewer or more.
 */
export function judgeCarpCounter(
  counters: CarpCounters,
  from: string,
  counter: Uint8Array,
  nowMicros: number,
): CarpCounterJudgement {
  const heard = counterOf(counter);
  if (counters.dialect === "openbsd") {
    return { counters, verdict: heard === counters.own ? fault("carp-loop") : decoded(undefined) };
  }
  const sender = counters.senders.find(({ source }) => source === from);
  if (sender !== undefined && isReplay(sender, heard) && !isOverdue(sender, nowMicros)) {
    const refused = { ...sender, refusedSinceMicros: sender.refusedSinceMicros ?? nowMicros };
    return { counters: remember(counters, refused), verdict: fault("carp-replay") };
  }
  const counts = sender !== undefined && follows(heard, sender.last);
  const accepted = { source: from, last: heard, counts, refusedSinceMicros: undefined };
  return { counters: adopt(remember(counters, accepted), heard), verdict: decoded(undefined) };
}

function isReplay({ counts, last }: CounterSender, heard: bigint): boolean {
  return counts && serialDistance(heard, last) <= 0n;
}

function isOverdue({ refusedSinceMicros }: CounterSender, nowMicros: number): boolean {
  return refusedSinceMicros !== undefined && nowMicros - refusedSinceMicros >= RESTART_MICROS;
}

function follows(heard: bigint, last: bigint): boolean {
  const step = serialDistance(heard, last);
  return step > 0n && step < COUNTING_STEP;
}

/** Goes on from what was heard; once it sent only forward, so that nobody finds it going back. */
function adopt(counters: CarpCounters, heard: bigint): CarpCounters {
  return counters.sent && serialDistance(heard, counters.own) <= 0n ? counters : { ...counters, own: heard };
}

function remember(counters: CarpCounters, sender: CounterSender): CarpCounters {
  const others = counters.senders.filter(({ source }) => source !== sender.source);
  return { ...counters, senders: [...others, sender].slice(-REMEMBERED_SENDERS) };
}

function counterOf(octets: Uint8Array): bigint {
  inRange("length of the counter", octets.length, COUNTER_LENGTH, COUNTER_LENGTH);
  return serialOf(octets);
}
