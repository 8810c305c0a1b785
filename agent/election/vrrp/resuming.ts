/** Not of the RFC: a node that has the addresses, and does not know whether it is the only one, finds out. */
import { PRIORITY_RESIGN } from "../../protocol/vrrp.ts";
import { leave, leaveFor } from "../roleChange.ts";
import { noticesOf } from "./notices.ts";
import { type ResumingState, type RoleEvent, unchanged, type VrrpRouterStep, waitEndsMicros } from "./state.ts";
import { giveWayTo, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function resuming(state: ResumingState, event: RoleEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "advertisement": {
      const { from, advertisement } = event;
      const notices = noticesOf(from, advertisement, state);
      // A resigning node is no master. Any other took the addresses over while this node was away, and keeps them for now
      // whatever its priority: this node has to be a backup before it may preempt.
      const isMaster = from !== state.config.sourceAddress && advertisement.priority !== PRIORITY_RESIGN;
      if (!isMaster) return { state, outputs: notices };
      const next = giveWayTo(from, advertisement, state, nowMicros);
      return { state: next.state, outputs: [...next.outputs, ...notices] };
    }
    case "tick":
      return nowMicros < waitEndsMicros(state) ? unchanged(state) : takeOver(state, "resumed", nowMicros);
    case "shutdown":
    case "link-down":
      return leaveFor(state, event, nowMicros);
    case "hold-back":
      return leave(state, event.reason, nowMicros);
    case "startup":
    case "link-up":
    case "readmit":
    case "hand-over":
    case "succeed":
    case "peer-lost":
      return unchanged(state);
  }
}
