/** What a CARP host does while it takes no part. It does once it was started, its link is up and nothing holds it back. */
import { type InitializeState } from "./carpHostState.ts";
import { type CarpHostStep, quiet, type RoleEvent } from "./carpHostStep.ts";
import { beginAsBackup } from "./carpHostTransitions.ts";
import type { TransitionReason } from "./election.ts";
import { mayTakePart, startMicros } from "./participation.ts";
import { resume } from "./roleChange.ts";

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
    case "shutdown":
    case "link-down":
    case "hold-back":
    case "advertisement":
    case "hand-over":
    case "succeed":
    case "peer-lost":
      return quiet(state);
  }
}

/** Addresses that are still here are in use: they are kept if this host may have them, and the start-up delay is not asked. */
function resumes(state: InitializeState, nowMicros: number): CarpHostStep {
  return mayTakePart(state) ? resume(state, "startup", nowMicros) : { state, outputs: [{ kind: "release" }] };
}

function begin(state: InitializeState, reason: TransitionReason, nowMicros: number): CarpHostStep {
  const due = mayTakePart(state) && nowMicros >= startMicros(state);
  return due ? beginAsBackup(state, reason, nowMicros) : quiet(state);
}
