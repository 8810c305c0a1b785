/** What checks, operators and sync groups make of this node's claim to a virtual router. */
import type { HoldReason } from "../election/election.ts";
import type { ParticipantEvent } from "../participant/participant.ts";

export interface ClaimState {
  readonly demotion: number;
  /** Why it may not be master; undefined: it may. */
  readonly held: HoldReason | undefined;
}

export const UNHINDERED: ClaimState = { demotion: 0, held: undefined };
/** By the names of virtual routers; one that is not named is unhindered. */
export type Claims = Readonly<Record<string, ClaimState>>;
export interface Happening {
  readonly event: ParticipantEvent;
  /** Absent: all of them. */
  readonly virtualRouter?: string;
}
