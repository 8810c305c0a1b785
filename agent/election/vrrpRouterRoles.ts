/** What a VRRP router does in each role with each event; RFC 9568's rule, by its section, is above the lines that obey it. */
import { compareAddresses } from "../protocol/ip.ts";
import { PRIORITY_OWNER, PRIORITY_RESIGN, type VrrpAdvertisement } from "../protocol/vrrp.ts";
import type { ElectionEvent, Step, TransitionReason } from "./election.ts";
import { nextOnSchedule } from "./timers.ts";
import type { VrrpRouterConfig } from "./vrrpRouterConfig.ts";
import { listsSameAddresses, noticesOf } from "./vrrpRouterNotices.ts";
import {
  type BackupState,
  backupDeadlineMicros,
  type InitializeState,
  type MasterState,
  type ResigningState,
  type VrrpRouterState,
  waitMicros,
} from "./vrrpRouterState.ts";
import { advertise, beginAsBackup, leave, resign, takeOver, watching, yieldTo } from "./vrrpRouterTransitions.ts";

export type VrrpRouterEvent = ElectionEvent<VrrpAdvertisement, VrrpRouterConfig>;
export type VrrpRouterStep = Step<VrrpRouterState, VrrpAdvertisement>;

/** 6.4.1 Initialize. The RFC's Startup event is the moment when the router is both told to start and has a link. */
export function initialize(state: InitializeState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "startup": {
      const reason = state.config.priority === PRIORITY_OWNER ? "owner-startup" : "startup";
      return begin({ ...state, started: true }, reason, nowMicros);
    }
    case "link-up":
      return begin({ ...state, linkUp: true }, "link-up", nowMicros);
    case "shutdown":
      return quiet({ ...state, started: false });
    case "link-down":
      return quiet({ ...state, linkUp: false });
    case "reconfigure":
      return quiet({ ...state, config: event.config });
    case "advertisement":
    case "tick":
      return quiet(state);
  }
}

function begin(state: InitializeState, reason: TransitionReason, nowMicros: number): VrrpRouterStep {
  if (!state.started || !state.linkUp) return quiet(state);
  // 6.4.1: the owner, priority 255, is master at once; everybody else waits as backup.
  return state.config.priority === PRIORITY_OWNER
    ? takeOver(state, reason, nowMicros)
    : beginAsBackup(state, reason, nowMicros);
}

/** 6.4.2 Backup. */
export function backup(state: BackupState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "tick":
      if (nowMicros < backupDeadlineMicros(state)) return quiet(state);
      return takeOver(state, state.wait === "skew" ? "master-resigned" : "master-down", nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const notices = noticesOf(from, advertisement, state.config);
      return { state: backupHears(from, advertisement, state, nowMicros), outputs: notices };
    }
    case "shutdown":
    case "link-down":
      return leave(state, event.kind, nowMicros);
    case "reconfigure": {
      const next = { ...state, config: event.config };
      // A wait that became shorter may be over already. Its end is now then, and not a deadline that was overslept.
      return quiet({ ...next, waitingSinceMicros: Math.max(state.waitingSinceMicros, nowMicros - waitMicros(next)) });
    }
    case "startup":
    case "link-up":
      return quiet(state);
  }
}

function backupHears(
  from: string,
  advertisement: VrrpAdvertisement,
  state: BackupState,
  nowMicros: number,
): BackupState {
  const { config } = state;
  if (from === config.sourceAddress) return state;
  if (advertisement.priority === PRIORITY_RESIGN) {
    // A node that stalled may read this out of a queue, long after: it goes on listening, which does not take long.
    if (state.wait === "listen") return { ...state, master: undefined };
    // 6.4.2, priority 0: the Active_Down_Timer is set to Skew_Time, and nothing is learned.
    return { ...state, master: undefined, wait: "skew", waitingSinceMicros: nowMicros };
  }
  // 6.4.2, Preempt_Mode False or a priority not below the local one: the interval is learned, the timer starts anew.
  // 6.1: the owner preempts in any case.
  const preempts = config.preempt || config.priority === PRIORITY_OWNER;
  if (!preempts || advertisement.priority >= config.priority) {
    return { ...state, ...watching(from, advertisement, nowMicros) };
  }
  // 6.4.2, otherwise: discarded. The timer runs on, and this node takes over at its end.
  return { ...state, master: { address: from, priority: advertisement.priority } };
}

