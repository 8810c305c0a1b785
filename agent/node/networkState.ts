/**
 * This machine's interfaces in the node's hands: its sockets, the addresses on them and their leases, virtual MACs,
 * preferred sources, announcements. The virtual routers say what they want; this makes it so, and tries again what the
 * operating system refused.
 */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { earliest } from "../election/timers.ts";
import type { AddressConflictStatus } from "../interfaces/addressConflicts.ts";
import { AddressConflicts, type Claimant } from "../interfaces/addressConflicts.ts";
import type { AddressChange, WantedAddress } from "../interfaces/addressPlan.ts";
import { Announcer } from "../interfaces/announcer.ts";
import { FailedOperations } from "../interfaces/failedOperations.ts";
import { InterfaceAddresses } from "../interfaces/interfaceAddresses.ts";
import { type Kernel, type Link, type ProtocolSocket } from "../interfaces/kernel.ts";
import { PreferredSources } from "../interfaces/preferredSources.ts";
import { audienceOf, ProtocolSockets, type SocketNeed } from "../interfaces/protocolSockets.ts";
import { type Departed, Redirector } from "../interfaces/redirector.ts";
import { VirtualInterfaces, virtualInterfaceOf } from "../interfaces/virtualInterfaces.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import type { Warn } from "../logging/logLine.ts";
import { type Machine, machineOf, type Obstacle, obstaclesOf } from "../virtualRouter/obstacles.ts";
import type { Report } from "../virtualRouter/report.ts";
import type { VirtualRouter } from "../virtualRouter/virtualRouter.ts";

export class NetworkState {
  readonly #kernel: Kernel;
  readonly #failedOperations: FailedOperations;
  readonly #protocolSockets: ProtocolSockets;
  readonly #addresses: InterfaceAddresses;
  readonly #interfaces: VirtualInterfaces;
  readonly #preferredSources: PreferredSources;
  readonly #announcer: Announcer;
  readonly #redirector: Redirector;
  readonly #conflicts: AddressConflicts;
  #links: readonly Link[] = [];
  #machine: Machine = machineOf([]);

  constructor(kernel: Kernel, report: Report, warn: Warn) {
    this.#kernel = kernel;
    this.#failedOperations = new FailedOperations(report);
    this.#protocolSockets = new ProtocolSockets(kernel, this.#failedOperations);
    this.#addresses = new InterfaceAddresses(kernel, this.#failedOperations);
    this.#interfaces = new VirtualInterfaces(kernel, this.#failedOperations);
    this.#preferredSources = new PreferredSources(kernel, this.#failedOperations);
    this.#announcer = new Announcer(kernel, warn);
    this.#redirector = new Redirector(kernel, warn);
    this.#conflicts = new AddressConflicts(kernel, report, warn);
  }

  /** The links as they were looked at last. */
  get links(): readonly Link[] {
    return this.#links;
  }

  socketOf(need: SocketNeed): ProtocolSocket | undefined {
    return this.#protocolSockets.socketOf(need);
  }

