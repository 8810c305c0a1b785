/** The states of a VRRP router, and what can be read from one without changing it. */
import type { Role, Transition } from "./election.ts";
import { activeDownIntervalMicros, listenIntervalMicros, skewTimeMicros } from "./timers.ts";
import type { VrrpRouterConfig } from "./vrrpRouterConfig.ts";

/** What every state has. */
interface Always {
  readonly config: VrrpRouterConfig;
  /** The latest change of role; undefined before the first. */
  readonly latest: LatestTransition | undefined;
}

/** A change of role and its time. */
export interface LatestTransition extends Transition {
  readonly atMicros: number;
}

/** RFC 9568 6.4.1: takes no part, because it was not started or has no link. */
export interface InitializeState extends Always {
  readonly role: "initialize";
  readonly started: boolean;
  readonly linkUp: boolean;
}

/** RFC 9568 6.4.2: watches the master. Its Active_Down_Timer runs from `waitingSinceMicros`, its length follows from `wait`. */
export interface BackupState extends Always {
  readonly role: "backup";
  readonly wait: Wait;
  readonly waitingSinceMicros: number;
  readonly stalls: Stalls;
  /** Active_Adver_Interval, once a master was heard; until then the own interval stands in. */
  readonly learnedIntervalMicros: number | undefined;
  /** Who was heard last to be master; undefined before the first and after it resigned. */
  readonly master: { readonly address: string; readonly priority: number } | undefined;
}

/** What a backup waits for. */
export type Wait =
  /** Active_Down_Interval: for the master to be dead. */
  | "active-down"
  /** Skew_Time: for its turn, the master having resigned. */
  | "skew"
  /** The listen interval: for a master that may be there, this node having stalled. */
  | "listen";

/** How often this node stalled in a row: 0 once a master was heard, or an own advertisement left in time. */
export type Stalls = number;

/** RFC 9568 6.4.3, Active: holds the addresses and advertises. */
export interface MasterState extends Always {
  readonly role: "master";
  /** When the Adver_Timer fires. */
  readonly adverDeadlineMicros: number;
  /** When the group heard from this node last. */
  readonly advertisedAtMicros: number;
  readonly stalls: Stalls;
}

/** Sent priority 0 and answers for the addresses until a successor is heard; of no RFC, and invisible to the others. */
export interface ResigningState extends Always {
  readonly role: "resigning";
  readonly deadlineMicros: number;
}

export type VrrpRouterState = InitializeState | BackupState | MasterState | ResigningState;

/** A virtual router that waits for `startup`, its link taken to be up. */
export function createVrrpRouter(config: VrrpRouterConfig): VrrpRouterState {
  return { role: "initialize", config, latest: undefined, started: false, linkUp: true };
}

/** When the driver is to send `tick`, in microseconds of its clock; undefined: never, unless something else happens. */
export function deadlineOf(state: VrrpRouterState): number | undefined {
  switch (state.role) {
    case "initialize":
      return undefined;
    case "backup":
      return backupDeadlineMicros(state);
    case "master":
      return state.adverDeadlineMicros;
    case "resigning":
      return state.deadlineMicros;
  }
}

export function roleOf(state: VrrpRouterState): Role {
  return state.role;
}

/** When a backup's Active_Down_Timer fires. */
export function backupDeadlineMicros(state: BackupState): number {
  return state.waitingSinceMicros + waitMicros(state);
}

/** How long a backup waits in all, by its own priority and the master's interval. */
export function waitMicros(state: BackupState): number {
  const { priority } = state.config;
  const intervalMicros = activeAdverIntervalMicros(state);
  switch (state.wait) {
    case "active-down":
      return activeDownIntervalMicros(priority, intervalMicros);
    case "skew":
      return skewTimeMicros(priority, intervalMicros);
    case "listen":
      return listenIntervalMicros(priority, intervalMicros);
  }
}

/** Active_Adver_Interval (RFC 9568 6.1). */
export function activeAdverIntervalMicros(state: BackupState): number {
  return state.learnedIntervalMicros ?? state.config.advertisementIntervalMicros;
}

/** A virtual router as its operator asks about it. */
export interface VrrpRouterExplanation {
  readonly role: Role;
  /** As configured. */
  readonly priority: number;
  /** As the group sees it: 0 of a node that takes no part or is resigning. */
  readonly effectivePriority: number;
  /** As configured. */
  readonly advertisementIntervalMicros: number;
  /** Of the master that this node watches; undefined when it watches none or has not heard it. */
  readonly learnedIntervalMicros: number | undefined;
  /** Own address of the master, as far as this node knows one; its own while it holds the addresses. */
  readonly masterAddress: string | undefined;
  /** The change that led to this role, with its reason and time; undefined before the first. */
  readonly latest: LatestTransition | undefined;
}

/** What a status shows of a state. */
export function explain(state: VrrpRouterState): VrrpRouterExplanation {
  const { role, config, latest } = state;
  const holdsAddresses = role === "master" || role === "resigning";
  return {
    role,
    priority: config.priority,
    effectivePriority: role === "backup" || role === "master" ? config.priority : 0,
    advertisementIntervalMicros: config.advertisementIntervalMicros,
    learnedIntervalMicros: role === "backup" ? state.learnedIntervalMicros : undefined,
    masterAddress: holdsAddresses ? config.sourceAddress : role === "backup" ? state.master?.address : undefined,
    latest,
  };
}
