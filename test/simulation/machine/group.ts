/** Which group a seed simulates: how many nodes, which protocol, and of everything that a configuration may say one thing. */
import { checkedAgentConfig } from "../../../agent/config/checkedDocument.ts";
import type { AgentConfig, AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { Random } from "./random.ts";

type RouterDocument = AgentConfigInput["virtualRouters"][number];

export type Protocol = RouterDocument["protocol"];

/** One member of the group. */
export interface MemberPlan {
  readonly name: string;
  /** What runs there; a foreigner has the same document, of which it does what it knows. */
  readonly runs: "agent" | "keepalived" | "ucarp";
  readonly config: AgentConfig;
  /** Microseconds of its clock in one of time. */
  readonly rate: number;
  /** Whether its unit resigns for an agent that was killed. */
  readonly resigns: boolean;
}

export interface Group {
  readonly members: readonly MemberPlan[];
  readonly protocol: Protocol;
  /** The longest interval between the advertisements of a master. */
  readonly intervalMicros: number;
  /** Faults that stopped are over with after so long. */
  readonly boundMicros: number;
  /** In words, for the trace. */
  readonly description: string;
}

const SECOND = 1_000_000;
/** Own addresses end in this number and up. */
export const FIRST_HOST = 11;
const MOST_MEMBERS = 4;
/** Each as often as it is here: short ones cost most to simulate. */
const VRRP_SECONDS = [0.01, 0.1, 0.1, 1, 1, 1, 1, 5, 5, 5, 10, 10, 20, 20, 40, 40];
const CARP_SECONDS = [1, 1, 1, 2, 5, 5, 10, 20, 40];
const SECRET = "5a".repeat(32);
export const PUBLIC_ADDRESS = "203.0.113.10";

/** All that was drawn of a group; what was found with it is kept as this. */
export interface Draft {
  readonly protocol: Protocol;
  readonly family: 4 | 6;
  readonly members: number;
  readonly routers: number;
  readonly intervalSeconds: number;
  readonly multicast: boolean;
  readonly authentication: boolean;
  readonly dialect: "openbsd" | "ucarp";
  readonly peerLink: boolean;
  readonly paths: 1 | 2;
  readonly publicAddress: boolean;
  readonly onWitnessLoss: "hold" | "release";
  readonly virtualMac: boolean;
  readonly lease: "default" | "2s" | "off";
  readonly preempt: boolean;
  readonly preemptDelaySeconds: number;
  readonly startupDelaySeconds: number;
  readonly preparation: boolean;
  readonly track: number | "all";
  readonly ranks: readonly number[];
  readonly foreigner: boolean;
  /** Of each member's clock: microseconds in one of time. */
  readonly rates: readonly number[];
  /** Of each member, whether its unit resigns for an agent that was killed. */
  readonly resigns: readonly boolean[];
}

export function groupOf(common: Draft): Group {
  const members = Array.from({ length: common.members }, (_, index): MemberPlan => {
    const isForeign = common.foreigner && index === common.members - 1;
    const foreign = common.protocol === "vrrp" ? "keepalived" : "ucarp";
    return {
      name: nameOf(index),
      runs: isForeign ? foreign : "agent",
      config: documentOf(common, index),
      rate: common.rates[index] ?? 1,
      resigns: common.resigns[index] ?? true,
    };
  });
  const intervalMicros = longestIntervalMicros(common);
  return {
    members,
    protocol: common.protocol,
    intervalMicros,
    boundMicros: boundMicros(common, intervalMicros),
    description: describe(common),
  };
}

export function drawDraft(random: Random): Draft {
  const protocol = random.chance(0.6) ? "vrrp" : "carp";
  const isVrrp = protocol === "vrrp";
  const members = random.pick([2, 2, 2, 3, 3, 4]);
  const foreigner = random.chance(0.2);
  const family = isVrrp && random.chance(0.25) ? 6 : 4;
  return {
    protocol,
    family,
    members,
    routers: foreigner || random.chance(0.8) ? 1 : 2,
    intervalSeconds: isVrrp ? random.pick(VRRP_SECONDS) : random.pick(CARP_SECONDS),
    multicast: random.chance(0.3),
    authentication: isVrrp && !foreigner && random.chance(0.25),
    dialect: foreigner || random.chance(0.5) ? "ucarp" : "openbsd",
    peerLink: random.chance(0.6),
    paths: random.pick([1, 2]),
    publicAddress: random.chance(0.5),
    onWitnessLoss: random.chance(0.7) ? "hold" : "release",
    virtualMac: isVrrp && family === 4 && !foreigner && random.chance(0.15),
    lease: random.pick(["default", "default", "default", "2s", "off"]),
    preempt: random.chance(0.7),
    preemptDelaySeconds: random.chance(0.3) ? random.between(1, 30) : 0,
    startupDelaySeconds: random.chance(0.15) ? random.between(1, 20) : 0,
    preparation: random.chance(0.1),
    track: random.chance(0.3) ? "all" : 150,
    ranks: random.shuffled(random.chance(0.1) ? [100, 100, 100, 100] : [200, 150, 100, 50]),
    foreigner,
    rates: Array.from({ length: MOST_MEMBERS }, () => 1 + (random.unit() - 0.5) / 50),
    resigns: Array.from({ length: MOST_MEMBERS }, () => random.chance(0.7)),
  };
}

export function nameOf(index: number): string {
  return `edge-${index + 1}`;
}

/** A member's machine, as the cloud knows it. */
export function instanceOf(name: string): string {
  return `00000000-0000-4000-8000-${name.replace("edge-", "").padStart(12, "0")}`;
}

function ownAddress(family: 4 | 6, index: number): string {
  return family === 4 ? `10.25.0.${FIRST_HOST + index}` : `fe80::${FIRST_HOST + index}`;
}

function documentOf(common: Draft, index: number): AgentConfig {
  const routers = Array.from({ length: common.routers }, (_, number) => routerOf(common, index, number));
  const hasPublic = common.publicAddress && common.peerLink && !common.foreigner;
  return checkedAgentConfig.parse({
    version: 1,
    node: nameOf(index),
    virtualRouters: routers,
    checks: { uplink: { ping: "192.0.2.1" } },
    ...(common.routers > 1 ? { syncGroups: [{ name: "gateway", members: routers.map(({ name }) => name) }] } : {}),
    ...(common.peerLink ? { peerLink: peerLinkOf(common, index) } : {}),
    ...(hasPublic ? { ovh: OVH, instanceId: instanceOf(nameOf(index)) } : {}),
  });
}

const OVH: AgentConfigInput["ovh"] = {
  endpoint: "https://api.example/1.0",
  project: "0123456789abcdef0123456789abcdef",
  credentials: { applicationKey: "key", applicationSecret: "secret", consumerKey: "consumer" },
};

function routerOf(common: Draft, index: number, number: number): RouterDocument {
  const { family, members, ranks } = common;
  const others = Array.from({ length: members }, (_, other) => other).filter((other) => other !== index);
  const rank = ranks[index] ?? 1;
  const shared = {
    name: number === 0 ? "web" : "inside",
    virtualRouterId: 10 + number,
    sourceAddress: ownAddress(family, index),
    ...(family === 6 ? { interface: "eth0" } : {}),
    peers: others.map((other) => ownAddress(family, other)),
    multicast: common.multicast,
    addresses: sharedAddresses(family, number),
    preempt: common.preempt,
    preemptDelay: `${common.preemptDelaySeconds}s`,
    startupDelay: `${common.startupDelaySeconds}s`,
    ...(common.lease === "default" ? {} : { lease: common.lease }),
    track: { uplink: common.track },
    hooks: common.preparation ? { prepare: ["/usr/sbin/conntrackd", "-c"] } : {},
    publicAddresses: publicAddressesOf(common, number),
  };
  if (common.protocol === "carp") {
    const advertisementSkew = 255 - rank;
    const { dialect, intervalSeconds: advertisementBase } = common;
    return { ...shared, protocol: "carp", password: "sesame", dialect, advertisementBase, advertisementSkew };
  }
  return {
    ...shared,
    protocol: "vrrp",
    priority: rank,
    advertisementInterval: `${Math.round(common.intervalSeconds * 1_000)}ms`,
    virtualMac: common.virtualMac,
    ...(common.authentication
      ? { authentication: { mode: "enforce", keys: [{ id: 1, secret: SECRET }], active: 1 } }
      : {}),
  };
}

function sharedAddresses(family: 4 | 6, number: number): string[] {
  if (family === 4) return [`10.25.0.${100 + number}/32`];
  return [`fe80::${100 + number}/128`, `2001:db8:25::${100 + number}/128`];
}

function publicAddressesOf(common: Draft, number: number): RouterDocument["publicAddresses"] {
  if (!common.publicAddress || !common.peerLink || common.foreigner || number > 0) return [];
  return [{ kind: "ovhFailoverIp", address: PUBLIC_ADDRESS, onWitnessLoss: common.onWitnessLoss }];
}

function peerLinkOf({ members, paths, foreigner }: Draft, index: number): AgentConfigInput["peerLink"] {
  const agents = foreigner ? members - 1 : members;
  const pathsOf = (other: number): string[] =>
    [`10.25.0.${FIRST_HOST + other}`, `198.51.100.${FIRST_HOST + other}`].slice(0, paths);
  const others = Array.from({ length: agents }, (_, other) => other).filter((other) => other !== index);
  if (others.length === 0) return undefined;
  return {
    listen: pathsOf(index),
    key: "ab".repeat(32),
    peers: others.map((other) => ({ node: nameOf(other), paths: pathsOf(other) })),
  };
}

function longestIntervalMicros({ protocol, intervalSeconds }: Draft): number {
  // CARP's skew adds up to a second.
  return (protocol === "vrrp" ? intervalSeconds : intervalSeconds + 1) * SECOND;
}

/** Dead masters are waited for, then leases and successions; stalled nodes listen before, and a start has its delay. */
function boundMicros({ preemptDelaySeconds, startupDelaySeconds }: Draft, intervalMicros: number): number {
  const delays = (preemptDelaySeconds + startupDelaySeconds) * SECOND;
  return Math.round(16 * intervalMicros + delays + 20 * SECOND);
}

function describe(common: Draft): string {
  const words = Object.entries(common).filter(
    ([key, value]) => !["rates", "resigns"].includes(key) && value !== false && value !== 0,
  );
  return words.map(([key, value]) => (value === true ? key : `${key} ${String(value)}`)).join(", ");
}
