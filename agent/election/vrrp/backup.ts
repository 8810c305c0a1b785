/** RFC 9568 6.4.2, Backup, with its waits that the RFC does not know. */
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../../protocol/vrrp.ts";
import type { TransitionReason } from "../election.ts";
import { leave, leaveFor } from "../roleChange.ts";
import { noticesOf } from "./notices.ts";
import {
  type BackupState,
  effectivePriority,
  isListening,
  isOwner,
  questionMicros,
  type RoleEvent,
  unchanged,
  type VrrpRouterStep,
  type Wait,
  waitEndsMicros,
} from "./state.ts";
import { listensOn, restartMasterDownTimer, solicit, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function backup(state: BackupState, event: RoleEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "tick":
      if (nowMicros >= waitEndsMicros(state)) return takeOver(state, endOf(state.wait), nowMicros);
      return nowMicros < questionMicros(state) ? unchanged(state) : solicit(state, nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const outputs = noticesOf(from, advertisement, state);
      return { state: hears(from, advertisement, state, nowMicros), outputs };
    }
    case "succeed":
      // A node that stalled may read this out of a queue, long after: it goes on listening.
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

function hears(from: string, advertisement: VrrpAdvertisement, state: BackupState, nowMicros: number): BackupState {
  if (from === state.config.sourceAddress) return state;
  if (advertisement.priority === PRIORITY_RESIGN) return hearsResignation(state, nowMicros);
  const preemptibleSinceMicros = preemptibleSince(advertisement, state, nowMicros);
  // 6.4.2, Preempt_Mode False or a priority not below the local one: the interval is learned, the timer starts anew.
  if (preemptibleSinceMicros === undefined || isDelayed(state, preemptibleSinceMicros, nowMicros)) {
    const next = { ...state, ...restartMasterDownTimer(from, advertisement, nowMicros), preemptibleSinceMicros };
    return listensOn(next, state.listensUntilMicros, nowMicros);
  }
  // 6.4.2, otherwise: discarded. The timer runs on, and this node takes over at its end.
  return { ...state, preemptibleSinceMicros, master: { address: from, priority: advertisement.priority } };
}

function hearsResignation(state: BackupState, nowMicros: number): BackupState {
  const orphaned = { ...state, master: undefined };
  // A node that stalled may read this out of a queue, long after: it goes on listening, which does not take long. And
  // one that knows its master to be dead waits for less than Skew_Time already.
  if (state.wait === "listen" || state.wait === "bereaved") return orphaned;
  // 6.4.2, priority 0: the Active_Down_Timer is set to Skew_Time, and nothing is learned.
  return { ...orphaned, wait: "skew", waitingSinceMicros: nowMicros };
}

/** Since when this node could preempt the sender and those before it; undefined: it may not, or is not better. */
function preemptibleSince(advertisement: VrrpAdvertisement, state: BackupState, nowMicros: number): number | undefined {
  // 6.1: the owner preempts in any case.
  const preempts = !state.deferential && (state.config.preempt || isOwner(state.config));
  if (!preempts || advertisement.priority >= effectivePriority(state)) return undefined;
  return state.preemptibleSinceMicros ?? nowMicros;
}

function isDelayed({ config }: BackupState, preemptibleSinceMicros: number, nowMicros: number): boolean {
  return !isOwner(config) && nowMicros - preemptibleSinceMicros < config.preemptDelayMicros;
}

/** Asks the master that may be dead, if it would be known dead before the protocol's own wait ends. */
function bereaved(lost: string, state: BackupState, nowMicros: number): VrrpRouterStep {
  const { master, wait } = state;
  // A node that stalled may hear old news of its peers, too.
  if (wait === "listen" || master?.address !== lost) return unchanged(state);
  const suspect = { address: lost, claim: master.priority, asked: 0 };
  const next: BackupState = { ...state, master: undefined, wait: "bereaved", waitingSinceMicros: nowMicros, suspect };
  return waitEndsMicros(next) < waitEndsMicros(state) ? solicit(next, nowMicros) : unchanged(state);
}

function endOf(wait: Wait): TransitionReason {
  switch (wait) {
    case "active-down":
    case "listen":
      return "master-down";
    case "skew":
      return "master-resigned";
    case "bereaved":
      return "peer-lost";
  }
}
