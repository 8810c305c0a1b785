/** What checks, operators and sync groups make of this node's claim to a virtual router. */
import type { HoldReason } from "../election/election.ts";

export interface ClaimState {
  readonly demotion: number;
  /** Why it may not be master; undefined: it may. */
  readonly held: HoldReason | undefined;
}

export const UNHINDERED: ClaimState = { demotion: 0, held: undefined };
