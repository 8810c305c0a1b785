/** All invariants, new ones for each world: some remember. */
import { AnnouncedAtOnce, EverybodyKnows } from "./announcing.ts";
import { EverythingEnds, ListensAfterStall, MovesAsMaster, ReloadsAreFree } from "./behaviour.ts";
import { NoAddressWithoutRole, NoGapInPlannedWork } from "./holding.ts";
import type { Invariant } from "./invariant.ts";
import { ClosedConnectionsAreNothing, NoPreemption, OneMaster, SomeMaster } from "./mastership.ts";

/** Judged in forge.ts, when a forgery is delivered. */
export const FORGERIES_ARE_NOTHING = {
  number: "S7",
  sentence:
    "A forged, replayed, stale or truncated advertisement, or one for another virtual router or from too far away, changes nothing but a counter.",
} as const;

export function allInvariants(): Invariant[] {
  return [
    new NoAddressWithoutRole(),
    new OneMaster(),
    new AnnouncedAtOnce(),
    new MovesAsMaster(),
    new EverybodyKnows(),
    new NoPreemption(),
    new ClosedConnectionsAreNothing(),
    new ReloadsAreFree(),
    new NoGapInPlannedWork(),
    new ListensAfterStall(),
    new SomeMaster(),
    new EverythingEnds(),
  ];
}