  /** What is in a virtual router's way, by the links as they were looked at last. */
  obstaclesOf(config: VirtualRouterConfig): readonly Obstacle[] {
    return obstaclesOf(config, this.#machine, this.socketOf(config) !== undefined);
  }

  /** Looks at the links; those seen before stand in when the kernel cannot tell, e.g. because they keep changing. */
  lookAround(nowMicros: number): readonly Link[] {
    try {
      const links = this.#kernel.links();
      if (links !== this.#links) this.#machine = machineOf(links);
      this.#links = links;
      this.#failedOperations.replace("links", new Map(), nowMicros);
    } catch (error) {
      if (!isKernelError(error)) throw error;
      this.#failedOperations.replace("links", new Map([["list the network interfaces", error.code]]), nowMicros);
    }
    return this.#links;
  }

  /** Has sockets for these virtual routers, and no others. */
  open(configs: readonly VirtualRouterConfig[], nowMicros: number): void {
    this.lookAround(nowMicros);
    this.#protocolSockets.reconcile(configs, this.#links, nowMicros);
  }

  /** Hears nobody but those whom these virtual routers listen to. */
  hearOnly(configs: readonly VirtualRouterConfig[]): void {
    this.#protocolSockets.hearOnly((need) => audienceOf(need, configs));
  }

  hearEverybody(): void {
    this.#protocolSockets.hearOnly(() => undefined);
  }

  /**
   * Has the addresses that these virtual routers want, and no others that the agent set. @returns what it changed.
   * @param concerned those of them that may want others than before, when nothing else can have changed.
   */
  applyAddresses(
    routers: readonly VirtualRouter[],
    nowMicros: number,
    concerned: readonly VirtualRouter[] = routers,
  ): AddressChange[] {
    // A preference is of an interface, and so are those of others.
    const some = concerned === routers || concerned.some(prefersSource) ? undefined : concerned;
    this.lookAround(nowMicros);
    if (some?.some(({ config }) => virtualInterfaceOf(config) !== undefined) ?? true)
      this.#applyInterfaces(routers, nowMicros);
    const wanted = (some ?? routers).flatMap((router) => router.wanted(this.#links, nowMicros));
    if (some !== undefined) {
      const addresses = new Set(some.flatMap(({ addresses }) => addresses));
      return this.#reconcile(wanted, nowMicros, addresses);
    }
    const changes = this.#reconcile(wanted, nowMicros);
    const configs = routers.map(({ config }) => config);
    this.#preferredSources.reconcile(configs, wanted, this.#links, nowMicros);
    return changes;
  }

  #reconcile(wanted: readonly WantedAddress[], nowMicros: number, concerned?: ReadonlySet<string>): AddressChange[] {
    const changes = this.#addresses.reconcile(wanted, this.#links, nowMicros, concerned);
    for (const change of changes) if (change.kind === "remove") this.#conflicts.left(change, nowMicros);
    return changes;
  }

  #applyInterfaces(routers: readonly VirtualRouter[], nowMicros: number): void {
    // A backup has none: its interface would take in what floods the segment for the virtual MAC.
    const holding = routers.filter(({ ownsAddresses: isHolding }) => isHolding).map(({ config }) => config);
    if (this.#interfaces.reconcile(holding, this.#links, nowMicros)) this.lookAround(nowMicros);
  }

  /** Leads neighbours to the master that an address was given up to. */
  redirect(departed: Departed, nowMicros: number): void {
    this.#redirector.begin(departed, nowMicros);
  }

  /** Sends the announcements that are due, of own addresses and of those that were given up. */
  announce(routers: readonly VirtualRouter[], nowMicros: number): void {
    for (const router of routers) {
      if (!router.isAnnouncementDue(nowMicros)) continue;
      const announcements = router.takeAnnouncements(() => this.lookAround(nowMicros), nowMicros);
      this.#announcer.announce(router.name, announcements, nowMicros);
      this.#conflicts.announced(router, announcements, nowMicros);
    }
    const follows = (name: string): boolean => routers.some((router) => router.name === name && router.followsMaster);
    this.#redirector.advance(follows, this.#links, nowMicros);
    this.#conflicts.advance(nowMicros);
  }

  /** A host of the segment says that it has a watched address. @param claimantOf the virtual router here that holds it. */
  overhear(frame: Uint8Array, claimantOf: (address: string) => Claimant | undefined, nowMicros: number): void {
    this.#conflicts.overhear(frame, claimantOf, this.#links, nowMicros);
  }

  conflictsOf(router: Claimant): readonly AddressConflictStatus[] {
    return this.#conflicts.status(router);
  }

  /** The addresses whose leases are to be renewed now. */
  dueLeases(nowMicros: number): readonly string[] {
    return this.#addresses.due(nowMicros);
  }

  /** When something that was refused is to be tried again. */
  retryDeadline(): number | undefined {
    return this.#failedOperations.deadline();
  }

  deadline(): number | undefined {
    return earliest([
      this.#failedOperations.deadline(),
      this.#addresses.deadline(),
      this.#redirector.deadline(),
      this.#conflicts.deadline(),
    ]);
  }
}

function prefersSource({ config }: VirtualRouter): boolean {
  return config.addresses.some(({ preferredSource }) => preferredSource);
}
