/** One VIP as the agents elect its holder, and each member's side of that in the words of the agent's document. */

import { formatDuration } from "../../../agent/config/fields/duration.ts";
import type { AgentConfigInput } from "../../../agent/config/schema/document.ts";
import type { KeyRingConfig, VipConfig } from "../../schema/schema.ts";
import { UNSIGNED } from "../../schema/vipSchema.ts";
import { formatIpv4 } from "../../values/ipv4.ts";
import { compareNames } from "../../values/names.ts";
import { type Member, skewOf } from "../../values/priorities.ts";
import type { AgentKeys, VrrpAuthentication } from "./agentKeys.ts";
import type { CloudFacts } from "./cloudFacts.ts";
import type { PublicPlan } from "./publicAddress.ts";
import { planTracking, type TrackingPlan } from "./tracking.ts";

type RouterDocument = AgentConfigInput["virtualRouters"][number];
type VrrpDocument = Extract<RouterDocument, { protocol: "vrrp" }>;
type CarpDocument = Extract<RouterDocument, { protocol: "carp" }>;

interface CommonPlan {
  readonly name: string;
  readonly virtualRouterId: number;
  readonly preempt: boolean;
  /** The shared address first. */
  readonly addresses: RouterDocument["addresses"];
  /** Addresses are those on the private network. */
  readonly members: readonly (Member & { readonly address: string })[];
  readonly tracking: TrackingPlan;
  readonly public: PublicPlan;
}

/** A VIP of VRRP. */
export interface VrrpPlan extends CommonPlan {
  readonly protocol: "vrrp";
  readonly advertisementIntervalMicros: number;
  /** What the stack says in the document's own words, and every member's document repeats. */
  readonly settings: Partial<VrrpDocument>;
}

/** A VIP of CARP. */
export interface CarpPlan extends CommonPlan {
  readonly protocol: "carp";
  readonly password: string;
  readonly settings: Partial<CarpDocument>;
}

export type VirtualRouterPlan = VrrpPlan | CarpPlan;

/** Keys of a VIP that are the document's own, and go there as they are. */
const DOCUMENT_KEYS = {
  common: ["preemptDelay", "startupDelay", "multicast", "minimumTtl", "lease", "announcement", "hooks"],
  vrrp: ["acceptMode", "virtualMac"],
  carp: ["advertisementBase", "dialect"],
} as const;

const DEFAULT_INTERVAL_MICROS = 1_000_000;

/**
 * Plans the election of one VIP.
 * @param agentKeys sign for a VIP of VRRP that says nothing of its own
 */
export function planVirtualRouter(
  name: string,
  vip: VipConfig,
  members: VirtualRouterPlan["members"],
  reached: PublicPlan,
  agentKeys: AgentKeys,
): VirtualRouterPlan {
  const common: CommonPlan = {
    name,
    virtualRouterId: vip.virtualRouterId,
    preempt: vip.preempt,
    addresses: [
      hostPrefix(vip.address),
      ...vip.alias.map(({ address, ...where }) => ({ address: hostPrefix(address), ...where })),
      ...routedBeside(vip),
    ],
    public: reached,
    members,
    tracking: planTracking(name, vip.track),
  };
  switch (vip.protocol) {
    case "vrrp":
      return {
        ...common,
        protocol: "vrrp",
        advertisementIntervalMicros: vip.advertisementInterval ?? DEFAULT_INTERVAL_MICROS,
        settings: {
          ...written(vip, [...DOCUMENT_KEYS.common, ...DOCUMENT_KEYS.vrrp]),
          ...signedBy(vip, agentKeys),
        },
      };
    case "carp":
      return {
        ...common,
        protocol: "carp",
        password: passwordOf(name, vip.authentication),
        settings: written(vip, [...DOCUMENT_KEYS.common, ...DOCUMENT_KEYS.carp]),
      };
  }
}

