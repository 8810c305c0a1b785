/** Of this agent: a host that has the addresses, and does not know whether it is the only one, finds out. */

import { leave, leaveFor } from "../roleChange.ts";
import { backup } from "./backup.ts";
import { isBowOut } from "./claim.ts";
import { type CarpHostStep, type ResumingState, type RoleEvent, unchanged, waitEndsMicros } from "./state.ts";
import { giveWay, noticesOf, takeOver } from "./transitions.ts";

/** @param state has heeded the event already. */
export function resuming(state: ResumingState, event: RoleEvent, nowMicros: number): CarpHostStep {
  switch (event.kind) {
    case "advertisement": {
      const { from, advertisement } = event;
      // Whoever bows out is no master. Any other took the addresses over while this host was away.
      const isMaster = from !== state.config.sourceAddress && !isBowOut(advertisement);
      if (!isMaster) return { state, outputs: noticesOf(from, advertisement, state) };
      const given = giveWay(state, nowMicros);
      const { state: next, outputs } = backup(given.state, event, nowMicros);
      return { state: next, outputs: [...given.outputs, ...outputs] };
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
