/**
 * What the main thread of one process of the agent does, with the agent's own machines: verdicts of checks, the
 * operator's word, what the peer link tells, and the claim on the public address. See daemon/mainThread.ts and its parts.
 */

import { virtualRouterDigest } from "../../../agent/config/digest.ts";
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import { bestSuccessor, formerMasters } from "../../../agent/daemon/successor.ts";
import { impactOf } from "../../../agent/health/demotion.ts";
import { firstVerdict, judge, type Verdict, type VerdictState } from "../../../agent/health/verdict.ts";
import type { AgentNode } from "../../../agent/node/node.ts";
import { holdOf, type OperatorState } from "../../../agent/operator/operatorState.ts";
import type { PeerView, RouterView } from "../../../agent/peers/protocol/view.ts";
import type { GroupView } from "../../../agent/publicAddress/groupView.ts";
import type { Eligibility } from "../../../agent/virtualRouter/eligibility.ts";
import type { NodeState } from "../../../agent/virtualRouter/nodeState.ts";
import { instanceOf } from "../machine/group.ts";
import type { Server } from "../machine/server.ts";
import type { Listener } from "../network/peerPair.ts";
import { type ClaimSurroundings, PublicClaim } from "./publicClaim.ts";
import type { Surroundings } from "./surroundings.ts";

/** The host that the process runs on, as its main thread needs it. */
interface Owner {
  readonly name: string;
  readonly config: AgentConfig;
  readonly operator: OperatorState;
  readonly server: Server;
  readonly world: Surroundings;
  noteHandedOver(virtualRouter: string): void;
  claimSurroundings(main: MainPart): ClaimSurroundings;
}

export class MainPart implements Listener {
  readonly #host: Owner;
  readonly #node: AgentNode;
  #check: VerdictState;
  #standing: NodeState | undefined;
  #claim: PublicClaim | undefined;
  readonly #lastViews = new Map<string, readonly RouterView[]>();
  /** Who is to succeed where an operator named somebody. */
  #heir: string | undefined;

  constructor(host: Owner, node: AgentNode) {
    this.#host = host;
    this.#node = node;
    this.#check = firstVerdict("good", host.server.clock.micros);
  }

  get publicClaim(): PublicClaim | undefined {
    return this.#claim;
  }

  /** What is left of the claims: the checks first, then the cloud's loss, and the operator above all. */
  claims(): Map<string, Eligibility> {
    const { config, operator, server } = this.#host;
    const hold = holdOf(operator, server.clock.wallMs);
    return new Map(
      config.virtualRouters.map(({ name, track, publicAddresses }) => {
        const claim = impactOf(track, new Map([["uplink", this.#check.verdict]]));
        const mayRelease = publicAddresses.some(({ onWitnessLoss }) => onWitnessLoss === "release");
        const isLost = mayRelease && (this.#claim?.state.isWitnessLost ?? false);
        const own = claim.kind === "held" ? claim.reason : undefined;
        const held = hold ?? (isLost ? "witness-lost" : own);
        return [name, { demotion: claim.kind === "held" ? 0 : claim.demotion, held }];
      }),
    );
  }

  imposeClaims(): void {
    this.#node.setEligibilities(this.claims(), this.#host.server.clock.micros);
    this.say();
  }

  /** A look of the check. */
  looked(verdict: Verdict): void {
    const before = this.#check.verdict;
    const rule = { kind: "counted", rise: 2, fall: 2 } as const;
    this.#check = judge(rule, this.#check, { verdict, reason: "simulated" }, this.#host.server.clock.micros);
    if (this.#check.verdict !== before) this.imposeClaims();
  }

  /** The protocol's thread reported roles and claims. */
  follow(standing: NodeState): void {
    const before = this.#standing;
    this.#standing = standing;
    this.say();
    for (const { role, config } of standing.virtualRouters) {
      const was = before?.virtualRouters.find((router) => router.config.name === config.name)?.role;
      if (role === "resigning" && was !== "resigning") this.#offer(config.name);
    }
    this.#followPublicAddress();
  }

  handOver(to: string | undefined): void {
    this.#heir = to;
    for (const router of this.#standing?.virtualRouters ?? []) {
      if (router.role !== "master") continue;
      this.#host.noteHandedOver(router.config.name);
      this.#node.dispatch({ kind: "hand-over" }, router.config.name, this.#host.server.clock.micros);
    }
  }

  say(): void {
    const { name, config, operator, server, world } = this.#host;
    const routers = (this.#standing?.virtualRouters ?? []).map(({ config: router, role, preference }): RouterView => {
      const { protocol, virtualRouterId, sourceAddress } = router;
      const digest = virtualRouterDigest(router, config.syncGroups);
      return { name: router.name, protocol, virtualRouterId, sourceAddress, role, preference, digest };
    });
    const inMaintenance = holdOf(operator, server.clock.wallMs) === "maintenance";
    world.peerLinks.say(name, { routers, instanceId: instanceOf(name), inMaintenance });
  }

  suspected(peer: PeerView): void {
    this.#bereave(peer, peer.routers);
  }

  lost(peer: PeerView): void {
    this.#bereave(peer, peer.routers);
    this.#claim?.setGroup(this.#groupView());
  }

  changed(peer: PeerView): void {
    this.#bereave(peer, formerMasters(this.#lastViews.get(peer.node) ?? [], peer.routers));
    this.#claim?.setGroup(this.#groupView());
  }

  offered(virtualRouter: string): void {
    this.#node.dispatch({ kind: "succeed" }, virtualRouter, this.#host.server.clock.micros);
  }

  stop(): void {
    this.#claim?.stop();
  }

  #bereave(peer: PeerView, routers: readonly RouterView[]): void {
    for (const { name, sourceAddress } of routers) {
      this.#node.dispatch({ kind: "peer-lost", from: sourceAddress }, name, this.#host.server.clock.micros);
    }
    this.#lastViews.set(peer.node, peer.routers);
  }

  #offer(virtualRouter: string): void {
    const { name, world } = this.#host;
    const heir = this.#heir ?? bestSuccessor(world.peerLinks.peers(name), virtualRouter);
    this.#heir = undefined;
    if (heir !== undefined) world.peerLinks.offer(name, heir, virtualRouter);
  }

  #followPublicAddress(): void {
    const router = this.#host.config.virtualRouters.find(({ publicAddresses }) => publicAddresses.length > 0);
    const [address] = router?.publicAddresses ?? [];
    if (router === undefined || address === undefined) return;
    const rules = { self: instanceOf(this.#host.name), takeBackMicros: address.takeBackAfter };
    this.#claim ??= new PublicClaim(rules, this.#groupView(), this.#host.claimSurroundings(this));
    const role = this.#standing?.virtualRouters.find(({ config }) => config.name === router.name)?.role;
    // One that resumes does not know yet whether it keeps its addresses: nothing changes meanwhile.
    if (role !== "resuming") this.#claim.setMastership(role === "master");
    this.#claim.setGroup(this.#groupView());
  }

  #groupView(): GroupView {
    const own = this.#standing?.virtualRouters[0];
    const members = this.#host.world.peerLinks.peers(this.#host.name).map((peer) => {
      const theirs = peer.routers.find(({ name }) => name === own?.config.name);
      return {
        node: peer.node,
        instance: peer.instanceId,
        reachable: peer.state === "connected" && peer.protocolAlive,
        isMaster: theirs?.role === "master",
        preference: theirs?.preference ?? 0,
        inMaintenance: peer.inMaintenance && peer.state === "connected",
      };
    });
    return { preference: own?.preference ?? 0, members };
  }
}
