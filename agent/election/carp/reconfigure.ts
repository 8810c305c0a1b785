/** What a new configuration or demotion changes in a CARP host; in no role does it change the role. */
import { isDeepStrictEqual } from "node:util";
import { listsSameAddresses, reconfigured } from "../commonState.ts";
import { claimOf } from "./claim.ts";
import { advertisesNow } from "./master.ts";
import {
  type BackupState,
  type CarpHostState,
  type CarpHostStep,
  type MasterState,
  type ReconfigureEvent,
  type ResumingState,
  unchanged,
  waitMicros,
} from "./state.ts";

/** Takes over the new numbers. */
export function reconfigure(state: CarpHostState, event: ReconfigureEvent, nowMicros: number): CarpHostStep {
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
function waitingOn(state: BackupState | ResumingState, nowMicros: number): CarpHostState {
  return { ...state, waitingSinceMicros: Math.max(state.waitingSinceMicros, nowMicros - waitMicros(state)) };
}

/**
 * The group hears at once that a master claims something else, so that a better host takes over without delay (OpenBSD,
 * carp_group_demote_adj), and the segment that there are other addresses.
 */
function tellChanges(before: MasterState, after: MasterState, nowMicros: number): CarpHostStep {
  if (before.config === after.config && isDeepStrictEqual(claimOf(before), claimOf(after))) return unchanged(after);
  const { state, outputs } = advertisesNow(after, nowMicros);
  const sameAddresses = listsSameAddresses(after.config.addresses, before.config.addresses);
  return { state, outputs: sameAddresses ? outputs : [...outputs, { kind: "announce" }] };
}
