/**
 * One node's part in the election of one virtual router, whatever its protocol: the state machine, the bytes and the
 * authentication behind one interface. It decides and encodes; VirtualRouter carries out.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { ElectionEvent, HoldReason, Notice, Role, Transition } from "../election/election.ts";
import type { ProtocolEndpoint, Received } from "../protocol/reception.ts";

/** What happens to a participant besides advertisements and configurations. */
export type ParticipantEvent = Exclude<
  ElectionEvent<never, never>,
  { readonly kind: "advertisement" } | { readonly kind: "reconfigure" }
>;

/** What is to be carried out, in order: the outputs of election.ts with messages as bytes. */
export type Action =
  | {
      readonly kind: "send";
      /** The message for one destination: the peers', or the group's. */
      readonly messageFor: (destination: string) => Uint8Array;
    }
  | {
      readonly kind: "solicit";
      /** The one it is for, by unicast. */
      readonly to: string;
      readonly messageFor: (destination: string) => Uint8Array;
    }
  | { readonly kind: "acquire" | "announce" | "release" }
  | ({ readonly kind: "transition" } & Transition)
  | { readonly kind: "notice"; readonly notice: Notice | "clocks-apart"; readonly from: string };

/** What happened to a received advertisement. */
export type ReceiveResult =
  /** It is not what it says it is: counted by this reason, and nothing else happens. */
  | { readonly kind: "refused"; readonly fault: string }
  /** It reached the election. `claim` says how good the sender is, in its protocol's words. */
  | { readonly kind: "heard"; readonly claim: AdvertisedPreference; readonly actions: readonly Action[] };

/** How good a node is as a master, in its protocol's words. */
export type AdvertisedPreference =
  | { readonly protocol: "vrrp"; readonly priority: number }
  | {
      readonly protocol: "carp";
      readonly advertisementBase: number;
      readonly advertisementSkew: number;
      readonly demotion: number;
    };

/** A participant as status, metrics and the peer link show it. */
export interface Explanation {
  readonly role: Role;
  /** As configured. */
  readonly configured: AdvertisedPreference;
  /** As the group sees it, demotion included; of a node that takes no part, what it would be. */
  readonly effective: AdvertisedPreference;
  readonly demotion: number;
  /** Why it may not be master; undefined when it may. */
  readonly held: HoldReason | undefined;
  /** Own address of the master as far as it is known here. */
  readonly masterAddress: string | undefined;
  /** Time between own advertisements. */
  readonly advertisementIntervalMicros: number;
  /** Whether it preempts nobody, having been asked to hand over. */
  readonly deferential: boolean;
}

export interface Participant {
  readonly role: Role;
  /** When it wants a tick, in monotonic microseconds. */
  deadline(): number | undefined;
  step(event: ParticipantEvent, nowMicros: number): readonly Action[];
  /** An advertisement passed the reception ladder. */
  hear(received: Received<ProtocolEndpoint>, nowMicros: number): ReceiveResult;
  /** Takes over another configuration of the same protocol; the addresses of the new one must be held already. */
  reconfigure(config: VirtualRouterConfig, nowMicros: number): readonly Action[];
  explain(): Explanation;
  /** What says goodbye for this node after its death, by destination. */
  resignMessage(): (destination: string) => Uint8Array;
  /** What the farewell of a later process needs to know of this one; undefined: nothing. */
  memory(): string | undefined;
}

/** VRRP's priority; null for a protocol without. */
export function priorityOf(claim: AdvertisedPreference): number | null {
  return claim.protocol === "vrrp" ? claim.priority : null;
}

/** How preferred a claim is as one number, higher is better: comparable within one protocol only. */
export function preferenceOf(claim: AdvertisedPreference): number {
  if (claim.protocol === "vrrp") return claim.priority;
  const intervalSkews = claim.advertisementBase * SKEWS_PER_SECOND + claim.advertisementSkew;
  return -(claim.demotion * WORST_INTERVAL_SKEWS + intervalSkews);
}

const SKEWS_PER_SECOND = 256;
/** More than any interval: CARP compares demotions first. */
const WORST_INTERVAL_SKEWS = 256 * SKEWS_PER_SECOND;
