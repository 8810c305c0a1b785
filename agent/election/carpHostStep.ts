/** The types of a CARP host's step, and the step that does nothing. */
import type { CarpClaim } from "./carpAdvertisement.ts";
import type { CarpHostConfig } from "./carpHostConfig.ts";
import type { CarpHostState } from "./carpHostState.ts";
import type { ElectionEvent, Output, Step } from "./election.ts";
import type * as participation from "./participation.ts";

export type CarpHostEvent = ElectionEvent<CarpClaim, CarpHostConfig>;
/** Events that change the numbers of a host and leave its role alone. */
export type RetuningEvent = participation.RetuningEvent<CarpHostConfig>;
/** Events that each role answers in its own way. */
export type RoleEvent = participation.RoleEvent<CarpClaim, CarpHostConfig>;
export type CarpHostStep = Step<CarpHostState, CarpClaim>;
export type CarpOutput = Output<CarpClaim>;

/** Goes on in this state without a word. */
export function quiet(state: CarpHostState): CarpHostStep {
  return { state, outputs: [] };
}
