/** Whether a VRRP router was away for too long to go on as it was, settled before it looks at an event. */
import { mayTakePart } from "../commonState.ts";
import { resume } from "../roleChange.ts";
import { deposedAfterMicros } from "../timers.ts";
import {
  activeAdverIntervalMicros,
  type BackupState,
  type MasterState,
  type ResigningState,
  type ResumingState,
  unchanged,
  type VrrpRouterState,
  type VrrpRouterStep,
  waitEndsMicros,
  waitMicros,
} from "./state.ts";

/** Makes a node listen that stalled; rules 3 and 4 of vrrpRouter.ts. */
export function wake(state: VrrpRouterState, nowMicros: number): VrrpRouterStep {
  switch (state.role) {
    case "initialize":
      return unchanged(state);
    case "backup":
      return missedDeadline(state, nowMicros) ? listenAsBackup(state, nowMicros) : unchanged(state);
    case "resuming":
      return missedDeadline(state, nowMicros) ? listen(state, nowMicros) : unchanged(state);
    case "master":
      return maybeDeposed(state, nowMicros) ? resume(state, "stalled", nowMicros) : unchanged(state);
    case "resigning":
      return maybeSucceeded(state, nowMicros) ? resume(state, "stalled", nowMicros) : unchanged(state);
  }
}

/** Also where it hears a master at once: of what waited in the socket, the end may be lost. */
function listenAsBackup(state: BackupState, nowMicros: number): VrrpRouterStep {
  const listening: BackupState = { ...state, wait: "listen" };
  return listen({ ...listening, listensUntilMicros: nowMicros + waitMicros(listening) }, nowMicros);
}

/** Listens from the beginning. */
function listen(state: BackupState | ResumingState, nowMicros: number): VrrpRouterStep {
  return {
    state: { ...state, waitingSinceMicros: nowMicros, stalls: state.stalls + 1 },
    outputs: [{ kind: "notice", notice: "stalled", from: state.config.sourceAddress }],
  };
}

function missedDeadline(state: BackupState | ResumingState, nowMicros: number): boolean {
  const lateMicros = nowMicros - waitEndsMicros(state);
  return lateMicros > activeAdverIntervalMicros(state) * 2 ** state.stalls;
}

function maybeDeposed(state: MasterState, nowMicros: number): boolean {
  const silentMicros = nowMicros - state.advertisedAtMicros;
  return silentMicros >= deposedAfterMicros(state.config.advertisementIntervalMicros) * 2 ** state.stalls;
}

/** Of one that would take the role back because it heard nobody, and may have been unable to. */
function maybeSucceeded(state: ResigningState, nowMicros: number): boolean {
  return mayTakePart(state) && nowMicros - state.deadlineMicros > state.config.advertisementIntervalMicros;
}
