/** Statuses of agents as the tests of the control room need them. */

import type { AgentStatus } from "../../agent/operator/agentStatus.ts";
import type { VirtualRouterStatus } from "../../agent/virtualRouter/status.ts";

type PeerView = NonNullable<AgentStatus["peerLink"]>["peers"][number];

/** Virtual router `web`, master with priority 200. */
export function routerStatus(changes: Partial<VirtualRouterStatus> = {}): VirtualRouterStatus {
  const present = changes.addressesPresent ?? true;
  return {
    name: "web",
    protocol: "vrrp",
    virtualRouterId: 10,
    role: "master",
    since: "2026-11-21T05:59:00.123Z",
    startsAt: null,
    priority: 200,
    claim: claim({ protocol: "vrrp", priority: 200 }),
    multicast: false,
    masterAddress: "10.25.0.11",
    lastTransition: { from: "backup", to: "master", reason: "master-down", at: "2026-11-21T05:59:00.123Z" },
    transitions: [],
    peers: [{ address: "10.25.0.12", lastHeardAgoMs: null, priority: null, claim: null }],
    addresses: ["10.25.0.10/32"],
    obstacles: [],
    conflicts: [],
    ineligibleReason: changes.claim?.held ?? null,
    addressesPresent: present,
    held: present,
    counters: {
      sent: 90,
      sendErrors: {},
      received: 0,
      repairs: 0,
      checksums: {},
      dropped: {},
      transitions: { startup: 1, "master-down": 1 },
    },
    ...changes,
  };
}

/** The same claim configured and effective. */
export function claim(configured: VirtualRouterStatus["claim"]["configured"]): VirtualRouterStatus["claim"] {
  return { configured, effective: configured, demotion: 0, held: null };
}

/** Node `edge-1` with `web`, up for half an hour at 06:00:30. */
export function agentStatus(changes: Partial<AgentStatus> = {}): AgentStatus {
  return {
    node: "edge-1",
    version: "1.2.3",
    config: { digest: "0123456789abcdef0123" },
    startedAt: "2026-11-21T05:30:30.000Z",
    protocolThread: { answerMs: 0.25 },
    virtualRouters: [routerStatus()],
    dropped: {},
    flooded: false,
    checks: [],
    states: null,
    hooks: [],
    publicAddresses: [],
    operator: { drained: false, maintenance: null, handedOver: [], isKept: true },
    peerLink: null,
    troubles: [],
    ...changes,
  };
}

/** Peer `edge-2`, connected, backup of `web` with priority 100. */
export function peerView(changes: Partial<PeerView> = {}): PeerView {
  return {
    node: "edge-2",
    state: "connected",
    paths: [{ address: "10.25.0.12", up: true }],
    lastHeardAgoMs: 40,
    roundTripMs: 0.3,
    routers: [
      {
        name: "web",
        protocol: "vrrp",
        virtualRouterId: 10,
        sourceAddress: "10.25.0.12",
        role: "backup",
        preference: 100,
        digest: "d",
      },
    ],
    configMatches: true,
    mismatched: [],
    protocolAlive: true,
    instanceId: undefined,
    inMaintenance: false,
    disprovedClosings: 0,
    detectionMs: 300,
    ...changes,
  };
}
