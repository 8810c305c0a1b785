/** The states of a CARP host, and what can be read from one without changing it. */

import type * as commonState from "../commonState.ts";
import { type CommonState, mayTakePart, type Stalls, startMicros, unstarted } from "../commonState.ts";
import type { ElectionEvent, Output, Role, Step } from "../election.ts";
import { ANSWER_MICROS, nextQuestionMicros, type Suspect } from "../solicitation.ts";
import type { CarpClaim } from "./claim.ts";
import { effectiveSkew, rankOf } from "./claim.ts";
import type { CarpHostConfig } from "./config.ts";
import { listenMicros, masterDownMicros, successionMicros } from "./timers.ts";

/** INIT: takes no part, because it was not started, has no link, is held back or waits out its start-up delay. */
export interface InitializeState extends CommonState<CarpHostConfig> {
  readonly role: "initialize";
  /**
   * Until when it takes its role back with its link: it was master when it lost it, and no backup can have replaced it
   * by then. Absent: it was not, or has given the role up since.
   */
  readonly returnsUntilMicros?: number | undefined;
}

/** BACKUP: watches the master. Its timer runs from `waitingSinceMicros`, its length follows from `wait`. */
export interface BackupState extends CommonState<CarpHostConfig> {
  readonly role: "backup";
  readonly wait: Wait;
  readonly waitingSinceMicros: number;
  readonly stalls: Stalls;
  /** Who was heard last to be master; undefined before the first, and once it is known to be gone. */
  readonly master: { readonly address: string; readonly claim: CarpClaim } | undefined;
  /** Since when this host could have preempted the master, and the preempt delay runs; undefined: it could not. */
  readonly preemptibleSinceMicros: number | undefined;
  /**
   * Until then it takes over from nobody, whatever it hears: it stood still, and what it reads may be old. Absent: it did
   * not, or not lately.
   */
  readonly listensUntilMicros?: number;
  /** While it is bereaved: the master that may be dead, with its claim. */
  readonly suspect?: Suspect<CarpClaim>;
}

/** What a backup waits for. */
export type Wait =
  /** The master-down timeout: for the master to be dead. */
  | "master-down"
  /** For its turn, the master having bowed out. */
  | "bowed-out"
  /** For the suspect's answer, then for its turn, the master being dead. */
  | "bereaved"
  /** The listen interval: for a master that may be there, this host having stalled or resumed. */
  | "listen";

/** MASTER: holds the addresses and advertises. */
export interface MasterState extends CommonState<CarpHostConfig> {
  readonly role: "master";
  /** When the next advertisement is due. */
  readonly advertisementDeadlineMicros: number;
  /** When the group heard from this host last. */
  readonly advertisedAtMicros: number;
  readonly stalls: Stalls;
}

/** Bowed out and answers for the addresses until a successor is heard; invisible to the others. */
export interface ResigningState extends CommonState<CarpHostConfig> {
  readonly role: "resigning";
  readonly deadlineMicros: number;
}

/** Holds the addresses without a word and listens whether somebody else has them; invisible to the others. */
export interface ResumingState extends CommonState<CarpHostConfig> {
  readonly role: "resuming";
  readonly waitingSinceMicros: number;
  readonly stalls: Stalls;
}

export type CarpHostState = InitializeState | BackupState | MasterState | ResigningState | ResumingState;

/** A virtual host that waits for `startup`, its link taken to be up. */
export function createCarpHost(config: CarpHostConfig): InitializeState {
  return unstarted(config);
}

/** When the driver is to send `tick`, in microseconds of its clock; undefined: never, unless something else happens. */
export function deadlineOf(state: CarpHostState): number | undefined {
  switch (state.role) {
    case "initialize":
      return mayTakePart(state) ? startMicros(state) : undefined;
    case "backup":
      return Math.min(waitEndsMicros(state), questionMicros(state));
    case "resuming":
      return waitEndsMicros(state);
    case "master":
      return state.advertisementDeadlineMicros;
    case "resigning":
      return state.deadlineMicros;
  }
}

export function roleOf(state: CarpHostState): Role {
  return state.role;
}

/** When a backup takes over, or a resuming host has listened for long enough. */
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

/** How long a backup or resuming host waits in all. */
export function waitMicros(state: BackupState | ResumingState): number {
  const { advertisementBase } = state.config;
  switch (state.role === "resuming" ? "listen" : state.wait) {
    case "master-down":
      return masterDownMicros(advertisementBase, effectiveSkew(state));
    case "bowed-out":
      return successionMicros(rankOf(state));
    case "bereaved":
      return ANSWER_MICROS + successionMicros(rankOf(state));
    case "listen":
      return listenMicros(advertisementBase, effectiveSkew(state));
  }
}

export type CarpHostEvent = ElectionEvent<CarpClaim, CarpHostConfig>;

/** Events that change the numbers of a host and leave its role alone. */
export type ReconfigureEvent = commonState.ReconfigureEvent<CarpHostConfig>;

/** Events that each role answers in its own way. */
export type RoleEvent = commonState.RoleEvent<CarpClaim, CarpHostConfig>;

export type CarpHostStep = Step<CarpHostState, CarpClaim>;
export type CarpOutput = Output<CarpClaim>;

/** Goes on in this state without a word. */
export function unchanged(state: CarpHostState): CarpHostStep {
  return { state, outputs: [] };
}
