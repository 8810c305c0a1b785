/** What `failover-agent status --json` prints: an interface that scripts and drills read, so it only ever grows. */
import type { Role, TransitionReason } from "../election/election.ts";

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
  /** Of that advertisement; 0 when it resigned. */
  readonly priority: number | null;
}

/** Counts since the agent started. */
export interface Counters {
  /** Advertisements sent, one for each peer. */
  readonly sent: number;
  /** By the error's name, advertisements that the kernel refused to send. */
  readonly sendErrors: Readonly<Record<string, number>>;
  /** Advertisements that reached the election. */
  readonly received: number;
  /** By reason, what came and did not. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface VirtualRouterStatus {
  readonly name: string;
  readonly protocol: "vrrp";
  readonly virtualRouterId: number;
  readonly role: Role;
  /** When it came into this role. */
  readonly since: string;
  readonly priority: number;
  /** Own address of the master, as far as it is known here. */
  readonly masterAddress: string | null;
  readonly lastTransition: TransitionStatus | null;
  /** The latest 20, oldest first. */
  readonly transitions: readonly TransitionStatus[];
  readonly peers: readonly PeerStatus[];
  /** The virtual addresses with their prefix lengths. */
  readonly addresses: readonly string[];
  /** Whether every one of them is on the interface, as the kernel shows it now. */
  readonly held: boolean;
  readonly counters: Counters;
}

/** The part that the protocol's thread knows. */
export interface NodeStatus {
  readonly virtualRouters: readonly VirtualRouterStatus[];
  /** By reason, datagrams of protocol 112 that could not be assigned to any virtual router of this node. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface AgentStatus extends NodeStatus {
  readonly node: string;
  readonly version: string;
  readonly config: { readonly digest: string };
}
