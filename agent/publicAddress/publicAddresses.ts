/** The public addresses of this node's virtual routers: which of them to claim, what the peers have to do with it, and how they stand. */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { failureOf } from "../clouds/apiFailure.ts";
import { findInstanceId } from "../clouds/instanceIdentity.ts";
import { openstackFloatingIp } from "../clouds/openstackFloatingIp.ts";
import { ovhFailoverIp } from "../clouds/ovhFailoverIp.ts";
import type { RouteApi } from "../clouds/routeApi.ts";
import type { AgentConfig, PublicAddressConfig, VirtualRouterConfig } from "../config/schema/document.ts";
import type { Log } from "../logging/log.ts";
import type { PeerView } from "../peers/protocol/view.ts";
import type { NodeState, VirtualRouterState } from "../virtualRouter/nodeState.ts";
import type { GroupView } from "./groupView.ts";
import type { PublicAddressStatus } from "./routeDriver.ts";
import { RouteDriver } from "./routeDriver.ts";
import type { PublicAddressRules } from "./routeState.ts";

const IDENTITY_RETRY_MS = 5_000;

/** One claim with what it was made of: another making is another claim. */
interface Followed {
  readonly making: unknown;
  readonly driver: RouteDriver;
  readonly onWitnessLoss: "hold" | "release";
  readonly virtualRouter: string;
}

export class PublicAddresses {
  readonly #log: Log;
  readonly #peers: () => readonly PeerView[];
  readonly #changed: () => void;
  readonly #followed = new Map<string, Followed>();
  readonly #identifying = new AbortController();
  #config: AgentConfig;
  #nodeState: NodeState | undefined;
  #instanceId: string | undefined;
  #search: Promise<void> | undefined;

  /**
   * @param peers what the peer link knows; nobody without one
   * @param changed called when this node came to know which instance it is, or the API was lost or came back
   */
  constructor(config: AgentConfig, log: Log, peers: () => readonly PeerView[], changed: () => void) {
    this.#config = config;
    this.#log = log;
    this.#peers = peers;
    this.#changed = changed;
  }

  /** This machine, as its cloud knows it; undefined as long as it is not known, or nobody needs it. */
  get instanceId(): string | undefined {
    return this.#instanceId;
  }

