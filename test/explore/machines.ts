/** The shipped state machines behind one face, with times that can be moved: a state is the same whenever it is reached. */

import {
  type CarpClaim,
  type CarpHostState,
  createCarpHost,
  deadlineOf,
  stepCarpHost,
} from "../../agent/election/carp/carpHost.ts";
import { isBowOut } from "../../agent/election/carp/claim.ts";
import type { CarpHostConfig } from "../../agent/election/carp/config.ts";
import type { ElectionEvent, Output, Role } from "../../agent/election/election.ts";
import * as vrrp from "../../agent/election/vrrp/vrrpRouter.ts";
import { PRIORITY_RESIGN, type VrrpAdvertisement } from "../../agent/protocol/vrrp.ts";

/** What explorations may let happen to a machine besides advertisements. */
export type Happening = Exclude<
  ElectionEvent<never, never>,
  { readonly kind: "advertisement" } | { readonly kind: "reconfigure" } | { readonly kind: "demote" }
>;

/** A machine of one protocol; its states are of the moment 0. */
export interface Protocol<State, Message> {
  readonly name: string;
  readonly intervalMicros: number;
  create(node: number): State;
  happen(state: State, event: Happening): Stepped<State, Message>;
  hear(state: State, from: string, message: Message): Stepped<State, Message>;
  deadline(state: State): number | undefined;
  role(state: State): Role;
  isFarewell(message: Message): boolean;
}

export interface Stepped<State, Message> {
  readonly state: State;
  readonly outputs: readonly Output<Message>[];
}

const ADDRESS = "10.25.0.100";
const LONG_AGO_MICROS = -60_000_000;

export function addressOf(node: number): string {
  return `10.25.0.${11 + node}`;
}

function others(node: number, nodes: number): string[] {
  return Array.from({ length: nodes }, (_, index) => index)
    .filter((index) => index !== node)
    .map(addressOf);
}

export function vrrpGroup(nodes: number, preempt: boolean): Protocol<vrrp.VrrpRouterState, VrrpAdvertisement> {
  const config = (node: number): vrrp.VrrpRouterConfig => ({
    virtualRouterId: 10,
    priority: 200 - 50 * node,
    advertisementIntervalMicros: 1_000_000,
    preempt,
    preemptDelayMicros: 0,
    startupDelayMicros: 0,
    sourceAddress: addressOf(node),
    peers: others(node, nodes),
    addresses: [ADDRESS],
  });
  return {
    name: `VRRP, ${nodes} nodes${preempt ? "" : ", without preemption"}`,
    intervalMicros: 1_000_000,
    create: (node) => vrrp.createVrrpRouter(config(node)),
    happen: (state, event) => vrrp.stepVrrpRouter(state, event, 0),
    hear: (state, from, advertisement) => vrrp.stepVrrpRouter(state, { kind: "advertisement", from, advertisement }, 0),
    deadline: vrrp.deadlineOf,
    role: vrrp.roleOf,
    isFarewell: ({ priority }) => priority === PRIORITY_RESIGN,
  };
}

export function carpGroup(nodes: number, dialect: CarpHostConfig["dialect"]): Protocol<CarpHostState, CarpClaim> {
  const config = (node: number): CarpHostConfig => ({
    virtualHostId: 10,
    advertisementBase: 1,
    advertisementSkew: 50 * node,
    dialect,
    preempt: true,
    preemptDelayMicros: 0,
    startupDelayMicros: 0,
    sourceAddress: addressOf(node),
    peers: others(node, nodes),
    addresses: [ADDRESS],
  });
  return {
    name: `CARP as ${dialect === "ucarp" ? "ucarp" : "OpenBSD"}, ${nodes} nodes`,
    intervalMicros: 1_500_000,
    create: (node) => createCarpHost(config(node)),
    happen: (state, event) => stepCarpHost(state, event, 0),
    hear: (state, from, advertisement) => stepCarpHost(state, { kind: "advertisement", from, advertisement }, 0),
    deadline: deadlineOf,
    role: ({ role }) => role,
    isFarewell: isBowOut,
  };
}

/** What of a state is a moment, and not a length of time. */
const MOMENTS: ReadonlySet<string> = new Set([
  "startedAtMicros",
  "waitingSinceMicros",
  "preemptibleSinceMicros",
  "listensUntilMicros",
  "adverDeadlineMicros",
  "advertisementDeadlineMicros",
  "advertisedAtMicros",
  "deadlineMicros",
]);

/** The same state so much later, seen from then: moments move into the past. What is long over is all one. */
export function later<State extends object>(state: State, micros: number): State {
  const entries = Object.entries(state).flatMap(([key, value]: [string, unknown]) => {
    // The latest change of role is for people only.
    if (key === "latest") return [];
    if (!MOMENTS.has(key) || typeof value !== "number") return [[key, value] as const];
    return [[key, Math.max(LONG_AGO_MICROS, value - micros)] as const];
  });
  return Object.fromEntries(entries) as State;
}
