/** What a CARP host does while it takes no part. It does once it was started, its link is up and nothing holds it back. */

import { mayTakePart, startMicros } from "../commonState.ts";
import type { TransitionReason } from "../election.ts";
import { mayReturn, resume, withoutReturn } from "../roleChange.ts";
import { isBowOut } from "./claim.ts";
import { type CarpHostStep, type InitializeState, type RoleEvent, unchanged } from "./state.ts";
import { beginAsBackup, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function initialize(state: InitializeState, event: RoleEvent, nowMicros: number): CarpHostStep {
  switch (event.kind) {
    case "startup":
      return event.resume === true ? resumes(state, nowMicros) : begin(state, "startup", nowMicros);
    case "tick":
      return begin(state, "startup", nowMicros);
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

/** Addresses that are still here are in use: they are kept if this host may have them, and the start-up delay is not asked. */
function resumes(state: InitializeState, nowMicros: number): CarpHostStep {
  return mayTakePart(state) ? resume(state, "startup", nowMicros) : { state, outputs: [{ kind: "release" }] };
}

/** Whether somebody else is master by now. */
function isAnothers({ from, advertisement }: Extract<RoleEvent, { kind: "advertisement" }>, state: InitializeState) {
  return from !== state.config.sourceAddress && !isBowOut(advertisement);
}

function begin(state: InitializeState, reason: TransitionReason, nowMicros: number): CarpHostStep {
  if (!mayTakePart(state) || nowMicros < startMicros(state)) return unchanged(state);
  const returns = reason === "link-up" && mayReturn(state, nowMicros);
  return returns ? takeOver(state, reason, nowMicros) : beginAsBackup(state, reason, nowMicros);
}
