/** A VRRP router as its operator asks about it. */

import { type LatestTransition, masterAddressOf } from "../commonState.ts";
import type { HoldReason, Role } from "../election.ts";
import { effectivePriority, type VrrpRouterState } from "./state.ts";

export interface VrrpRouterExplanation {
  readonly role: Role;
  /** As configured. */
  readonly priority: number;
  /** The sum of all demotions. */
  readonly demotion: number;
  /** What the group sees, demotion included; of a node that does not advertise, what it would see. */
  readonly effectivePriority: number;
  /** Why it may not be master; undefined when it may. */
  readonly held: HoldReason | undefined;
  /** Whether it preempts nobody, having been asked to hand over. */
  readonly deferential: boolean;
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
  const { role, config, demotion, hold, deferential, latest } = state;
  return {
    role,
    priority: config.priority,
    demotion,
    effectivePriority: effectivePriority(state),
    held: hold,
    deferential,
    advertisementIntervalMicros: config.advertisementIntervalMicros,
    learnedIntervalMicros: role === "backup" ? state.learnedIntervalMicros : undefined,
    masterAddress: masterAddressOf(state),
    latest,
  };
}
