/** A CARP host as its operator asks about it. */

import { type LatestTransition, masterAddressOf } from "../commonState.ts";
import type { HoldReason, Role } from "../election.ts";
import { claimOf, intervalMicros } from "./claim.ts";
import { type CarpHostState } from "./state.ts";

export interface CarpHostExplanation {
  readonly role: Role;
  /** As configured, in seconds. */
  readonly advertisementBase: number;
  /** As configured, in 256ths of a second. */
  readonly advertisementSkew: number;
  /** The sum of all demotions. */
  readonly demotion: number;
  /** What the group sees, demotion included; of a host that does not advertise, what it would see. */
  readonly advertised: { readonly skew: number; readonly demotion: number };
  /** Why it may not be master; undefined when it may. */
  readonly held: HoldReason | undefined;
  /** Whether it preempts nobody, having been asked to hand over. */
  readonly deferential: boolean;
  /** What follows from base and skew, demotion included. */
  readonly advertisementIntervalMicros: number;
  /** Own address of the master, as far as this host knows one; its own while it holds the addresses. */
  readonly masterAddress: string | undefined;
  /** The change that led to this role, with its reason and time; undefined before the first. */
  readonly latest: LatestTransition | undefined;
}

/** What a status shows of a state. */
export function explain(state: CarpHostState): CarpHostExplanation {
  const { role, config, demotion, hold, deferential, latest } = state;
  const { advertisementBase, advertisementSkew } = config;
  const claim = claimOf(state);
  return {
    role,
    advertisementBase,
    advertisementSkew,
    demotion,
    advertised: { skew: claim.advertisementSkew, demotion: claim.demotion },
    held: hold,
    deferential,
    advertisementIntervalMicros: intervalMicros(state),
    masterAddress: masterAddressOf(state),
    latest,
  };
}
