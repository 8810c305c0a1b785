/** What a CARP host does as master. */

import { leaveFor } from "../roleChange.ts";
import { nextOnSchedule } from "../timers.ts";
import { type CarpClaim, claimOf, effectiveSkew, intervalMicros, isBowOut, losesTie, preferenceOf } from "./claim.ts";
import type { MasterState } from "./state.ts";
import { type CarpHostStep, type RoleEvent, unchanged } from "./state.ts";
import { deposedAfterMicros } from "./timers.ts";
import { advertise, noticesOf, resign, yieldTo } from "./transitions.ts";

/** @param state has heeded the event already. */
export function master(state: MasterState, event: RoleEvent, nowMicros: number): CarpHostStep {
  switch (event.kind) {
    case "tick":
      return nowMicros < state.advertisementDeadlineMicros ? unchanged(state) : advertisesInTurn(state, nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const { state: next, outputs } = hears(from, advertisement, state, nowMicros);
      return { state: next, outputs: [...outputs, ...noticesOf(from, advertisement, state)] };
    }
    case "shutdown":
      return resign(state, "shutdown", nowMicros);
    case "hold-back":
      return resign(state, event.reason, nowMicros);
    case "hand-over":
      return resign({ ...state, deferential: true }, "handover", nowMicros);
    case "link-down": {
      const { state: next, outputs } = leaveFor(state, event, nowMicros);
      const longestMicros = deposedAfterMicros(state.config.advertisementBase, effectiveSkew(state));
      return { state: { ...next, returnsUntilMicros: state.advertisedAtMicros + longestMicros }, outputs };
    }
    case "startup":
    case "link-up":
    case "readmit":
    case "succeed":
    case "peer-lost":
      return unchanged(state);
  }
}

/** Advertises out of turn and counts the next interval from here. */
export function advertisesNow(state: MasterState, nowMicros: number): CarpHostStep {
  const advertisementDeadlineMicros = nowMicros + intervalMicros(state);
  return {
    state: { ...state, advertisementDeadlineMicros, advertisedAtMicros: nowMicros },
    outputs: [advertise(state)],
  };
}

/** An advertisement is due: sent, and the next one is due on a schedule that does not drift. */
function advertisesInTurn(state: MasterState, nowMicros: number): CarpHostStep {
  const periodMicros = intervalMicros(state);
  const inTime = nowMicros - state.advertisementDeadlineMicros <= periodMicros;
  return {
    state: {
      ...state,
      advertisementDeadlineMicros: nextOnSchedule(state.advertisementDeadlineMicros, periodMicros, nowMicros),
      advertisedAtMicros: nowMicros,
      stalls: inTime ? 0 : state.stalls,
    },
    outputs: [advertise(state)],
  };
}

function hears(from: string, claim: CarpClaim, state: MasterState, nowMicros: number): CarpHostStep {
  const { sourceAddress, dialect } = state.config;
  if (from === sourceAddress) return unchanged(state);
  // One that bows out is preferred to nobody, also where a comparison would say so.
  const preference = isBowOut(claim) ? "own" : preferenceOf(claimOf(state), claim, dialect);
  if (preference === "heard") return yieldTo(from, claim, state, "higher-priority", nowMicros);
  if (preference === "neither" && losesTie(sourceAddress, from)) {
    return yieldTo(from, claim, state, "tie-lost", nowMicros);
  }
  // It told the segment that the addresses are its own, or did so until it bowed out: the group hears at once who stays,
  // so that the other yields, and the segment once more. OpenBSD leaves that to the next advertisement.
  return {
    state: { ...state, advertisedAtMicros: nowMicros },
    outputs: [advertise(state), { kind: "announce" }],
  };
}
