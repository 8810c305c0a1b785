/** The states of a VRRP router, and what can be read from one without changing it. */
import { PRIORITY_OWNER, type VrrpAdvertisement } from "../../protocol/vrrp.ts";
import type * as commonState from "../commonState.ts";
import { type CommonState, mayTakePart, type Stalls, startMicros, unstarted } from "../commonState.ts";
import type { ElectionEvent, Role, Step } from "../election.ts";
import { ANSWER_MICROS, nextQuestionMicros, type Suspect } from "../solicitation.ts";
import { activeDownIntervalMicros, listenIntervalMicros, peerLostSkewMicros, skewTimeMicros } from "../timers.ts";
import type { VrrpRouterConfig } from "./config.ts";

/** RFC 9568 6.4.1: takes no part, because it was not started, has no link, is held back or waits out its start-up delay. */
export interface InitializeState extends CommonState<VrrpRouterConfig> {
  readonly role: "initialize";
  /**
   * Until when it takes its role back with its link: it was master when it lost it, and no backup can have replaced it
   * by then. Absent: it was not, or has given the role up since.
   */
  readonly returnsUntilMicros?: number | undefined;
}

/** RFC 9568 6.4.2: watches the master. Its Active_Down_Timer runs from `waitingSinceMicros`, its length follows from `wait`. */
export interface BackupState extends CommonState<VrrpRouterConfig> {
  readonly role: "backup";
  readonly wait: Wait;
  readonly waitingSinceMicros: number;
  readonly stalls: Stalls;
  /** Active_Adver_Interval, once a master was heard; until then the own interval stands in. */
  readonly learnedIntervalMicros: number | undefined;
  /** Who was heard last to be master; undefined before the first, after it resigned and when it is known to be dead. */
  readonly master: { readonly address: string; readonly priority: number } | undefined;
  /** Since when this node could have preempted the master, and the preempt delay runs; undefined: it could not. */
  readonly preemptibleSinceMicros: number | undefined;
  /**
   * Until then it takes over from nobody, whatever it hears: it stood still, and what it reads may be old. Absent: it did
   * not, or not lately.
   */
  readonly listensUntilMicros?: number;
  /** While it is bereaved: the master that may be dead, with its priority. */
  readonly suspect?: Suspect<number>;
}

/** What a backup waits for. */
export type Wait =
  /** Active_Down_Interval: for the master to be dead. */
  | "active-down"
  /** Skew_Time: for its turn, the master having resigned. */
  | "skew"
  /** The suspect's answer, then a short skew: for its turn, the master being dead. */
  | "bereaved"
  /** The listen interval: for a master that may be there, this node having stalled. */
  | "listen";

/** RFC 9568 6.4.3, Active: holds the addresses and advertises. */
export interface MasterState extends CommonState<VrrpRouterConfig> {
  readonly role: "master";
  /** When the Adver_Timer fires. */
  readonly adverDeadlineMicros: number;
  /** When the group heard from this node last. */
  readonly advertisedAtMicros: number;
  readonly stalls: Stalls;
}

/** Sent priority 0 and answers for the addresses until a successor is heard; of no RFC, and invisible to the others. */
export interface ResigningState extends CommonState<VrrpRouterConfig> {
  readonly role: "resigning";
  readonly deadlineMicros: number;
}

/** Holds the addresses without a word and listens whether somebody else has them; of no RFC, and invisible to the others. */
export interface ResumingState extends CommonState<VrrpRouterConfig> {
  readonly role: "resuming";
  readonly waitingSinceMicros: number;
  readonly stalls: Stalls;
}

export type VrrpRouterState = InitializeState | BackupState | MasterState | ResigningState | ResumingState;

/** A virtual router that waits for `startup`, its link taken to be up. */
export function createVrrpRouter(config: VrrpRouterConfig): VrrpRouterState {
  return unstarted(config);
}

/** When the driver is to send `tick`, in microseconds of its clock; undefined: never, unless something else happens. */
export function deadlineOf(state: VrrpRouterState): number | undefined {
  switch (state.role) {
    case "initialize":
      return mayTakePart(state) ? startMicros(state) : undefined;
    case "backup":
      return Math.min(waitEndsMicros(state), questionMicros(state));
    case "resuming":
      return waitEndsMicros(state);
    case "master":
      return state.adverDeadlineMicros;
    case "resigning":
      return state.deadlineMicros;
  }
}

export function roleOf(state: VrrpRouterState): Role {
  return state.role;
}

/** The priority in advertisements, timers and comparisons: a demotion makes no node leave the group, and no owner less. */
export function effectivePriority({
  config,
  demotion,
}: Pick<CommonState<VrrpRouterConfig>, "config" | "demotion">): number {
  return isOwner(config) ? PRIORITY_OWNER : Math.max(1, config.priority - demotion);
}

/** Whether it is the address owner (RFC 9568 1.7). */
export function isOwner({ priority }: VrrpRouterConfig): boolean {
  return priority === PRIORITY_OWNER;
}

/** When a backup's Active_Down_Timer fires, or a resuming node has listened for long enough. */
export function waitEndsMicros(state: BackupState | ResumingState): number {
  const endMicros = state.waitingSinceMicros + waitMicros(state);
  if (state.role !== "backup" || state.wait === "listen") return endMicros;
  return Math.max(endMicros, state.listensUntilMicros ?? endMicros);
}

/** When the suspect is to be asked again; Infinity: it is not. */
export function questionMicros({ wait, suspect, waitingSinceMicros }: BackupState): number {
  return wait === "bereaved" && suspect !== undefined ? nextQuestionMicros(suspect, waitingSinceMicros) : Infinity;
}

/** Whether it takes over from nobody for now, whatever it hears. */
export function isListening({ wait, listensUntilMicros }: BackupState, nowMicros: number): boolean {
  return wait === "listen" || (listensUntilMicros !== undefined && nowMicros < listensUntilMicros);
}

/** How long a backup or resuming node waits in all, by its own priority and the master's interval. */
export function waitMicros(state: BackupState | ResumingState): number {
  const priority = effectivePriority(state);
  const intervalMicros = activeAdverIntervalMicros(state);
  switch (state.role === "resuming" ? "listen" : state.wait) {
    case "active-down":
      return activeDownIntervalMicros(priority, intervalMicros);
    case "skew":
      return skewTimeMicros(priority, intervalMicros);
    case "bereaved":
      return ANSWER_MICROS + peerLostSkewMicros(priority);
    case "listen":
      return listenIntervalMicros(priority, intervalMicros);
  }
}

/** Active_Adver_Interval (RFC 9568 6.1). */
export function activeAdverIntervalMicros(state: BackupState | ResumingState): number {
  const learned = state.role === "backup" ? state.learnedIntervalMicros : undefined;
  return learned ?? state.config.advertisementIntervalMicros;
}

export type VrrpRouterEvent = ElectionEvent<VrrpAdvertisement, VrrpRouterConfig>;

export type VrrpRouterStep = Step<VrrpRouterState, VrrpAdvertisement>;
/** What changes the numbers that the router goes by, in every role alike. */
export type ReconfigureEvent = commonState.ReconfigureEvent<VrrpRouterConfig>;

/** What each role has an answer of its own to. */
export type RoleEvent = commonState.RoleEvent<VrrpAdvertisement, VrrpRouterConfig>;

/** Goes on in this state without a word. */
export function unchanged(state: VrrpRouterState): VrrpRouterStep {
  return { state, outputs: [] };
}
