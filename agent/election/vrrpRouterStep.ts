/** The types of a VRRP router's step, and the step that does nothing. */
import type { VrrpAdvertisement } from "../protocol/vrrp.ts";
import type { ElectionEvent, Step } from "./election.ts";
import type * as participation from "./participation.ts";
import type { VrrpRouterConfig } from "./vrrpRouterConfig.ts";
import type { VrrpRouterState } from "./vrrpRouterState.ts";

export type VrrpRouterEvent = ElectionEvent<VrrpAdvertisement, VrrpRouterConfig>;
export type VrrpRouterStep = Step<VrrpRouterState, VrrpAdvertisement>;

/** What changes the numbers that the router goes by, in every role alike. */
export type RetuningEvent = participation.RetuningEvent<VrrpRouterConfig>;
/** What each role has an answer of its own to. */
export type RoleEvent = participation.RoleEvent<VrrpAdvertisement, VrrpRouterConfig>;

/** Goes on in this state without a word. */
export function quiet(state: VrrpRouterState): VrrpRouterStep {
  return { state, outputs: [] };
}
