/** What `failover-agent status --json` prints: an interface that scripts and drills read, so it only ever grows. */
import type { VirtualRouterConfig } from "../config/schema/document.ts";
import type { HoldReason, Role, TransitionReason } from "../election/election.ts";
import type { AddressConflictStatus } from "../interfaces/addressConflicts.ts";
import { type AdvertisedPreference, type Explanation, priorityOf } from "../participant/participant.ts";
import type { ObstacleStatus } from "./obstacles.ts";

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
  readonly claim: AdvertisedPreference | null;
}

/** How good this node is as a master of a virtual router. */
export interface ClaimStatus {
  readonly configured: AdvertisedPreference;
  /** As the group sees it: configured, less the demotion. */
  readonly effective: AdvertisedPreference;
  /** Of all failed checks together. */
  readonly demotion: number;
  /** As `ineligibleReason` of the virtual router. Goes with the next minor version. */
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
  /** Why it may not be master at all; null when it may. */
  readonly ineligibleReason: HoldReason | null;
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
  readonly addressesPresent: boolean;
  /** The same. Goes with the next minor version. */
  readonly held: boolean;
  readonly obstacles: readonly ObstacleStatus[];
  /** At most four an address. A backup sees none. */
  readonly conflicts: readonly AddressConflictStatus[];
  readonly counters: Counters;
}

/** What a status is made of besides the configuration. */
interface Parts extends Pick<VirtualRouterStatus, "role" | "startsAt" | "peers" | "obstacles" | "conflicts"> {
  readonly history: {
    status(): Pick<VirtualRouterStatus, "since" | "lastTransition" | "transitions">;
    counts(): Readonly<Record<string, number>>;
  };
  readonly explanation: Explanation;
  /** Whether every address is where it belongs. */
  readonly isWhole: boolean;
  readonly counters: Omit<Counters, "transitions">;
}

export function statusOf(config: VirtualRouterConfig, parts: Parts): VirtualRouterStatus {
  const { name, protocol, virtualRouterId, addresses, multicast } = config;
  const { configured, effective, demotion, held, masterAddress } = parts.explanation;
  return {
    name,
    protocol,
    virtualRouterId,
    role: parts.role,
    ...parts.history.status(),
    startsAt: parts.startsAt,
    priority: priorityOf(configured),
    claim: { configured, effective, demotion, held: held ?? null },
    ineligibleReason: held ?? null,
    masterAddress: masterAddress ?? null,
    multicast,
    peers: parts.peers,
    addresses: addresses.map(({ address }) => address),
    addressesPresent: parts.isWhole,
    held: parts.isWhole,
    obstacles: parts.obstacles,
    conflicts: parts.conflicts,
    counters: { ...parts.counters, transitions: parts.history.counts() },
  };
}

/** The part that the protocol's thread knows. */
export interface NodeStatus {
  readonly virtualRouters: readonly VirtualRouterStatus[];
  /** By reason, datagrams of protocol 112 that could not be assigned to any virtual router of this node. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Whether so many were dropped that only the configured senders are heard, for ten seconds: what others send meanwhile is not counted. */
  readonly flooded: boolean;
}
