/** RFC 9568 6.4.1, Initialize. The RFC's Startup event is the moment when nothing is in the way of taking part any more. */
import { PRIORITY_RESIGN } from "../../protocol/vrrp.ts";
import { mayTakePart, startMicros } from "../commonState.ts";
import type { TransitionReason } from "../election.ts";
import { mayReturn, resume, withoutReturn } from "../roleChange.ts";
import { type InitializeState, isOwner, type RoleEvent, unchanged, type VrrpRouterStep } from "./state.ts";
import { beginAsBackup, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function initialize(state: InitializeState, event: RoleEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "startup":
      return event.resume === true ? comeBack(state, nowMicros) : begin(state, startReason(state), nowMicros);
    case "tick":
      return begin(state, startReason(state), nowMicros);
    case "link-up":
      return begin(state, "link-up", nowMicros);
    case "readmit":
      return begin(state, "readmitted", nowMicros);
    case "advertisement":
      return unchanged(isAnothers(event, state) ? withoutReturn(state) : state);
    case "shutdown":
    case "hold-back":
      return unchanged(withoutReturn(state));
    case "link-down":
    case "hand-over":
    case "succeed":
    case "peer-lost":
      return unchanged(state);
  }
}

function begin(state: InitializeState, reason: TransitionReason, nowMicros: number): VrrpRouterStep {
  if (!mayTakePart(state) || nowMicros < startMicros(state)) return unchanged(state);
  // 6.4.1: the owner, priority 255, is master at once; everybody else waits as backup.
  return isMasterAtOnce(state) || (reason === "link-up" && mayReturn(state, nowMicros))
    ? takeOver(state, reason, nowMicros)
    : beginAsBackup(state, reason, nowMicros);
}

/** Starts with the addresses of an earlier life. The start-up delay is for nodes that are not in service yet. */
function comeBack(state: InitializeState, nowMicros: number): VrrpRouterStep {
  if (!mayTakePart(state)) return { state, outputs: [{ kind: "release" }] };
  const reason = startReason(state);
  return isMasterAtOnce(state) ? takeOver(state, reason, nowMicros) : resume(state, reason, nowMicros);
}

function startReason(state: InitializeState): TransitionReason {
  return isMasterAtOnce(state) ? "owner-startup" : "startup";
}

/** Whether somebody else is master by now. */
function isAnothers({ from, advertisement }: Extract<RoleEvent, { kind: "advertisement" }>, state: InitializeState) {
  return from !== state.config.sourceAddress && advertisement.priority !== PRIORITY_RESIGN;
}

/** An owner that handed over was told by its operator not to be. */
function isMasterAtOnce({ config, deferential }: InitializeState): boolean {
  return isOwner(config) && !deferential;
}
