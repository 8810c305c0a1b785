/** Whether a CARP host was away for too long to go on as it was, settled before it looks at an event. */

import { mayTakePart } from "../commonState.ts";
import { resume } from "../roleChange.ts";
import { effectiveSkew, intervalMicros } from "./claim.ts";
import {
  type BackupState,
  type CarpHostState,
  type CarpHostStep,
  type MasterState,
  type ResigningState,
  type ResumingState,
  unchanged,
  waitEndsMicros,
  waitMicros,
} from "./state.ts";
import { deposedAfterMicros } from "./timers.ts";

/** Makes a host listen that stalled; rule 5 of carpHost.ts. */
export function wake(state: CarpHostState, nowMicros: number): CarpHostStep {
  switch (state.role) {
    case "initialize":
      return unchanged(state);
    case "backup":
      return missedDeadline(state, nowMicros) ? listen(forgetful(state, nowMicros), nowMicros) : unchanged(state);
    case "resuming":
      return missedDeadline(state, nowMicros) ? listen(state, nowMicros) : unchanged(state);
    case "master":
      return maybeDeposed(state, nowMicros) ? resume(state, "stalled", nowMicros) : unchanged(state);
    case "resigning":
      return maybeSucceeded(state, nowMicros) ? resume(state, "stalled", nowMicros) : unchanged(state);
  }
}

/** What was known of a master before the stall says nothing about who it is by the end of it. */
function forgetful(state: BackupState, nowMicros: number): BackupState {
  const listening: BackupState = { ...state, wait: "listen", master: undefined, preemptibleSinceMicros: undefined };
  return { ...listening, listensUntilMicros: nowMicros + waitMicros(listening) };
}

/** Listens from the beginning. */
function listen(state: BackupState | ResumingState, nowMicros: number): CarpHostStep {
  return {
    state: { ...state, waitingSinceMicros: nowMicros, stalls: state.stalls + 1 },
    outputs: [{ kind: "notice", notice: "stalled", from: state.config.sourceAddress }],
  };
}

function missedDeadline(state: BackupState | ResumingState, nowMicros: number): boolean {
  return nowMicros - waitEndsMicros(state) > intervalMicros(state) * 2 ** state.stalls;
}

function maybeDeposed(state: MasterState, nowMicros: number): boolean {
  const silentMicros = nowMicros - state.advertisedAtMicros;
  return silentMicros >= deposedAfterMicros(state.config.advertisementBase, effectiveSkew(state)) * 2 ** state.stalls;
}

/** Of one that would take the role back because it heard nobody, and may have been unable to. */
function maybeSucceeded(state: ResigningState, nowMicros: number): boolean {
  return mayTakePart(state) && nowMicros - state.deadlineMicros > intervalMicros(state);
}
