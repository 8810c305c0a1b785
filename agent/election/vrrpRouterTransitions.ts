/** The changes of role of a VRRP router, each with everything that belongs to it, in order. */
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../protocol/vrrp.ts";
import type { Output, Role, Step, TransitionReason } from "./election.ts";
import { MICROS_PER_CENTISECOND, resignationIntervalMicros } from "./timers.ts";
import type { VrrpRouterConfig } from "./vrrpRouterConfig.ts";
import type {
  BackupState,
  InitializeState,
  LatestTransition,
  MasterState,
  ResigningState,
  VrrpRouterState,
} from "./vrrpRouterState.ts";

type VrrpOutput = Output<VrrpAdvertisement>;

/** What of a backup's state follows from an advertisement it accepts: interval learned, timer started anew. */
export function watching(
  from: string,
  advertisement: VrrpAdvertisement,
  nowMicros: number,
): Pick<BackupState, "wait" | "waitingSinceMicros" | "stalls" | "learnedIntervalMicros" | "master"> {
  return {
    wait: "active-down",
    waitingSinceMicros: nowMicros,
    stalls: 0,
    learnedIntervalMicros: advertisement.maxAdvertiseIntervalCentis * MICROS_PER_CENTISECOND,
    master: { address: from, priority: advertisement.priority },
  };
}

/** Starts to watch for a master, with the own interval until one is heard (RFC 9568 6.4.1). */
export function beginAsBackup(
  state: InitializeState,
  reason: TransitionReason,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const { transition, latest } = change(state, "backup", reason, nowMicros);
  return { state: { ...silentBackup(state.config, latest, nowMicros), wait: "active-down" }, outputs: [transition] };
}

/** Takes over: the group hears it first, then the segment (RFC 9568 6.4.1 for the owner, 6.4.2). */
export function takeOver(
  state: InitializeState | BackupState,
  reason: TransitionReason,
  nowMicros: number,
): Step<MasterState, VrrpAdvertisement> {
  const { config } = state;
  const { transition, latest } = change(state, "master", reason, nowMicros);
  return {
    state: {
      role: "master",
      config,
      latest,
      adverDeadlineMicros: nowMicros + config.advertisementIntervalMicros,
      advertisedAtMicros: nowMicros,
      stalls: state.role === "backup" ? state.stalls : 0,
    },
    outputs: [transition, advertise(config), { kind: "acquire" }],
  };
}

/**
 * Yields to a better master (RFC 9568 6.4.3), with a last advertisement that makes it announce the addresses. It is
 * sent after they were let go, so that no ARP answer of this node can come after that announcement.
 */
export function yieldTo(
  from: string,
  advertisement: VrrpAdvertisement,
  state: MasterState,
  nowMicros: number,
): Step<BackupState, VrrpAdvertisement> {
  const { config } = state;
  const reason = advertisement.priority > config.priority ? "higher-priority" : "tie-lost";
  const { transition, latest } = change(state, "backup", reason, nowMicros);
  return {
    state: { role: "backup", config, latest, ...watching(from, advertisement, nowMicros) },
    outputs: [transition, { kind: "release" }, advertise(config)],
  };
}

/** Stops being master without a word, because there may be another: lets the addresses go and listens. */
export function standDown(state: MasterState, nowMicros: number): Step<BackupState, VrrpAdvertisement> {
  const { transition, latest } = change(state, "backup", "stalled", nowMicros);
  return {
    state: { ...silentBackup(state.config, latest, nowMicros), wait: "listen", stalls: state.stalls + 1 },
    outputs: [transition, { kind: "release" }],
  };
}

/** Says goodbye with priority 0 and keeps the addresses for the successor's sake (RFC 9568 6.4.3 lets them go at once). */
export function resign(state: MasterState, nowMicros: number): Step<ResigningState, VrrpAdvertisement> {
  const { config } = state;
  const { transition, latest } = change(state, "resigning", "shutdown", nowMicros);
  const deadlineMicros = nowMicros + resignationIntervalMicros(config.advertisementIntervalMicros);
  return {
    state: { role: "resigning", config, latest, deadlineMicros },
    outputs: [transition, advertise(config, PRIORITY_RESIGN)],
  };
}

/** Takes part no longer; addresses that were held are let go. */
export function leave(
  state: BackupState | MasterState | ResigningState,
  reason: TransitionReason,
  nowMicros: number,
): Step<InitializeState, VrrpAdvertisement> {
  const { transition, latest } = change(state, "initialize", reason, nowMicros);
  const linkUp = reason !== "link-down";
  // Whoever lost the link without being asked to stop takes part again when it is back.
  const started = !linkUp && state.role !== "resigning";
  return {
    state: { role: "initialize", config: state.config, latest, started, linkUp },
    outputs: state.role === "backup" ? [transition] : [transition, { kind: "release" }],
  };
}

/** The advertisement of this configuration. */
export function advertise(config: VrrpRouterConfig, priority = config.priority): VrrpOutput {
  return {
    kind: "send",
    advertisement: {
      virtualRouterId: config.virtualRouterId,
      priority,
      maxAdvertiseIntervalCentis: config.advertisementIntervalMicros / MICROS_PER_CENTISECOND,
      addresses: config.addresses,
    },
  };
}

/** A backup that has heard nobody yet. */
function silentBackup(
  config: VrrpRouterConfig,
  latest: LatestTransition,
  nowMicros: number,
): Omit<BackupState, "wait"> {
  return {
    role: "backup",
    config,
    latest,
    waitingSinceMicros: nowMicros,
    stalls: 0,
    learnedIntervalMicros: undefined,
    master: undefined,
  };
}

function change(
  { role: from }: VrrpRouterState,
  to: Role,
  reason: TransitionReason,
  atMicros: number,
): { readonly transition: VrrpOutput; readonly latest: LatestTransition } {
  return { transition: { kind: "transition", from, to, reason }, latest: { from, to, reason, atMicros } };
}
