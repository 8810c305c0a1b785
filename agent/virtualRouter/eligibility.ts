/** What checks, operators and sync groups say: whether a virtual router may be master here, and at what cost. */
import type { HoldReason, Role, TransitionReason } from "../election/election.ts";
import type { ParticipantEvent } from "../participant/participant.ts";

export interface Eligibility {
  readonly demotion: number;
  /** Why it may not be master; undefined: it may. */
  readonly held: HoldReason | undefined;
}

export const ELIGIBLE: Eligibility = { demotion: 0, held: undefined };

/** By the names of virtual routers; one that is not named is eligible. */
export type Eligibilities = Readonly<Record<string, Eligibility>>;

/** Something that happens to one virtual router, or to all. */
export interface RouterEvent {
  readonly event: ParticipantEvent;
  /** Absent: all of them. */
  readonly virtualRouter?: string;
}

/** A member as the rule sees it. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  /** Why it may not be master by itself; what the group itself imposes counts as well. */
  readonly held: HoldReason | undefined;
  /** Whether it can send and be heard. */
  readonly linkUp: boolean;
  /** Of its latest change of role. */
  readonly reason: TransitionReason | undefined;
  /** When that was, in microseconds of the node's clock; before everything else when there was none. */
  readonly changedAtMicros: number;
}