/** One member's side. It holds the member's own priority and the addresses of the others, not their priorities. */
export function virtualRouterDocument(
  self: VirtualRouterPlan["members"][number],
  vip: VirtualRouterPlan,
  facts: CloudFacts,
): RouterDocument {
  const peers = vip.members.filter((member) => member.name !== self.name);
  const { name, virtualRouterId, preempt, tracking } = vip;
  const common = {
    preempt,
    sourceAddress: self.address,
    // By name, not by priority: a changed priority must not reorder another node's document.
    peers: peers.toSorted((a, b) => compareNames(a.name, b.name)).map(({ address }) => address),
    ...publicSide(self.name, vip, facts),
    ...(Object.keys(tracking.track).length === 0 ? {} : { track: tracking.track }),
  };
  switch (vip.protocol) {
    case "vrrp": {
      const advertisementInterval = formatDuration(vip.advertisementIntervalMicros);
      const own = { name, protocol: vip.protocol, virtualRouterId, priority: self.priority, advertisementInterval };
      return { ...own, ...common, ...vip.settings };
    }
    case "carp": {
      const { password, protocol } = vip;
      const own = { name, protocol, virtualRouterId, advertisementSkew: skewOf(self.priority), password };
      return { ...own, ...common, ...vip.settings };
    }
  }
}

/** The addresses it holds as master, and those that the agent leads there. */
function publicSide(
  self: string,
  { name, addresses, public: reached }: VirtualRouterPlan,
  facts: CloudFacts,
): Pick<RouterDocument, "addresses" | "publicAddresses"> {
  switch (reached.kind) {
    case "none":
    case "floatingIp":
    case "routed":
      return { addresses };
    case "movedFloatingIp": {
      const address = factOf(facts.floatingIps, name, "floating IP");
      return { addresses, publicAddresses: [{ kind: "openstackFloatingIp", address, ...reached.settings }] };
    }
    case "failoverIp": {
      const { address, settings } = reached;
      // Routed to the machine's port on the external network, and no neighbour's there: beside that port's own address.
      const beside = factOf(facts.nodes, self, "address on the external network");
      return {
        addresses: [...addresses, { address: `${address}/32`, beside }],
        publicAddresses: [{ kind: "ovhFailoverIp", address, ...settings }],
      };
    }
  }
}

function factOf(facts: ReadonlyMap<string, string>, name: string, what: string): string {
  const fact = facts.get(name);
  if (fact === undefined) throw new RangeError(`there is no ${what} of "${name}": the document was rendered too early`);
  return fact;
}

/** The routed address, unless it is one of the VIP's own already. */
function routedBeside({ address, alias, public: reached }: VipConfig): readonly string[] {
  const routed = reached?.routed;
  if (routed === undefined || [address, ...alias.map((one) => one.address)].includes(routed)) return [];
  return [hostPrefix(routed)];
}

/** What signs a VIP's advertisements: its own keys, or those of the stack. */
function signedBy(vip: VipConfig, agentKeys: AgentKeys): { readonly authentication?: VrrpAuthentication } {
  const { authentication, virtualRouterId } = vip;
  if (authentication === UNSIGNED) return {};
  // A key alone is the first one of a ring that is enforced.
  if (typeof authentication === "string") return { authentication: ringOf({ 1: authentication }, {}) };
  const { keys, ...settings } = authentication ?? {};
  if (keys !== undefined) return { authentication: ringOf(keys, settings) };
  const stacks = agentKeys.vrrp(virtualRouterId);
  const { mode = stacks.mode, ...rest } = settings;
  return { authentication: { mode, ...rest, active: stacks.active, keys: stacks.keys } };
}

function ringOf(keys: NonNullable<KeyRingConfig["keys"]>, settings: Omit<KeyRingConfig, "keys">): VrrpAuthentication {
  const ids = Object.keys(keys).map(Number);
  const { mode = "enforce", active = Math.min(...ids), ...rest } = settings;
  return {
    mode,
    active,
    ...rest,
    keys: ids.toSorted((a, b) => a - b).map((id) => ({ id, secret: keys[id] ?? "" })),
  };
}

function passwordOf(vip: string, authentication: VipConfig["authentication"]): string {
  if (typeof authentication === "string") return authentication;
  throw new RangeError(`there is no password for VIP "${vip}": the configuration was not checked`);
}

function written<Key extends keyof VipConfig>(vip: VipConfig, keys: readonly Key[]): Partial<Pick<VipConfig, Key>> {
  const entries = keys.filter((key) => vip[key] !== undefined).map((key) => [key, vip[key]]);
  return Object.fromEntries(entries) as Partial<Pick<VipConfig, Key>>;
}

function hostPrefix(address: number): string {
  return `${formatIpv4(address)}/32`;
}
