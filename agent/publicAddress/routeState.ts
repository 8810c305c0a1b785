/** The state of a public address as this node knows it, what happens to it, and what it asks to be done. */
/** What the claim goes by. */

import type { Failure, Route } from "../clouds/routeApi.ts";
import type { Why } from "./arbitration.ts";
import type { ApiTrouble } from "./backoff.ts";
import type { GroupView } from "./groupView.ts";

export interface PublicAddressRules {
  /** This machine, as the API knows it. */
  readonly self: string;
  readonly takeBackMicros: number;
}

export type Phase =
  /** Not master: looks now and then, so that the way to the API is known to be good. */
  | { readonly kind: "idle" }
  /** Master, and the address is to be looked for. */
  | { readonly kind: "seeking" }
  /** Asked for. `from` is where it was then. */
  | { readonly kind: "moving"; readonly from: string | null; readonly sinceMicros: number }
  /** Leads here. Sure: after an own move, or at a second look; a first answer may be of before another's move. */
  | { readonly kind: "held"; readonly isSure: boolean }
  /** Somebody else has it, and may. */
  | { readonly kind: "left"; readonly to: string | null; readonly why: Why; readonly sinceMicros: number };
export interface PublicAddressState {
  readonly rules: PublicAddressRules;
  readonly group: GroupView;
  readonly phase: Phase;
  /** Whether this node had its turn in this mastership. */
  readonly hadTurn: boolean;
  /** How often it took the address from somebody who might have kept it, in this mastership. */
  readonly takenBack: number;
  readonly call: "none" | "read" | "move";
  /** When the call under way, or the latest one, began. */
  readonly calledMicros: number;
  /** When the next look is due. */
  readonly nextMicros: number;
  /** Looks at a move under way, in a row. */
  readonly polls: number;
  /** Since when a move has been under way; undefined: none is. */
  readonly pendingSinceMicros: number | undefined;
  /** The latest answer; undefined: none yet. */
  readonly route: Route | undefined;
  readonly trouble: ApiTrouble;
  /** Whether the API counts as lost; told with `witness`. */
  readonly isWitnessLost: boolean;
}

export type PublicAddressEvent =
  | { readonly kind: "tick" }
  | { readonly kind: "mastership" }
  | { readonly kind: "no-mastership" }
  /** What the peer link knows of the others, whenever it changed. */
  | { readonly kind: "group"; readonly group: GroupView }
  /** The call under way ended well. */
  | { readonly kind: "answered"; readonly route: Route }
  /** It did not. `chance` is 0..1, for the jitter of the next attempt. */
  | { readonly kind: "failed"; readonly failure: Failure; readonly chance: number };
export type PublicAddressOutput =
  | { readonly kind: "read" }
  | { readonly kind: "move" }
  /** Nobody wants the answer of the call under way; it ends as `failed`. */
  | { readonly kind: "abort" }
  /** The API has been out of reach for long, or is back. */
  | { readonly kind: "witness"; readonly lost: boolean }
  | { readonly kind: "entered"; readonly phase: Phase }
  | { readonly kind: "trouble"; readonly failure: Failure; readonly failures: number }
  | { readonly kind: "recovered" };
export interface PublicAddressStep {
  readonly state: PublicAddressState;
  readonly outputs: readonly PublicAddressOutput[];
}
