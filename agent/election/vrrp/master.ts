/** RFC 9568 6.4.3, Active. */
import { compareAddresses } from "../../protocol/packet/ip.ts";
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../../protocol/vrrp.ts";
import type { Step } from "../election.ts";
import { leaveFor } from "../roleChange.ts";
import { deposedAfterMicros, nextOnSchedule } from "../timers.ts";
import { noticesOf } from "./notices.ts";
import { effectivePriority, type MasterState, type RoleEvent, unchanged, type VrrpRouterStep } from "./state.ts";
import { advertise, resign, yieldTo } from "./transitions.ts";

/** @param state has heeded the event already. */
export function master(state: MasterState, event: RoleEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "tick":
      return nowMicros < state.adverDeadlineMicros ? unchanged(state) : adverTimerFires(state, nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const next = hears(from, advertisement, state, nowMicros);
      return { state: next.state, outputs: [...next.outputs, ...noticesOf(from, advertisement, state)] };
    }
    case "shutdown":
      return resign(state, "shutdown", nowMicros);
    case "hold-back":
      return resign(state, event.reason, nowMicros);
    case "hand-over":
      return resign({ ...state, deferential: true }, "handover", nowMicros);
    case "link-down": {
      const { state: next, outputs } = leaveFor(state, event, nowMicros);
      const longestMicros = deposedAfterMicros(state.config.advertisementIntervalMicros);
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
export function advertiseNow(state: MasterState, nowMicros: number): Step<MasterState, VrrpAdvertisement> {
  const adverDeadlineMicros = nowMicros + state.config.advertisementIntervalMicros;
  return {
    state: { ...state, adverDeadlineMicros, advertisedAtMicros: nowMicros },
    outputs: [advertise(state)],
  };
}

/** 6.4.3, the Adver_Timer fires: an ADVERTISEMENT, and the timer again, on a schedule that does not drift. */
function adverTimerFires(state: MasterState, nowMicros: number): VrrpRouterStep {
  const intervalMicros = state.config.advertisementIntervalMicros;
  const inTime = nowMicros - state.adverDeadlineMicros <= intervalMicros;
  return {
    state: {
      ...state,
      adverDeadlineMicros: nextOnSchedule(state.adverDeadlineMicros, intervalMicros, nowMicros),
      advertisedAtMicros: nowMicros,
      stalls: inTime ? 0 : state.stalls,
    },
    outputs: [advertise(state)],
  };
}

function hears(from: string, advertisement: VrrpAdvertisement, state: MasterState, nowMicros: number): VrrpRouterStep {
  const { sourceAddress } = state.config;
  if (from === sourceAddress) return unchanged(state);
  // 6.4.3, priority 0: an ADVERTISEMENT, and the Adver_Timer is reset. The one who resigned held the addresses, so
  // they are announced as after any conflict.
  if (advertisement.priority === PRIORITY_RESIGN) {
    const { state: next, outputs } = advertiseNow(state, nowMicros);
    return { state: next, outputs: [...outputs, { kind: "announce" }] };
  }
  // 6.4.3, a higher priority, or an equal one from a higher primary address: yield. Preempt_Mode is not asked.
  const priority = effectivePriority(state);
  const tie = advertisement.priority === priority;
  const better = tie ? compareAddresses(from, sourceAddress) > 0 : advertisement.priority > priority;
  if (better) return yieldTo(from, advertisement, state, nowMicros);
  // 6.4.3, otherwise: an ADVERTISEMENT at once, so that the other yields, while the Adver_Timer runs on.
  return {
    state: { ...state, advertisedAtMicros: nowMicros },
    outputs: [advertise(state), { kind: "announce" }],
  };
}
