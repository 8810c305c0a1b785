/** Not of the RFC: 6.4.3's Shutdown, drawn out until the successor is heard. Answers no advertisement. */
import { PRIORITY_RESIGN } from "../../protocol/vrrp.ts";
import { mayTakePart } from "../commonState.ts";
import { leave, leaveFor } from "../roleChange.ts";
import { type ResigningState, type RoleEvent, unchanged, type VrrpRouterStep } from "./state.ts";
import { handOverTo, takeOver } from "./transitions.ts";

/**
 * What it resigned for shows at the end alone: one that may still take part was asked to hand over and goes on as a
 * backup, or as master when nobody wants to be it; the address has to be somewhere. Any other lets go.
 * @param state has heeded the event already.
 */
export function resigning(state: ResigningState, event: RoleEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "advertisement": {
      const { from, advertisement } = event;
      const isSuccessor = from !== state.config.sourceAddress && advertisement.priority !== PRIORITY_RESIGN;
      if (!isSuccessor) return unchanged(state);
      return mayTakePart(state)
        ? handOverTo(from, advertisement, state, nowMicros)
        : leave(state, "successor-heard", nowMicros);
    }
    case "tick":
      if (nowMicros < state.deadlineMicros) return unchanged(state);
      return mayTakePart(state) ? takeOver(state, "no-successor", nowMicros) : leave(state, "no-successor", nowMicros);
    case "link-down":
      return leaveFor(state, event, nowMicros);
    case "startup":
    case "shutdown":
    case "link-up":
    case "hold-back":
    case "readmit":
    case "hand-over":
    case "succeed":
    case "peer-lost":
      return unchanged(state);
  }
}
