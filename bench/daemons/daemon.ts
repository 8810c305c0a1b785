/** What all daemons under comparison have in common: how one runs on a host of the segment. */
import type { Running } from "../segment/running.ts";
import type { Host, Segment } from "../segment/segment.ts";

/** The shared addresses, of IPv4 and of IPv6; the link-local one comes first on the wire (RFC 9568 5.2.9). */
export const SHARED_IPV4 = "10.25.0.50";
export const SHARED_IPV6 = { linkLocal: "fe80::25:50", global: "2001:db8:25::50" } as const;
/** VRID and vhid. */
export const VIRTUAL_ROUTER_ID = 51;

/** A daemon with its settings. */
export interface Daemon {
  /** For tables: `keepalived`, `agent with peer link`. */
  readonly name: string;
  /** Starts it on a node; `members` are all nodes of the group, in order of preference. */
  start(segment: Segment, node: Host, members: readonly Host[]): Running;
  /** What the service manager runs after a daemon that was killed; absent: nothing. */
  afterDeath?(segment: Segment, node: Host): void;
  /** How long after an election it may be until all of the group are as they were, in milliseconds. */
  readonly settlesWithinMs: number;
  /** How long the node, by its place in the order, waits in silence before it takes over, in milliseconds, by its protocol. */
  masterDownMs(place: number): number;
}

/** Own addresses of the other members. */
export function othersOf(node: Host, members: readonly Host[]): readonly Host[] {
  return members.filter((member) => member !== node);
}

/** VRRP priorities in order of preference: 200, 150, 100. */
export function priorityOf(place: number): number {
  return 200 - 50 * place;
}

/** RFC 9568 6.1: Active_Down_Interval in milliseconds. */
export function activeDownMs(intervalMs: number, priority: number): number {
  return 3 * intervalMs + ((256 - priority) * intervalMs) / 256;
}
