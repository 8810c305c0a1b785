/** What a node's part in an election is besides its role, in every protocol alike: told to take part, able to, allowed to. */
import type { ElectionEvent, HoldReason, Role, Transition } from "./election.ts";

/** What every state has, and keeps when the role changes. */
export interface CommonState<Config> {
  readonly config: Config;
  /** When it was told to take part; undefined: it is not to. */
  readonly startedAtMicros: number | undefined;
  readonly linkUp: boolean;
  /** Why it may not be master; undefined: it may. */
  readonly hold: HoldReason | undefined;
  /** The sum of all demotions, 0 or more. */
  readonly demotion: number;
  /** Whether it preempts nobody, having been asked to hand over. */
  readonly deferential: boolean;
  /** The latest change of role; undefined before the first. */
  readonly latest: LatestTransition | undefined;
}

/** A change of role and its time. */
export interface LatestTransition extends Transition {
  readonly atMicros: number;
}

/** How often this node stalled in a row: 0 once a master was heard, or an own advertisement left in time. */
export type Stalls = number;

/** The part of a node that waits for `startup`, its link taken to be up. */
export function unstarted<Config>(config: Config): CommonState<Config> & { readonly role: "initialize" } {
  return {
    role: "initialize",
    config,
    startedAtMicros: undefined,
    linkUp: true,
    hold: undefined,
    demotion: 0,
    deferential: false,
    latest: undefined,
  };
}

/** Whether nothing is in the way of taking part; the start-up delay is another matter. */
export function mayTakePart({ startedAtMicros, linkUp, hold }: CommonState<unknown>): boolean {
  return startedAtMicros !== undefined && linkUp && hold === undefined;
}

/** When the start-up delay is over, of one that was started. */
export function startMicros({ startedAtMicros, config }: CommonState<{ readonly startupDelayMicros: number }>): number {
  return (startedAtMicros ?? Infinity) + config.startupDelayMicros;
}

/** Events that each role answers in its own way; the others change the numbers that a node goes by and leave its role alone. */
export type RoleEvent<Advertisement, Config> = Exclude<ElectionEvent<Advertisement, Config>, ReconfigureEvent<Config>>;

export type ReconfigureEvent<Config> = Extract<
  ElectionEvent<never, Config>,
  { readonly kind: "demote" | "reconfigure" }
>;

/** What an event leaves behind in every role, before the role answers to it. */
export function applyCommonEvent<State extends CommonState<unknown>>(
  state: State,
  event: RoleEvent<unknown, unknown>,
  nowMicros: number,
): State {
  switch (event.kind) {
    case "startup":
      if (state.startedAtMicros !== undefined) return state;
      return { ...state, startedAtMicros: nowMicros, deferential: state.deferential || event.deferential === true };
    case "shutdown":
      return { ...state, startedAtMicros: undefined };
    case "link-up":
      return { ...state, linkUp: true };
    case "link-down":
      return { ...state, linkUp: false };
    case "hold-back":
      return { ...state, hold: event.reason };
    case "readmit":
      return { ...state, hold: undefined, deferential: false };
    case "hand-over":
    case "succeed":
    case "peer-lost":
    case "advertisement":
    case "tick":
      return state;
  }
}

/** What a new configuration or demotion is to a state, before it is told to anybody. */
export function reconfigured<Config, State extends CommonState<Config>>(
  state: State,
  event: ReconfigureEvent<Config>,
): State {
  return event.kind === "demote" ? { ...state, demotion: event.demotion } : { ...state, config: event.config };
}

/** Own address of the master, as far as a node knows one; its own while it holds the addresses. */
export function masterAddressOf(state: KnowingState): string | undefined {
  switch (state.role) {
    case "initialize":
      return undefined;
    case "backup":
      return state.master?.address;
    case "master":
    case "resigning":
    case "resuming":
      return state.config.sourceAddress;
  }
}

type KnowingState = { readonly config: { readonly sourceAddress: string } } & (
  | { readonly role: Exclude<Role, "backup"> }
  | { readonly role: "backup"; readonly master: { readonly address: string } | undefined }
);
/** Lists of shared addresses, as advertised and as configured. */
/** Whether a list has each configured address and no other; the order is for the eye only (RFC 9568 5.2.9). */
export function listsSameAddresses(listed: readonly string[], configured: readonly string[]): boolean {
  return listed.length === configured.length && configured.every((address) => listed.includes(address));
}
