/** What the peer link tells the node: who is there, what they say of themselves, and what happened. */
import type { Role } from "../../election/election.ts";

/** One virtual router on one node, as that node says it is. */
export interface RouterView {
  readonly name: string;
  readonly protocol: "vrrp" | "carp";
  /** 1..255. */
  readonly virtualRouterId: number;
  /** The node's own address in that virtual router: what its advertisements come from. */
  readonly sourceAddress: string;
  readonly role: Role;
  /** How much the node is preferred as master, of all members of that virtual router; the higher the better. */
  readonly preference: number;
  /** Of what all members of the virtual router must have in common; what that is, is the caller's to say. To 128 characters. */
  readonly digest: string;
}

/**
 * Where a peer stands. `unheard`: not since this agent started. `lost`: dead or cut off. `left`: it said
 * goodbye.
 */
export type PeerState = "unheard" | "connected" | "lost" | "left";

/** One peer, as it is at the moment. */
export interface PeerView {
  readonly node: string;
  readonly state: PeerState;
  /** Its addresses, and whether it is heard there. */
  readonly paths: readonly { readonly address: string; readonly up: boolean }[];
  /** Milliseconds since it was heard on any path; null: never. */
  readonly lastHeardAgoMs: number | null;
  /** Latest measurement on the quickest path that is up; null: none. */
  readonly roundTripMs: number | null;
  /** What it said last; empty: nothing yet. */
  readonly routers: readonly RouterView[];
  /** Whether all virtual routers that both nodes have are configured alike. */
  readonly configMatches: boolean;
  /** Names of those that are not: their digests differ. */
  readonly mismatched: readonly string[];
  /** Whether the thread of its protocols answers, as it said last. */
  readonly protocolAlive: boolean;
  /** Its machine, as the cloud knows it; undefined: it does not say. */
  readonly instanceId: string | undefined;
  /** Whether an operator has it in maintenance. */
  readonly inMaintenance: boolean;
  /** How often its connections were closed without a goodbye while its process lived, since the start. */
  readonly disprovedClosings: number;
  /** After so much silence it counts as lost, as things are now. */
  readonly detectionMs: number;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Details of a log line. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** What the peer link calls; none of it may throw. */
export interface PeerEvents {
  /**
   * Every path was closed without a goodbye. Its process may be dead, or somebody forged that: its masters are to be
   * asked. Then it is `lost`, or its next path is up.
   */
  suspected(peer: PeerView): void;
  /** Every path is gone: closed and not back in time, or silent for too long. */
  lost(peer: PeerView, why: "closed" | "silent"): void;
  /** It is connected: for the first time, again, or as another process of the same name. */
  back(peer: PeerView): void;
  /** It said goodbye: it left the link in good order, because it ends or was reconfigured. That is no fault of it. */
  left(peer: PeerView, reason: string): void;
  /** It says something else of its virtual routers, or of its protocols' thread, than before. */
  changed(peer: PeerView): void;
  /** It resigned and wants this node to be the next master of a virtual router. */
  offered(from: PeerView, virtualRouter: string): void;
  /** It got such an offer of this node. */
  accepted(from: PeerView, virtualRouter: string): void;
  /**
   * `config`: virtual routers have been configured otherwise than here for 10 s, longer than it takes to reload a group
   * node by node. Said once of each until it matches again. `version`: it speaks another version of the peer link.
   */
  mismatch(peer: PeerView, what: "config" | "version"): void;
  log(level: LogLevel, message: string, fields: LogFields): void;
}
