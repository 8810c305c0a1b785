/** What `failover-agent status --json` prints: an interface that scripts and drills read, so it only ever grows. */
import type { HoldReason, Role, TransitionReason } from "../election/election.ts";
import type { PeerView } from "../peers/view.ts";
import type { StatesStatus } from "./checks/states.ts";
import type { CheckStatus } from "./checks/watchedCheck.ts";
import type { Obstacle } from "./obstacles.ts";
import type { Claim } from "./participant.ts";
import type { SecondMaster } from "./secondMasters.ts";
import type { TroubleStatus } from "./troubles.ts";

/** A change of role; `at` is wall-clock time, ISO 8601 in UTC. */
export interface TransitionStatus {
  readonly from: Role;
  readonly to: Role;
  readonly reason: TransitionReason;
  readonly at: string;
}

/** Another member, as heard by this virtual router. A backup in good order is silent, so a master need not hear any. */
export interface PeerStatus {
  readonly address: string;
  /** Milliseconds since its latest advertisement; null: none since the agent started. */
  readonly lastHeardAgoMs: number | null;
  /** Of that advertisement; 0 when it resigned. Null for a protocol without priorities. */
  readonly priority: number | null;
  /** What that advertisement said of the sender, in its protocol's words. */
  readonly claim: Claim | null;
}

/** How good this node is as a master of a virtual router. */
export interface ClaimStatus {
  readonly configured: Claim;
  /** As the group sees it: configured, less the demotion. */
  readonly effective: Claim;
  /** Of all failed checks together. */
  readonly demotion: number;
  /** Why it may not be master at all; null when it may. */
  readonly held: HoldReason | null;
}

/** Counts since the agent started. */
export interface Counters {
  /** Advertisements sent, one for each peer. */
  readonly sent: number;
  /** By the error's name, advertisements that the kernel refused to send. */
  readonly sendErrors: Readonly<Record<string, number>>;
  /** Addresses that somebody removed while they were held, and that were put back. */
  readonly repairs: number;
  /** Advertisements that reached the election. */
  readonly received: number;
  /** By the form of their checksum, those of VRRP: `rfc5798` with a pseudo-header over IPv4, `rfc9568` without. */
  readonly checksums: Readonly<Record<string, number>>;
  /** By reason, what came and did not. */
  readonly dropped: Readonly<Record<string, number>>;
  /** By reason, changes of role. */
  readonly transitions: Readonly<Record<string, number>>;
}

/** Something on this machine that is in a virtual router's way. */
export interface ObstacleStatus {
  readonly reason: Obstacle["reason"];
  /** The thing, what there is instead, and what to do. */
  readonly message: string;
  /** Whether the virtual router cannot become master for it; one that is master stays so. Otherwise an address is left out. */
  readonly blocks: boolean;
}

/** Another host of the segment that says it has an address of which this node is master. */
export interface AddressConflictStatus {
  readonly address: string;
  /** Its MAC. */
  readonly mac: string;
  /** The interface here on which it was heard. */
  readonly interface: string;
  /** When it was first heard, ISO 8601 in UTC. */
  readonly since: string;
}

export interface VirtualRouterStatus {
  readonly name: string;
  readonly protocol: "vrrp" | "carp";
  readonly virtualRouterId: number;
  readonly role: Role;
  /** When it came into this role. */
  readonly since: string;
  /** When its start-up delay is over and it begins to take part; null when it does not wait for that. */
  readonly startsAt: string | null;
  /** As configured; null for a protocol without priorities. */
  readonly priority: number | null;
  readonly claim: ClaimStatus;
  /** Own address of the master, as far as it is known here. */
  readonly masterAddress: string | null;
  readonly lastTransition: TransitionStatus | null;
  /** The latest 20, oldest first. */
  readonly transitions: readonly TransitionStatus[];
  /** Whether it advertises to the group; otherwise to each peer. */
  readonly multicast: boolean;
  /** The configured ones, then others that were heard. */
  readonly peers: readonly PeerStatus[];
  /** The virtual addresses with their prefix lengths. */
  readonly addresses: readonly string[];
  /** Whether every one of them is on the interface, as the kernel shows it now. */
  readonly held: boolean;
  readonly obstacles: readonly ObstacleStatus[];
  /** At most four an address. A backup sees none. */
  readonly conflicts: readonly AddressConflictStatus[];
  readonly counters: Counters;
}

/** The part that the protocol's thread knows. */
export interface NodeStatus {
  readonly virtualRouters: readonly VirtualRouterStatus[];
  /** By reason, datagrams of protocol 112 that could not be assigned to any virtual router of this node. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Whether so many were dropped that only the configured senders are heard, for ten seconds: what others send meanwhile is not counted. */
  readonly flooded: boolean;
}

/** What an operator told this node. */
export interface OperatorStatus {
  readonly drained: boolean;
  /** Until when, ISO 8601 in UTC; null: it is not. */
  readonly maintenance: { readonly until: string } | null;
  /** Names of virtual routers that were handed over, and preempt nobody. */
  readonly handedOver: readonly string[];
  /** Whether all this is on disk, so that it outlives a restart. */
  readonly isKept: boolean;
}

/** The hooks of one virtual router. */
export interface HookStatus {
  readonly virtualRouter: string;
  /** What ran last, and ended well: `up` is held, `down` released. */
  readonly holding: "held" | "released" | "unknown";
  /** By hook, how often one failed since the agent started. */
  readonly failures: Readonly<Record<string, number>>;
}

/** One public address, and how this node's claim on it stands. */
export interface PublicAddressStatus {
  readonly virtualRouter: string;
  /** `ovhFailoverIp` or `openstackFloatingIp`. */
  readonly kind: string;
  readonly address: string;
  readonly phase: "idle" | "seeking" | "moving" | "held" | "left";
  /** Why it is left to another machine; null when it is not. */
  readonly why: string | null;
  /** The instance it led to at the latest look; null: none, or there was no look yet. */
  readonly routedTo: string | null;
  /** Whether that is this machine, with no move under way; null: there was no look yet. */
  readonly isHere: boolean | null;
  /** Why the latest calls failed, and how many in a row; null when the latest did not. */
  readonly trouble: { readonly kind: string; readonly message: string; readonly failures: number } | null;
  /** Whether the API has been out of reach for 30 s. */
  readonly isWitnessLost: boolean;
  /** Calls of the API since the agent started, and those among them that asked for a move. */
  readonly requests: number;
  readonly moves: number;
  /** Of the latest move that ended here: from the change of role to its request, and from there until it was done. */
  readonly lastMove: { readonly requestedAfterMs: number; readonly tookMs: number; readonly at: string } | null;
}

export interface AgentStatus extends NodeStatus {
  readonly node: string;
  readonly version: string;
  readonly config: { readonly digest: string };
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** How long the protocol's thread took to answer for this very status, in milliseconds. */
  readonly protocolThread: { readonly answerMs: number };
  readonly checks: readonly CheckStatus[];
  /** Null without named states. */
  readonly states: StatesStatus | null;
  readonly hooks: readonly HookStatus[];
  readonly publicAddresses: readonly PublicAddressStatus[];
  readonly operator: OperatorStatus;
  /** Null without a peer link. */
  readonly peerLink: PeerLinkStatus | null;
  /** What is wrong with the agent itself and lasts. */
  readonly troubles: readonly TroubleStatus[];
}

export interface PeerLinkStatus {
  readonly peers: readonly PeerView[];
  /** By reason, connections that were not made or not accepted since the start. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Peers that have been master beside this node for longer than it takes to hear each other. */
  readonly secondMasters: readonly SecondMaster[];
}
