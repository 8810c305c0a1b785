/** This project's agent on a host of the segment, as the release that a machine would run. */
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildAgent } from "../../agent/build.ts";
import type { AgentConfigInput } from "../../agent/config/schema/document.ts";
import type { Host, Segment } from "../segment/segment.ts";
import {
  activeDownMs,
  type Daemon,
  othersOf,
  priorityOf,
  SHARED_IPV4,
  SHARED_IPV6,
  VIRTUAL_ROUTER_ID,
} from "./daemon.ts";

type VirtualRouterInput = AgentConfigInput["virtualRouters"][number];

interface CommonOptions {
  readonly family: 4 | 6;
  readonly multicast: boolean;
  readonly preempt: boolean;
  readonly minimumTtl: number;
  /** Milliseconds between heartbeats of the peer link; undefined: there is none. */
  readonly heartbeatMs: number | undefined;
  /** Environment of the agent on a node, as `NAME=value`. */
  readonly environment: (node: Host) => readonly string[];
}

export interface VrrpOptions extends CommonOptions {
  readonly protocol: "vrrp";
  /** Whether the addresses answer with the virtual router's own MAC. */
  readonly virtualMac: boolean;
  readonly intervalMs: number;
  /** By place in the order of members. */
  readonly priorities: readonly number[];
  /** Virtual routers, the first with the shared address, the others with addresses of their own. */
  readonly instances: number;
  /** Addresses of each virtual router over IPv4. */
  readonly addressesEach: number;
}

export interface CarpOptions extends CommonOptions {
  readonly protocol: "carp";
  readonly baseSeconds: number;
  readonly skews: readonly number[];
  readonly password: string;
  readonly dialect: "openbsd" | "ucarp";
}

export type AgentOptions = VrrpOptions | CarpOptions;

const COMMON: CommonOptions = {
  family: 4,
  multicast: false,
  preempt: true,
  minimumTtl: 255,
  heartbeatMs: undefined,
  environment: () => [],
};

export const AGENT_VRRP: VrrpOptions = {
  ...COMMON,
  protocol: "vrrp",
  virtualMac: false,
  intervalMs: 1_000,
  priorities: [0, 1, 2].map(priorityOf),
  instances: 1,
  addressesEach: 1,
};

export const AGENT_CARP: CarpOptions = {
  ...COMMON,
  protocol: "carp",
  multicast: true,
  baseSeconds: 1,
  skews: [0, 50, 100],
  password: "test-vector",
  dialect: "ucarp",
};

/** Of the bench and the tests alone. */
const PEER_LINK_KEY = "5a".repeat(32);

/** A peer link that was cut is connected anew, and counts heartbeats again. */
const RECONNECTED_MS = 2_000;

let builds: Promise<string> | undefined;

/** Folder of the release, built once a process. */
export function agentRelease(): Promise<string> {
  builds ??= buildAgent().then(({ folder }) => folder);
  return builds;
}

const MAX_VIRTUAL_ROUTER_ID = 255;

/** Niceness of the agent's unit. */
const NICE = "-20";

/** The launcher, in a copy of the release that stays as it is when somebody builds the agent meanwhile. */
function launcherIn(segment: Segment, release: string): string {
  const copy = join(segment.directory, "release");
  if (!existsSync(copy)) cpSync(release, copy, { recursive: true });
  return join(copy, "failover-agent");
}

export async function agent(options: AgentOptions): Promise<Daemon> {
  const release = await agentRelease();
  const without = options.heartbeatMs === undefined ? "" : " with peer link";
  return {
    name: `agent${without}`,
    settlesWithinMs: options.heartbeatMs === undefined ? 0 : RECONNECTED_MS,
    start(segment, node, members) {
      const path = join(node.directory, "agent.json");
      writeFileSync(path, JSON.stringify(agentDocument(options, node, members)), { mode: 0o600 });
      const state = ["--state-dir", stateDirectory(node)];
      const launcher = launcherIn(segment, release);
      const started = ["env", ...options.environment(node), launcher, "run", "--config", path, ...state];
      return segment.start(node, "nice", "-n", NICE, ...started);
    },
    // ExecStopPost of its unit.
    afterDeath: (segment, node) => {
      segment.start(
        node,
        "nice",
        "-n",
        NICE,
        launcherIn(segment, release),
        "resign",
        "--state-dir",
        stateDirectory(node),
      );
    },
    masterDownMs: (place) =>
      options.protocol === "vrrp"
        ? activeDownMs(options.intervalMs, options.priorities[place] ?? 1)
        : 3_000 * options.baseSeconds + ((options.skews[place] ?? 254) * 1_000) / 256,
  };
}

/** Where the agent of a node keeps its state and its control socket. */
export function stateDirectory(node: Host): string {
  return join(node.directory, "state");
}

/** agent.json of a node. */
export function agentDocument(options: AgentOptions, node: Host, members: readonly Host[]): AgentConfigInput {
  const others = othersOf(node, members);
  return {
    version: 1,
    node: node.name,
    virtualRouters: virtualRouters(options, node, members),
    ...(options.heartbeatMs === undefined
      ? {}
      : {
          peerLink: {
            listen: [node.ipv4],
            key: PEER_LINK_KEY,
            heartbeat: `${options.heartbeatMs}ms`,
            peers: others.map(({ name, ipv4 }) => ({ node: name, paths: [ipv4] })),
          },
        }),
  };
}

function virtualRouters(options: AgentOptions, node: Host, members: readonly Host[]): VirtualRouterInput[] {
  const { family, multicast, preempt, minimumTtl } = options;
  const own = (host: Host): string => (family === 4 ? host.ipv4 : host.linkLocal);
  const place = members.indexOf(node);
  const peers = multicast ? [] : othersOf(node, members).map(own);
  const shared = { interface: "eth0", sourceAddress: own(node), multicast, peers, preempt, minimumTtl };
  if (options.protocol === "carp") {
    const { baseSeconds, skews, password, dialect } = options;
    const timing = { advertisementBase: baseSeconds, advertisementSkew: skews[place] ?? 254 };
    const group = { virtualRouterId: VIRTUAL_ROUTER_ID, addresses: addresses(family, 0, 1), password, dialect };
    return [{ ...shared, name: "v0", protocol: "carp", ...group, ...timing }];
  }
  const { instances, addressesEach, intervalMs, priorities, virtualMac } = options;
  return Array.from({ length: instances }, (_, index) => ({
    ...shared,
    name: `v${index}`,
    protocol: "vrrp",
    virtualRouterId: ((VIRTUAL_ROUTER_ID - 1 + index) % MAX_VIRTUAL_ROUTER_ID) + 1,
    virtualMac,
    priority: priorities[place] ?? 1,
    advertisementInterval: `${intervalMs}ms`,
    addresses: addresses(family, index, addressesEach),
  }));
}

/** The first ones as keepalived.ts has them. */
function addresses(family: 4 | 6, index: number, count: number): string[] {
  if (family === 6) return [`${SHARED_IPV6.linkLocal}/64`, `${SHARED_IPV6.global}/64`];
  return Array.from({ length: count }, (_, place) => `${ipv4AddressOf(index, place)}/32`);
}

/** A shared IPv4 address by its virtual router and its place there, both from 0: 255 virtual routers with 255 each. */
export function ipv4AddressOf(index: number, place: number): string {
  if (index === 0 && place === 0) return SHARED_IPV4;
  return `10.26.${place}.${index === 0 ? MAX_VIRTUAL_ROUTER_ID : index}`;
}
