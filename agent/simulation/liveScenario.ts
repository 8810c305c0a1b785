/** The scenario of a running agent: itself by its configuration and status, the other nodes as far as it knows them. */

import { ownEntry } from "../config/fields/ownEntry.ts";
import type { AgentConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import { PRIORITY } from "../config/schema/virtualRouter.ts";
import { impactOf } from "../health/demotion.ts";
import type { AgentStatus, PeerLinkStatus } from "../operator/agentStatus.ts";
import { type AdvertisedPreference, preferenceOf } from "../participant/participant.ts";
import type { Eligibilities, Eligibility } from "../virtualRouter/eligibility.ts";
import type { VirtualRouterStatus } from "../virtualRouter/status.ts";
import type { Member } from "./cluster.ts";
import { claimOfPreference } from "./preference.ts";
import { type Scenario, settledConfig } from "./scenario.ts";

/** What a running agent tells for its simulation. */
export interface SimulationBasis {
  /** In force now, without secrets. */
  readonly config: AgentConfig;
  readonly status: AgentStatus;
}

type PeerView = PeerLinkStatus["peers"][number];

/** Another node's part in a virtual router, as this node knows it. */
interface Part {
  readonly node: string;
  readonly router: VirtualRouterConfig;
  readonly sourceAddress: string;
  readonly claim: AdvertisedPreference;
  readonly takesPart: boolean;
}

export function liveScenario({ config, status }: SimulationBasis): Scenario {
  const parts = config.virtualRouters.flatMap((router) => partsOf(router, config, status));
  const masters = Object.fromEntries(
    config.virtualRouters.flatMap((router) => {
      const master = masterOf(router, config.node, status.virtualRouters, parts);
      return master === undefined ? [] : [[router.name, master] as const];
    }),
  );
  const others = [...new Set(parts.map(({ node }) => node))];
  const members = [ownMember({ config, status }), ...others.map((node) => otherMember(node, config, parts))];
  const withDeference = members.map((member) => ({ ...member, deferential: deferential(member, members, masters) }));
  return { members: withDeference, masters, notes: [...notesOn(config, parts), ...unknownChecks(others)] };
}

function ownMember({ config, status }: SimulationBasis): Member {
  const failed = status.checks.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
  const verdicts = new Map(failed.map((check) => [check, "failed" as const]));
  const hindrances = status.virtualRouters.map(({ name, claim }): [string, Eligibility] => {
    const track = config.virtualRouters.find((router) => router.name === name)?.track ?? {};
    const byChecks = impactOf(track, verdicts);
    const demotion = claim.demotion - (byChecks.kind === "demoted" ? byChecks.demotion : 0);
    // A sync group holds back by itself.
    const held = claim.held === "sync-group" ? undefined : (claim.held ?? undefined);
    return [name, { demotion: Math.max(0, demotion), held: byChecks.kind === "held" ? undefined : held }];
  });
  return { config: settledConfig(config), failed, hindrances: Object.fromEntries(hindrances), deferential: [] };
}

/** The other members of a virtual router: those on the peer link, and those whose advertisements are heard. */
function partsOf(router: VirtualRouterConfig, config: AgentConfig, status: AgentStatus): Part[] {
  const linked = (status.peerLink?.peers ?? []).flatMap((peer) => linkedPart(router, peer) ?? []);
  const heard = status.virtualRouters.find(({ name }) => name === router.name)?.peers ?? [];
  const others = heard.flatMap(({ address, claim, priority }): Part[] => {
    const isKnown = linked.some(({ sourceAddress }) => sourceAddress === address);
    if (isKnown || claim === null || priority === 0 || address === router.sourceAddress) return [];
    const node = nodeAt(address, config) ?? address;
    return [{ node, router, sourceAddress: address, claim, takesPart: true }];
  });
  return [...linked, ...others];
}

function linkedPart(router: VirtualRouterConfig, { node, state, routers }: PeerView): Part | undefined {
  const view = routers.find(({ name }) => name === router.name);
  if (view === undefined || state !== "connected" || view.protocol !== router.protocol) return undefined;
  const claim = claimOfPreference(router.protocol, view.preference);
  return { node, router, sourceAddress: view.sourceAddress, claim, takesPart: view.role !== "initialize" };
}

/** The node of the peer link that has an address. */
function nodeAt(address: string, { peerLink }: AgentConfig): string | undefined {
  return peerLink?.peers.find(({ paths }) => paths.includes(address))?.node;
}

function otherMember(node: string, config: AgentConfig, parts: readonly Part[]): Member {
  const own = parts.filter((part) => part.node === node);
  const hindrances: Eligibilities = Object.fromEntries(
    own.map(({ router, takesPart }): [string, Eligibility] => [
      router.name,
      { demotion: 0, held: takesPart ? undefined : "maintenance" },
    ]),
  );
  const virtualRouters = own.map((part) => otherRouter(part, parts));
  const peerLink = config.peerLink && { ...config.peerLink, peers: peersSeenFrom(node, config) };
  return {
    config: settledConfig({ ...config, node, virtualRouters, peerLink }),
    failed: [],
    hindrances,
    deferential: [],
  };
}

/** The peer link of another node: everybody but itself. */
function peersSeenFrom(node: string, { node: own, peerLink }: AgentConfig): NonNullable<typeof peerLink>["peers"] {
  const { listen = [], peers = [] } = peerLink ?? {};
  return [{ node: own, paths: listen }, ...peers.filter((peer) => peer.node !== node)];
}

/** A member's virtual router: as here, with its own address and strength, and checks that are not known. */
function otherRouter({ router, sourceAddress, claim, node }: Part, parts: readonly Part[]): VirtualRouterConfig {
  const members = parts.filter((part) => part.router === router && part.node !== node);
  const peers = router.peers.length === 0 ? [] : [router.sourceAddress, ...members.map((part) => part.sourceAddress)];
  const common = { sourceAddress, peers, track: {} };
  if (router.protocol === "vrrp" && claim.protocol === "vrrp") {
    return { ...router, ...common, priority: Math.min(PRIORITY.max, Math.max(PRIORITY.min, claim.priority)) };
  }
  if (router.protocol === "carp" && claim.protocol === "carp") {
    const { advertisementBase, advertisementSkew } = claim;
    return { ...router, ...common, advertisementBase, advertisementSkew };
  }
  throw new TypeError(`${node} speaks another protocol in ${router.name}`);
}

function masterOf(
  { name }: VirtualRouterConfig,
  own: string,
  routers: readonly VirtualRouterStatus[],
  parts: readonly Part[],
): string | undefined {
  const status = routers.find((router) => router.name === name);
  if (status?.role === "master" || status?.role === "resigning") return own;
  return parts.find((part) => part.router.name === name && part.sourceAddress === status?.masterAddress)?.node;
}

/** Where a better node is not master, it was handed over or must not preempt: it goes on so. */
function deferential(member: Member, members: readonly Member[], masters: Readonly<Record<string, string>>): string[] {
  return member.config.virtualRouters.flatMap(({ name }) => {
    const master = members.find(({ config }) => config.node === ownEntry(masters, name));
    if (master === undefined || master === member) return [];
    return strengthOf(member, name) > strengthOf(master, name) ? [name] : [];
  });
}

function strengthOf({ config, failed, hindrances }: Member, virtualRouter: string): number {
  const router = config.virtualRouters.find(({ name }) => name === virtualRouter);
  if (router === undefined) return -Infinity;
  const verdicts = new Map(failed.map((check) => [check, "failed" as const]));
  const byChecks = impactOf(router.track, verdicts);
  const demotion =
    (byChecks.kind === "demoted" ? byChecks.demotion : 0) + (ownEntry(hindrances, virtualRouter)?.demotion ?? 0);
  if (router.protocol === "vrrp") {
    const priority = router.priority === PRIORITY.owner ? PRIORITY.owner : Math.max(1, router.priority - demotion);
    return preferenceOf({ protocol: "vrrp", priority });
  }
  const { advertisementBase, advertisementSkew } = router;
  return preferenceOf({ protocol: "carp", advertisementBase, advertisementSkew, demotion });
}

function notesOn({ virtualRouters }: AgentConfig, parts: readonly Part[]): string[] {
  return virtualRouters.flatMap((router) => {
    const known = parts.filter((part) => part.router === router).map(({ sourceAddress }) => sourceAddress);
    const unknown = router.peers.filter((peer) => !known.includes(peer));
    if (unknown.length === 0) return [];
    return [`${router.name}: nothing is known of ${unknown.join(", ")}, which the simulation is without`];
  });
}

function unknownChecks(others: readonly string[]): string[] {
  return others.length === 0
    ? []
    : [`the checks of ${others.join(", ")} are not known here, only what they come to now`];
}
