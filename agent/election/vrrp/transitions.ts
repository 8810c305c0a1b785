/** The changes of role of a VRRP router, each with everything that belongs to it, in order. */
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../../protocol/vrrp.ts";
import type { CommonState } from "../commonState.ts";
import type { Output, Step, TransitionReason } from "../election.ts";
import { change, type ResignReason } from "../roleChange.ts";
import { askedNow } from "../solicitation.ts";
import { listenIntervalMicros, MICROS_PER_CENTISECOND, resignationIntervalMicros } from "../timers.ts";
import type { VrrpRouterConfig } from "./config.ts";
import type { VrrpRouterStep } from "./state.ts";
import {
  activeAdverIntervalMicros,
  type BackupState,
  effectivePriority,
  type InitializeState,
  type MasterState,
  type ResigningState,
  type ResumingState,
  type VrrpRouterState,
  waitEndsMicros,
} from "./state.ts";

type VrrpOutput = Output<VrrpAdvertisement>;
type Advertising = Extract<VrrpOutput, { readonly kind: "send" }>;

/** What of a backup's state follows from an advertisement it accepts: interval learned, timer started again. */
export function restartMasterDownTimer(
  from: string,
  advertisement: VrrpAdvertisement,
  nowMicros: number,
): Omit<BackupState, keyof CommonState<VrrpRouterConfig> | "role" | "preemptibleSinceMicros"> {
  return {
    wait: "active-down",
    waitingSinceMicros: nowMicros,
    stalls: 0,
    learnedIntervalMicros: advertisement.maxAdvertiseIntervalCentis * MICROS_PER_CENTISECOND,
    master: { address: from, priority: advertisement.priority },
  };
}

/**
 * Goes on listening though a master was heard: what waited in the socket of a node that stalled may be old, and a later
 * priority 0 among it, or the word to succeed, is no reason to take over from who is master by now. A master that
 * advertises more often than was known need not be listened for as long.
 */
export function listensOn(state: BackupState, untilMicros: number | undefined, nowMicros: number): BackupState {
  if (untilMicros === undefined || untilMicros <= nowMicros) return state;
  const enoughMicros = listenIntervalMicros(effectivePriority(state), activeAdverIntervalMicros(state));
  return { ...state, listensUntilMicros: Math.min(untilMicros, nowMicros + enoughMicros) };
}

/** Starts to watch for a master, with the own interval until one is heard (RFC 9568 6.4.1). */
export function beginAsBackup(
  state: InitializeState,
  reason: TransitionReason,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const { transition, kept } = change(state, "backup", reason, nowMicros);
  return {
    state: {
      role: "backup",
      ...kept,
      wait: "active-down",
      waitingSinceMicros: nowMicros,
      stalls: 0,
      learnedIntervalMicros: undefined,
      master: undefined,
      preemptibleSinceMicros: undefined,
    },
    outputs: [transition],
  };
}

/** Takes over, or goes on: the group hears it first, then the segment (RFC 9568 6.4.1 for the owner, 6.4.2). */
export function takeOver(
  state: Exclude<VrrpRouterState, MasterState>,
  reason: TransitionReason,
  nowMicros: number,
): Step<MasterState, VrrpAdvertisement> {
  const { transition, kept } = change(state, "master", reason, nowMicros);
  return {
    state: {
      role: "master",
      ...kept,
      deferential: false,
      adverDeadlineMicros: nowMicros + state.config.advertisementIntervalMicros,
      advertisedAtMicros: nowMicros,
      stalls: state.role === "backup" || state.role === "resuming" ? state.stalls : 0,
    },
    outputs: [transition, advertise(state), { kind: "acquire" }],
  };
}

/**
 * Yields to a better master (RFC 9568 6.4.3), with a last advertisement that makes it announce the addresses. It is
 * sent after they were let go, so that no ARP answer of this node can come after that announcement.
 */
export function yieldTo(
  from: string,
  advertisement: VrrpAdvertisement,
  state: MasterState,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const reason = advertisement.priority > effectivePriority(state) ? "higher-priority" : "tie-lost";
  return stepAside(from, advertisement, state, { reason, lastWord: advertise(state) }, nowMicros);
}

/** Leaves the addresses to the successor, which took them over on this node's priority 0 and announced them. */
export function handOverTo(
  from: string,
  advertisement: VrrpAdvertisement,
  state: ResigningState,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  return stepAside(from, advertisement, state, { reason: "successor-heard", lastWord: undefined }, nowMicros);
}

/**
 * Leaves the addresses to who took them over while this node was away. It does not know that this one answered for them
 * again, and priority 0 is what makes any master announce itself (RFC 9568 6.4.3) without a doubt about who is one.
 */
export function giveWayTo(
  from: string,
  advertisement: VrrpAdvertisement,
  state: ResumingState,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const lastWord = advertise(state, PRIORITY_RESIGN);
  return stepAside(from, advertisement, state, { reason: "successor-heard", lastWord }, nowMicros);
}

/** Says goodbye with priority 0 and keeps the addresses for the successor's sake (RFC 9568 6.4.3 lets them go at once). */
export function resign(
  state: MasterState,
  reason: ResignReason,
  nowMicros: number,
): Step<ResigningState, VrrpAdvertisement> {
  const { transition, kept } = change(state, "resigning", reason, nowMicros);
  const deadlineMicros = nowMicros + resignationIntervalMicros(state.config.advertisementIntervalMicros);
  return {
    state: { role: "resigning", ...kept, deadlineMicros },
    outputs: [transition, advertise(state, PRIORITY_RESIGN)],
  };
}

/** Asks the suspect to contradict a claim of one less than its own; one of priority 1 is asked with priority 0. */
export function solicit(state: BackupState, nowMicros: number): VrrpRouterStep {
  const { suspect } = state;
  if (suspect === undefined) return { state, outputs: [] };
  const { advertisement } = advertise(state, suspect.claim - 1);
  return {
    state: { ...state, suspect: askedNow(suspect, state.waitingSinceMicros, nowMicros) },
    outputs: [{ kind: "solicit", to: suspect.address, advertisement }],
  };
}

/** The advertisement of this node. */
export function advertise(state: CommonState<VrrpRouterConfig>, priority = effectivePriority(state)): Advertising {
  const { virtualRouterId, advertisementIntervalMicros, addresses } = state.config;
  return {
    kind: "send",
    advertisement: {
      virtualRouterId,
      priority,
      maxAdvertiseIntervalCentis: advertisementIntervalMicros / MICROS_PER_CENTISECOND,
      addresses,
    },
  };
}

/** Lets the addresses go to another master and watches it. */
function stepAside(
  from: string,
  advertisement: VrrpAdvertisement,
  state: MasterState | ResigningState | ResumingState,
  { reason, lastWord }: { readonly reason: TransitionReason; readonly lastWord: VrrpOutput | undefined },
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const { transition, kept } = change(state, "backup", reason, nowMicros);
  const letGo: readonly VrrpOutput[] = [transition, { kind: "release" }];
  const next: BackupState = {
    role: "backup",
    ...kept,
    ...restartMasterDownTimer(from, advertisement, nowMicros),
    preemptibleSinceMicros: undefined,
  };
  return {
    state: listensOn(next, state.role === "resuming" ? waitEndsMicros(state) : undefined, nowMicros),
    outputs: lastWord === undefined ? letGo : [...letGo, lastWord],
  };
}
