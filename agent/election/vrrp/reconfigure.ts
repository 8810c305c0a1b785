/** What a new configuration or demotion changes in a VRRP router; in no role does it change the role. */
import { isDeepStrictEqual } from "node:util";
import { listsSameAddresses, reconfigured } from "../commonState.ts";
import { advertiseNow } from "./master.ts";
import {
  type BackupState,
  effectivePriority,
  type MasterState,
  type ReconfigureEvent,
  type ResumingState,
  unchanged,
  type VrrpRouterState,
  type VrrpRouterStep,
  waitMicros,
} from "./state.ts";

/** Takes over the new numbers. */
export function reconfigure(state: VrrpRouterState, event: ReconfigureEvent, nowMicros: number): VrrpRouterStep {
  if (event.kind === "reconfigure" && isDeepStrictEqual(event.config, state.config)) return unchanged(state);
  switch (state.role) {
    case "initialize":
    case "resigning":
      return unchanged(reconfigured(state, event));
    case "backup":
    case "resuming":
      return unchanged(waitingOn(reconfigured(state, event), nowMicros));
    case "master":
      return tellChanges(state, reconfigured(state, event), nowMicros);
  }
}

/** A wait that became shorter may be over already. Its end is now then, and not a deadline that was overslept. */
function waitingOn(state: BackupState | ResumingState, nowMicros: number): VrrpRouterState {
  return { ...state, waitingSinceMicros: Math.max(state.waitingSinceMicros, nowMicros - waitMicros(state)) };
}

/** The group hears at once that a master is another one than before, and the segment that there are other addresses. */
function tellChanges(before: MasterState, after: MasterState, nowMicros: number): VrrpRouterStep {
  if (before.config === after.config && effectivePriority(before) === effectivePriority(after)) return unchanged(after);
  const { state, outputs } = advertiseNow(after, nowMicros);
  const sameAddresses = listsSameAddresses(after.config.addresses, before.config.addresses);
  return { state, outputs: sameAddresses ? outputs : [...outputs, { kind: "announce" }] };
}
