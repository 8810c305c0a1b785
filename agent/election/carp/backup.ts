/** What a CARP host does as a backup. The rules are OpenBSD's, FreeBSD's and ucarp's, which have them in the same order. */

import type { TransitionReason } from "../election.ts";
import { leave, leaveFor } from "../roleChange.ts";
import { type CarpClaim, claimedPeriodMicros, claimOf, effectiveSkew, isBowOut, preferenceOf } from "./claim.ts";
import {
  type BackupState,
  type CarpHostStep,
  isListening,
  questionMicros,
  type RoleEvent,
  unchanged,
  waitEndsMicros,
} from "./state.ts";
import { masterDownMicros } from "./timers.ts";
import { noticesOf, restartMasterDownTimer, solicit, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function backup(state: BackupState, event: RoleEvent, nowMicros: number): CarpHostStep {
  switch (event.kind) {
    case "tick":
      if (nowMicros >= waitEndsMicros(state)) return takeOver(state, endOf(state), nowMicros);
      return nowMicros < questionMicros(state) ? unchanged(state) : solicit(state, nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const { state: next, outputs } = hears(from, advertisement, state, nowMicros);
      return { state: next, outputs: [...outputs, ...noticesOf(from, advertisement, state)] };
    }
    case "succeed":
      return isListening(state, nowMicros) ? unchanged(state) : takeOver(state, "handover", nowMicros);
    case "peer-lost":
      return bereaved(event.from, state, nowMicros);
    case "shutdown":
    case "link-down":
      return leaveFor(state, event, nowMicros);
    case "hold-back":
      return leave(state, event.reason, nowMicros);
    case "startup":
    case "link-up":
    case "readmit":
    case "hand-over":
      return unchanged(state);
  }
}

function endOf({ wait, master }: BackupState): TransitionReason {
  switch (wait) {
    case "master-down":
      return "master-down";
    case "listen":
      return master === undefined ? "master-down" : "preempted";
    case "bowed-out":
      return "master-resigned";
    case "bereaved":
      return "peer-lost";
  }
}

/** Asks the master that may be dead. Not while listening: then what is heard counts, and that word may be old. */
function bereaved(lost: string, state: BackupState, nowMicros: number): CarpHostStep {
  const { master, wait } = state;
  if (wait !== "master-down" || master?.address !== lost) return unchanged(state);
  const suspect = { ...master, asked: 0 };
  const next: BackupState = { ...state, wait: "bereaved", waitingSinceMicros: nowMicros, master: undefined, suspect };
  return waitEndsMicros(next) < waitEndsMicros(state) ? solicit(next, nowMicros) : unchanged(state);
}

/** One that listens after a stall or at a start accepts masters, and acts on nothing else: what it reads may be old. */
function hears(from: string, claim: CarpClaim, state: BackupState, nowMicros: number): CarpHostStep {
  if (from === state.config.sourceAddress) return unchanged(state);
  if (isBowOut(claim)) return unchanged(hearsBowOut(from, state, nowMicros));
  const preemptibleSinceMicros = mayPreempt(claim, state) ? (state.preemptibleSinceMicros ?? nowMicros) : undefined;
  const reason = reasonToTakeOver(claim, { ...state, preemptibleSinceMicros }, nowMicros);
  if (reason === undefined) {
    return unchanged({ ...state, ...restartMasterDownTimer(from, claim, nowMicros), preemptibleSinceMicros });
  }
  if (watchesAnother(from, state)) return unchanged(state);
  if (isListening(state, nowMicros)) return unchanged({ ...state, master: { address: from, claim } });
  return takeOver(state, reason, nowMicros);
}

/**
 * The master is gone, and whoever is next takes over. OpenBSD and ucarp take a bow-out for a master that is too slow, all
 * backups at once; here they keep their order, within 20 ms, so that a group of three has one new master and not two.
 */
function hearsBowOut(from: string, state: BackupState, nowMicros: number): BackupState {
  if (watchesAnother(from, state)) return state;
  if (state.wait !== "master-down") return { ...state, master: undefined };
  return { ...state, master: undefined, wait: "bowed-out", waitingSinceMicros: nowMicros };
}

/**
 * Whether a master is alive that is not the sender: then that one settles the quarrel. The last word of a host that
 * yields would otherwise call every backup in between into office for a moment.
 */
function watchesAnother(from: string, { wait, master }: BackupState): boolean {
  return wait === "master-down" && master !== undefined && master.address !== from;
}

/** Why not to wait for a master that was heard; undefined: its claim is accepted, and the timer starts anew. */
function reasonToTakeOver(claim: CarpClaim, state: BackupState, nowMicros: number): TransitionReason | undefined {
  const { config, preemptibleSinceMicros, deferential } = state;
  const { dialect, advertisementBase } = config;
  // OpenBSD: from a master that is demoted more, whatever the preempt mode; a failed service is not waited for.
  if (dialect === "openbsd" && !deferential && claim.demotion > claimOf(state).demotion) return "preempted";
  // From one that preempt mode allows, once the delay is over.
  if (preemptibleSinceMicros !== undefined && nowMicros - preemptibleSinceMicros >= config.preemptDelayMicros) {
    return "preempted";
  }
  // From one so slow that it would time out for certain. OpenBSD does not ask that with a base of 0.
  const asked = advertisementBase > 0 || dialect === "ucarp";
  const timeoutMicros = masterDownMicros(advertisementBase, effectiveSkew(state));
  return asked && timeoutMicros < claimedPeriodMicros(claim) ? "master-down" : undefined;
}

/** Whether this host is preferred to a master and allowed to take over from it. */
function mayPreempt(claim: CarpClaim, state: BackupState): boolean {
  const { config, deferential } = state;
  return config.preempt && !deferential && preferenceOf(claimOf(state), claim, config.dialect) === "own";
}
