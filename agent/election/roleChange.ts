/** The changes of role that are alike in every protocol, and what every change has: its report, and what is kept. */

import type { CommonState, Stalls } from "./commonState.ts";
import type { HoldReason, LinkLoss, Role, Step, Transition, TransitionReason } from "./election.ts";

/** A state, as far as a change of role looks at it. */
type From<Config, Roles extends Role = Role> = CommonState<Config> & { readonly role: Roles };

/** Why a master is told to resign. */
export type ResignReason = "shutdown" | "handover" | HoldReason;

/** A change of role: its report, and what the next state keeps of this one. */
export function change<Config>(
  state: From<Config>,
  to: Role,
  reason: TransitionReason,
  atMicros: number,
): { readonly transition: { readonly kind: "transition" } & Transition; readonly kept: CommonState<Config> } {
  const { role: from, config, startedAtMicros, linkUp, hold, demotion, deferential } = state;
  const latest = { from, to, reason, atMicros };
  return {
    transition: { kind: "transition", from, to, reason },
    kept: { config, startedAtMicros, linkUp, hold, demotion, deferential, latest },
  };
}

/** Takes part no longer; addresses that were held are let go. */
export function leave<Config>(
  state: From<Config, Exclude<Role, "initialize">>,
  reason: TransitionReason,
  nowMicros: number,
): Step<From<Config, "initialize">, never> {
  const { transition, kept } = change(state, "initialize", reason, nowMicros);
  return {
    state: { ...kept, role: "initialize" },
    outputs: state.role === "backup" ? [transition] : [transition, { kind: "release" }],
  };
}

/** Takes part no longer, because it is to stop or its link is gone. */
export function leaveFor<Config>(
  state: From<Config, Exclude<Role, "initialize">>,
  event: { readonly kind: "shutdown" } | { readonly kind: "link-down"; readonly reason?: LinkLoss },
  nowMicros: number,
): Step<From<Config, "initialize">, never> {
  return leave(state, event.kind === "shutdown" ? "shutdown" : (event.reason ?? "link-down"), nowMicros);
}

/** A state of one that takes no part, as far as it may have been master. */
interface Returning {
  readonly returnsUntilMicros?: number | undefined;
}

/** Whether its link came back before anybody can have replaced it. */
export function mayReturn({ returnsUntilMicros }: Returning, nowMicros: number): boolean {
  return returnsUntilMicros !== undefined && nowMicros < returnsUntilMicros;
}

/** The same of one that is a backup when its link comes back. */
export function withoutReturn<State extends Returning>(state: State): State {
  return state.returnsUntilMicros === undefined ? state : { ...state, returnsUntilMicros: undefined };
}

/** Keeps the addresses it has, says nothing and listens whether another master is there. */
export function resume<Config>(
  state: From<Config, "initialize" | "resigning"> | (From<Config, "master"> & { readonly stalls: Stalls }),
  reason: TransitionReason,
  nowMicros: number,
): Step<From<Config, "resuming"> & { readonly waitingSinceMicros: number; readonly stalls: Stalls }, never> {
  const { transition, kept } = change(state, "resuming", reason, nowMicros);
  const stalls = state.role === "master" ? state.stalls : 0;
  return {
    state: {
      ...kept,
      role: "resuming",
      waitingSinceMicros: nowMicros,
      stalls: reason === "stalled" ? stalls + 1 : stalls,
    },
    outputs: [transition],
  };
}
