/** The changes of role of a CARP host, each with everything that belongs to it, in order. */

import type { Notice, Output, Step, TransitionReason } from "../election.ts";
import { change, type ResignReason } from "../roleChange.ts";
import { askedNow } from "../solicitation.ts";
import {
  type CarpCandidate,
  type CarpClaim,
  claimOf,
  intervalMicros,
  isBowOut,
  preferenceOf,
  resignMessageOf,
  worseByOneStep,
} from "./claim.ts";
import type { CarpHostStep, CarpOutput } from "./state.ts";
import {
  type BackupState,
  type InitializeState,
  type MasterState,
  type ResigningState,
  type ResumingState,
  waitEndsMicros,
} from "./state.ts";
import { RESIGNATION_MICROS, SKEW_STEP_MICROS } from "./timers.ts";

/** What of a backup's state follows from an advertisement it accepts: its timer starts anew. */
export function restartMasterDownTimer(
  from: string,
  claim: CarpClaim,
  nowMicros: number,
): Pick<BackupState, "wait" | "waitingSinceMicros" | "stalls" | "master" | "preemptibleSinceMicros"> {
  return {
    wait: "master-down",
    waitingSinceMicros: nowMicros,
    stalls: 0,
    master: { address: from, claim },
    preemptibleSinceMicros: undefined,
  };
}

/** Starts to watch for a master. */
export function beginAsBackup(
  state: InitializeState,
  reason: TransitionReason,
  nowMicros: number,
): Step<BackupState, CarpClaim> {
  const { transition, kept } = change(state, "backup", reason, nowMicros);
  return {
    state: {
      ...kept,
      role: "backup",
      wait: "master-down",
      waitingSinceMicros: nowMicros,
      stalls: 0,
      master: undefined,
      preemptibleSinceMicros: undefined,
    },
    outputs: [transition],
  };
}

/** Takes over, or takes its role back: the group hears it first, then the segment. */
export function takeOver(
  state: InitializeState | BackupState | ResigningState | ResumingState,
  reason: TransitionReason,
  nowMicros: number,
): Step<MasterState, CarpClaim> {
  const { transition, kept } = change(state, "master", reason, nowMicros);
  return {
    state: {
      ...kept,
      role: "master",
      deferential: false,
      advertisementDeadlineMicros: nowMicros + intervalMicros(state),
      advertisedAtMicros: nowMicros,
      stalls: state.role === "backup" || state.role === "resuming" ? state.stalls : 0,
    },
    outputs: [transition, advertise(state), { kind: "acquire" }],
  };
}

/**
 * Yields to a preferred master, with a last advertisement that makes it announce the addresses. It is sent after they
 * were let go, so that no ARP answer of this host can come after that announcement.
 *
 * An OpenBSD host yields to an equal one whatever its address, so both may have yielded to each other. The one that has
 * lost the tie then waits a step longer, or both would take over together and yield again.
 */
export function yieldTo(
  from: string,
  claim: CarpClaim,
  state: MasterState,
  reason: "higher-priority" | "tie-lost",
  nowMicros: number,
): Step<BackupState, CarpClaim> {
  const { transition, kept } = change(state, "backup", reason, nowMicros);
  const waitingSinceMicros = reason === "tie-lost" ? nowMicros + SKEW_STEP_MICROS : nowMicros;
  return {
    state: { ...kept, role: "backup", ...restartMasterDownTimer(from, claim, nowMicros), waitingSinceMicros },
    outputs: [transition, { kind: "release" }, advertise(state)],
  };
}

/** Bows out and keeps the addresses for the successor's sake (OpenBSD lets them go at once). */
export function resign(state: MasterState, reason: ResignReason, nowMicros: number): Step<ResigningState, CarpClaim> {
  const { transition, kept } = change(state, "resigning", reason, nowMicros);
  return {
    state: { ...kept, role: "resigning", deadlineMicros: nowMicros + RESIGNATION_MICROS },
    outputs: [transition, sayGoodbye(state)],
  };
}

/** Leaves the addresses to the successor, which took them over on this host's bow-out and announced them. */
export function handOverTo(
  from: string,
  claim: CarpClaim,
  state: ResigningState,
  nowMicros: number,
): Step<BackupState, CarpClaim> {
  const { transition, kept } = change(state, "backup", "successor-heard", nowMicros);
  return {
    state: { ...kept, role: "backup", ...restartMasterDownTimer(from, claim, nowMicros) },
    outputs: [transition, { kind: "release" }],
  };
}

/**
 * Leaves the addresses to who took them over while this host was away, and listens on. The other one does not know that
 * this one answered for them again: a bow-out makes it announce them, and unlike a claim it is nothing to yield to.
 */
export function giveWay(state: ResumingState, nowMicros: number): Step<BackupState, CarpClaim> {
  const { transition, kept } = change(state, "backup", "successor-heard", nowMicros);
  const { waitingSinceMicros, stalls } = state;
  return {
    state: {
      ...kept,
      role: "backup",
      wait: "listen",
      waitingSinceMicros,
      stalls,
      master: undefined,
      preemptibleSinceMicros: undefined,
      listensUntilMicros: waitEndsMicros(state),
    },
    outputs: [transition, { kind: "release" }, sayGoodbye(state)],
  };
}

/** Asks the suspect to contradict a claim that is one step worse than its own. */
export function solicit(state: BackupState, nowMicros: number): CarpHostStep {
  const { suspect } = state;
  if (suspect === undefined) return { state, outputs: [] };
  return {
    state: { ...state, suspect: askedNow(suspect, state.waitingSinceMicros, nowMicros) },
    outputs: [{ kind: "solicit", to: suspect.address, advertisement: worseByOneStep(suspect.claim) }],
  };
}

/** The advertisement of this configuration and demotion. */
export function advertise(candidate: CarpCandidate): CarpOutput {
  return { kind: "send", advertisement: claimOf(candidate) };
}

function sayGoodbye({ config }: CarpCandidate): CarpOutput {
  return { kind: "send", advertisement: resignMessageOf(config) };
}

/** The notices that an advertisement gives cause for. */
export function noticesOf(
  from: string,
  claim: CarpClaim,
  candidate: CarpCandidate,
): readonly Extract<Output<never>, { kind: "notice" }>[] {
  const { config } = candidate;
  const notices: Notice[] = [];
  if (from === config.sourceAddress) {
    notices.push("own-advertisement");
  } else if (!isBowOut(claim)) {
    if (preferenceOf(claimOf(candidate), claim, config.dialect) === "neither") notices.push("equal-priority");
    if (claim.advertisementBase !== config.advertisementBase) notices.push("interval-mismatch");
  }
  return notices.map((notice) => ({ kind: "notice", notice, from }));
}