  reconfigure(config: AgentConfig): void {
    this.#config = config;
    if (this.#nodeState !== undefined) this.follow(this.#nodeState);
  }

  /** Brings the claims in step with the roles. */
  follow(nodeState: NodeState): void {
    this.#nodeState = nodeState;
    const wanted = this.#config.virtualRouters.flatMap((router) =>
      router.publicAddresses.map((address) => ({ router, address })),
    );
    if (wanted.length === 0 || this.#identity() !== undefined) this.#reconcile(wanted, nodeState);
  }

  /** The peer link knows another thing of the others than before. */
  groupChanged(): void {
    for (const { driver, virtualRouter } of this.#followed.values()) driver.setGroup(this.#groupOf(virtualRouter));
  }

  /** Virtual routers that are to be given up because the API is out of reach. */
  releasedByWitness(): ReadonlySet<string> {
    const lost = [...this.#followed.values()].filter(
      ({ driver, onWitnessLoss }) => onWitnessLoss === "release" && driver.isWitnessLost,
    );
    return new Set(lost.map(({ virtualRouter }) => virtualRouter));
  }

  /** Resolves once all of a virtual router's addresses lead here, or are left to others. @throws the signal's reason */
  async arrival(virtualRouter: string, signal: AbortSignal): Promise<void> {
    const drivers = [...this.#followed.values()].filter((followed) => followed.virtualRouter === virtualRouter);
    await Promise.all(drivers.map(({ driver }) => driver.arrival(signal)));
  }

  status(): PublicAddressStatus[] {
    return Array.from(this.#followed.values(), ({ driver }) => driver.status());
  }

  stop(): void {
    this.#identifying.abort();
    for (const { driver } of this.#followed.values()) driver.stop();
    this.#followed.clear();
  }

  #reconcile(
    wanted: readonly { readonly router: VirtualRouterConfig; readonly address: PublicAddressConfig }[],
    { virtualRouters }: NodeState,
  ): void {
    const names = wanted.map(({ address }) => address.address);
    for (const [name, { driver }] of this.#followed) {
      if (names.includes(name)) continue;
      driver.stop();
      this.#followed.delete(name);
    }
    for (const { router, address } of wanted) {
      const { driver } = this.#driverOf(router, address);
      const role = virtualRouters.find(({ config }) => config.name === router.name)?.role;
      // One that resumes has its addresses, and does not know yet whether it keeps them: nothing changes meanwhile.
      if (role !== "resuming") driver.setMastership(role === "master");
      driver.setGroup(this.#groupOf(router.name));
    }
  }

  #driverOf(router: VirtualRouterConfig, address: PublicAddressConfig): Followed {
    const { ovh, openstack } = this.#config;
    const rules: PublicAddressRules = {
      self: this.#instanceId ?? "",
      takeBackMicros: address.takeBackAfter,
    };
    const access = address.kind === "ovhFailoverIp" ? ovh : openstack;
    const making = { address, rules, access, router: router.name, source: router.sourceAddress };
    const known = this.#followed.get(address.address);
    if (known !== undefined && isDeepStrictEqual(known.making, making)) return known;
    known?.driver.stop();
    const subject = { virtualRouter: router.name, kind: address.kind, address: address.address };
    const api = this.#apiFor(address, router);
    const group = this.#groupOf(router.name);
    const driver = new RouteDriver(subject, api, rules, group, this.#log, this.#changed);
    const followed = { making, driver, onWitnessLoss: address.onWitnessLoss, virtualRouter: router.name };
    this.#followed.set(address.address, followed);
    return followed;
  }

  #apiFor({ kind, address }: PublicAddressConfig, { sourceAddress }: VirtualRouterConfig): RouteApi {
    const { ovh, openstack } = this.#config;
    const self = this.#instanceId ?? "";
    if (kind === "ovhFailoverIp" && ovh !== undefined) return ovhFailoverIp(ovh, address, self);
    if (kind === "openstackFloatingIp" && openstack !== undefined) {
      return openstackFloatingIp(openstack, address, self, sourceAddress);
    }
    throw new RangeError(`there is no way to the API of ${address}: the configuration was not checked`);
  }

  /** As written, or as found before; otherwise begins to look for it. */
  #identity(): string | undefined {
    const configured = this.#config.instanceId;
    if (configured !== undefined) this.#instanceId = configured;
    if (this.#instanceId === undefined) this.#search ??= this.#identify();
    return this.#instanceId;
  }

  async #identify(): Promise<void> {
    const { signal } = this.#identifying;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        this.#instanceId = await findInstanceId(signal);
        this.#log.info({ instanceId: this.#instanceId }, "this machine, as its cloud knows it");
        if (this.#nodeState !== undefined) this.follow(this.#nodeState);
        this.#changed();
        return;
      } catch (error) {
        if (isFirst) this.#log.error({}, failureOf(error).message);
      }
      // Aborted, the loop ends.
      await delay(IDENTITY_RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #groupOf(virtualRouter: string): GroupView {
    const own = this.#nodeState?.virtualRouters.find(({ config }) => config.name === virtualRouter);
    return { preference: own?.preference ?? 0, members: this.#peers().map((peer) => memberOf(peer, own)) };
  }
}

function memberOf(
  { node, state, protocolAlive, routers, instanceId, inMaintenance }: PeerView,
  own: VirtualRouterState | undefined,
): GroupView["members"][number] {
  const theirs = routers.find(({ name }) => name === own?.config.name);
  return {
    node,
    instance: instanceId,
    reachable: state === "connected" && protocolAlive,
    isMaster: theirs?.role === "master",
    preference: theirs?.preference ?? 0,
    // What an operator said of a node that is gone since is no word for now.
    inMaintenance: inMaintenance && state === "connected",
  };
}