/** 6.4.3 Active. */
export function master(state: MasterState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "tick":
      return nowMicros < state.adverDeadlineMicros ? quiet(state) : adverTimerFires(state, nowMicros);
    case "advertisement": {
      const { from, advertisement } = event;
      const next = masterHears(from, advertisement, state, nowMicros);
      return { state: next.state, outputs: [...next.outputs, ...noticesOf(from, advertisement, state.config)] };
    }
    case "shutdown":
      return resign(state, nowMicros);
    case "link-down":
      return leave(state, "link-down", nowMicros);
    case "reconfigure": {
      const { outputs, state: next } = advertiseNow({ ...state, config: event.config }, nowMicros);
      const sameAddresses = listsSameAddresses(event.config.addresses, state.config.addresses);
      return { state: next, outputs: sameAddresses ? outputs : [...outputs, { kind: "announce" }] };
    }
    case "startup":
    case "link-up":
      return quiet(state);
  }
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
    outputs: [advertise(state.config)],
  };
}

function masterHears(
  from: string,
  advertisement: VrrpAdvertisement,
  state: MasterState,
  nowMicros: number,
): VrrpRouterStep {
  const { config } = state;
  if (from === config.sourceAddress) return quiet(state);
  // 6.4.3, priority 0: an ADVERTISEMENT, and the Adver_Timer is reset. The one who resigned held the addresses, so
  // they are announced as after any conflict.
  if (advertisement.priority === PRIORITY_RESIGN) {
    const { state: next, outputs } = advertiseNow(state, nowMicros);
    return { state: next, outputs: [...outputs, { kind: "announce" }] };
  }
  // 6.4.3, a higher priority, or an equal one from a higher primary address: yield. Preempt_Mode is not asked.
  const tie = advertisement.priority === config.priority;
  const better = tie ? compareAddresses(from, config.sourceAddress) > 0 : advertisement.priority > config.priority;
  if (better) return yieldTo(from, advertisement, state, nowMicros);
  // 6.4.3, otherwise: an ADVERTISEMENT at once, so that the other yields, while the Adver_Timer runs on.
  return {
    state: { ...state, advertisedAtMicros: nowMicros },
    outputs: [advertise(config), { kind: "announce" }],
  };
}

/** Advertises out of turn and counts the next interval from here. */
function advertiseNow(state: MasterState, nowMicros: number): Step<MasterState, VrrpAdvertisement> {
  const adverDeadlineMicros = nowMicros + state.config.advertisementIntervalMicros;
  return {
    state: { ...state, adverDeadlineMicros, advertisedAtMicros: nowMicros },
    outputs: [advertise(state.config)],
  };
}

/** Not of the RFC: 6.4.3's Shutdown, drawn out until the successor is heard. Answers no advertisement. */
export function resigning(state: ResigningState, event: VrrpRouterEvent, nowMicros: number): VrrpRouterStep {
  switch (event.kind) {
    case "advertisement": {
      const { from, advertisement } = event;
      const isSuccessor = from !== state.config.sourceAddress && advertisement.priority !== PRIORITY_RESIGN;
      return isSuccessor ? leave(state, "successor-heard", nowMicros) : quiet(state);
    }
    case "tick":
      return nowMicros < state.deadlineMicros ? quiet(state) : leave(state, "no-successor", nowMicros);
    case "link-down":
      return leave(state, "link-down", nowMicros);
    case "reconfigure":
      return quiet({ ...state, config: event.config });
    case "startup":
    case "shutdown":
    case "link-up":
      return quiet(state);
  }
}

function quiet(state: VrrpRouterState): VrrpRouterStep {
  return { state, outputs: [] };
}
