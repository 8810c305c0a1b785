/** Two ends of a modelled peer link, and what each knows of the other. */

import type { PeerLinkConfig } from "../../../agent/config/schema/peerLink.ts";
import { Distrust } from "../../../agent/peers/distrust.ts";
import type { PeerState, PeerView, RouterView } from "../../../agent/peers/protocol/view.ts";
import type { Server } from "../machine/server.ts";

/** What a node says of itself. */
export interface Said {
  readonly routers: readonly RouterView[];
  readonly instanceId: string | undefined;
  readonly inMaintenance: boolean;
}

/** What a node's process hears of its peers, in its own thread's time. */
export interface Listener {
  suspected(peer: PeerView): void;
  lost(peer: PeerView): void;
  /** It came, came back, left in good order, or says something else. */
  changed(peer: PeerView): void;
  offered(virtualRouter: string): void;
}

/** One process that takes part. */
export interface Process {
  readonly name: string;
  readonly server: Server;
  readonly link: PeerLinkConfig;
  readonly listener: Listener;
  said: Said;
  readonly views: Map<string, PeerView>;
  /** Of each peer whose connections were closed: the process that had them, until it is back or lost. */
  readonly closed: Map<string, Process | undefined>;
  readonly distrust: Map<string, Distrust>;
}

export interface Pair {
  readonly ends: readonly [string, string];
  isUp: boolean;
  /** Counts changes, so that what was waited for is known to be over. */
  number: number;
  isWaiting: boolean;
  /** Until then somebody ends every connection between the two. */
  resetUntilMicros: number;
}

export const NOTHING: Said = { routers: [], instanceId: undefined, inMaintenance: false };
export function knows(one: Process, other: Process): boolean {
  return one.link.peers.some(({ node }) => node === other.name);
}

export function noMemory(): Pick<Process, "views" | "closed" | "distrust"> {
  return { views: new Map(), closed: new Map(), distrust: new Map() };
}

export function distrustOf(process: Process, peer: string): Distrust {
  const distrust = process.distrust.get(peer) ?? new Distrust();
  process.distrust.set(peer, distrust);
  return distrust;
}

export function viewOf(node: string, state: PeerState, { heartbeat, missed }: PeerLinkConfig): PeerView {
  return {
    node,
    state,
    paths: [],
    lastHeardAgoMs: 0,
    roundTripMs: null,
    routers: [],
    configMatches: true,
    mismatched: [],
    protocolAlive: true,
    instanceId: undefined,
    inMaintenance: false,
    disprovedClosings: 0,
    detectionMs: (heartbeat * missed) / 1000,
  };
}
