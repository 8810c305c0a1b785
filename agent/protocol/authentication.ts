/** Whether a received VRRP advertisement is one of the group's: its signature, its age, and that it was not heard before. */
import { type ReplayPolicy, windowSequence } from "./authenticationSequence.ts";
import { type AuthenticationKey, decodeTrailer, isSignature } from "./authenticationTrailer.ts";
import { type Decoded, decoded, fault } from "./packet/decoded.ts";
import { serialDistance } from "./packet/serial.ts";

/** What a group agreed on. */
export interface AuthenticationPolicy extends ReplayPolicy {
  /** `receive-only` and `permissive` accept what is not signed, `enforce` does not; what is signed must be so rightly in each. */
  readonly mode: "receive-only" | "permissive" | "enforce";
  /** Those that are accepted; two while one replaces the other. */
  readonly keys: readonly AuthenticationKey[];
}

/** Why an advertisement is not one of the group's, in the order of the checks. */
export const AUTHENTICATION_FAULTS = [
  "auth-missing",
  "auth-malformed",
  "auth-unknown-key",
  "auth-stale",
  "auth-invalid",
  "auth-replay",
] as const;
export type AuthenticationFault = (typeof AUTHENTICATION_FAULTS)[number];

/** The latest number of each sender, those heard last at the end. */
export interface ReplayMemory {
  /** How many senders are remembered; beyond that the one not heard for longest is forgotten. */
  readonly capacity: number;
  readonly senders: readonly RememberedSender[];
}

interface RememberedSender {
  readonly source: string;
  readonly sequence: bigint;
}

/** Senders of a multicast group that are remembered, when nobody says who they are. */
const MULTICAST_CAPACITY = 4;

/**
 * A memory of nobody, large enough for every peer. Only who knows a key gets into it, so no stranger can crowd out a peer.
 * @param peers how many senders there are besides this node; 0: nobody knows.
 */
export function emptyReplayMemory(peers: number): ReplayMemory {
  return { capacity: Math.max(peers + 1, MULTICAST_CAPACITY), senders: [] };
}

/** An advertisement to be judged, in the parts that decodeVrrp finds. */
export interface AuthenticatedMessage {
  readonly from: string;
  readonly message: Uint8Array;
  readonly trailer: Uint8Array | undefined;
}

/**
 * The verdict, and what is remembered from then on: something else only when a signature was accepted. `stale` is signed
 * at a time too far from here, and accepted where an unsigned one is: nothing is won by cutting the signature off.
 */
export interface Verification {
  readonly memory: ReplayMemory;
  readonly verdict: Decoded<"signed" | "unsigned" | "stale", AuthenticationFault>;
}

/**
 * Judges an advertisement that passed reception.
 * @param clock this node's, from clockSequence.
 */
export function verifyAuthentication(
  memory: ReplayMemory,
  policy: AuthenticationPolicy,
  claim: AuthenticatedMessage,
  clock: bigint,
): Verification {
  const { from, message, trailer } = claim;
  if (trailer === undefined) {
    return { memory, verdict: policy.mode === "enforce" ? fault("auth-missing") : decoded("unsigned") };
  }
  const refused = (name: AuthenticationFault): Verification => ({ memory, verdict: fault(name) });
  const read = decodeTrailer(trailer);
  if (!read.ok) return refused(read.fault);
  const { keyId, sequence } = read.value;
  const key = policy.keys.find(({ id }) => id === keyId);
  if (key === undefined) return refused("auth-unknown-key");
  const isStale = policy.replay === "time" && isFurther(sequence, clock, policy);
  if (isStale && policy.mode === "enforce") return refused("auth-stale");
  if (!isSignature(trailer, message, { source: from, key })) return refused("auth-invalid");
  if (isStale) return { memory, verdict: decoded("stale") };
  const last = lastOf(memory, from, policy, clock);
  if (last !== undefined && serialDistance(sequence, last) <= 0n) return refused("auth-replay");
  return { memory: remember(memory, { source: from, sequence }), verdict: decoded("signed") };
}

/** Whether a number is further from the clock than the window, either way. */
function isFurther(sequence: bigint, clock: bigint, policy: ReplayPolicy): boolean {
  const distance = serialDistance(sequence, clock);
  const window = windowSequence(policy);
  return distance > window || distance < -window;
}

/**
 * The latest number of a sender. In `time` one further ahead of the clock than the window does not count: this node's
 * clock was set back, and the sender, whose numbers are near the clock or stale, would be locked out until then.
 */
function lastOf(memory: ReplayMemory, from: string, policy: ReplayPolicy, clock: bigint): bigint | undefined {
  const last = memory.senders.find(({ source }) => source === from)?.sequence;
  if (last === undefined || policy.replay === "monotonic") return last;
  return serialDistance(last, clock) > windowSequence(policy) ? undefined : last;
}

function remember(memory: ReplayMemory, heard: RememberedSender): ReplayMemory {
  const others = memory.senders.filter(({ source }) => source !== heard.source);
  return { ...memory, senders: [...others, heard].slice(-memory.capacity) };
}
