/**
 * One machine's agent: several virtual routers over one kernel. Events come in, and what the elections ask for is
 * carried out at once. It never waits and never asks for the time, so that a loop on the real kernel and a simulation
 * drive the same code.
 */
import { isDeepStrictEqual } from "node:util";
import { parseAddress } from "../claims/address.ts";
import type { AgentConfig, VirtualRouterConfig } from "../config/document.ts";
import { encodeGratuitousArp } from "../protocol/arp.ts";
import { decodeIpv4 } from "../protocol/ip.ts";
import { receiveVrrp, type VrrpEndpoint } from "../protocol/reception.ts";
import { AddressKeeper, nameOf } from "./addressKeeper.ts";
import { Endpoints, linkOf } from "./endpoints.ts";
import { isKernelError, type Kernel, type Link, type Reactor } from "./kernel.ts";
import { LogLimit } from "./logLimit.ts";
import { Refusals } from "./refusals.ts";
import type { Report, ReportFields } from "./report.ts";
import type { Standing } from "./standing.ts";
import type { NodeStatus } from "./status.ts";
import { Tally } from "./tally.ts";
import { type Surroundings, VirtualRouter } from "./virtualRouter.ts";

/** What a new configuration did, by the names of virtual routers. */
export interface Reconfiguration {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export class AgentNode implements Reactor {
  readonly #kernel: Kernel;
  readonly #report: Report;
  readonly #refusals: Refusals;
  readonly #endpoints: Endpoints;
  readonly #addresses: AddressKeeper;
  readonly #surroundings: Surroundings;
  readonly #logLimit = new LogLimit();
  readonly #unassigned = new Tally();
  #config: AgentConfig;
  #routers: readonly VirtualRouter[];
  /** Taken out of the configuration, but still handing over. */
  #leaving: readonly VirtualRouter[] = [];
  #links: readonly Link[] = [];
  /** Something happened after which the addresses may have to change. */
  #unsettled = false;
  #stopping = false;
  #standing: Standing | undefined;

  constructor(config: AgentConfig, kernel: Kernel, report: Report) {
    this.#kernel = kernel;
    this.#report = report;
    this.#refusals = new Refusals(report);
    this.#endpoints = new Endpoints(kernel, this.#refusals);
    this.#addresses = new AddressKeeper(kernel, this.#refusals);
    this.#surroundings = {
      socketOf: (source) => this.#endpoints.socketOf(source),
      wallClockMs: () => kernel.wallClockMs(),
      report,
      changed: () => {
        this.#unsettled = true;
      },
      warn: (kind, message, fields, nowMicros) => {
        this.#warn(kind, message, fields, nowMicros);
      },
    };
    this.#config = config;
    this.#routers = config.virtualRouters.map((router) => new VirtualRouter(router, this.#surroundings));
  }

  /** Clears up what an earlier life left on the interfaces, then starts every virtual router. */
  start(nowMicros: number): void {
    this.#manageAddresses();
    this.#links = this.#kernel.links();
    for (const change of this.#addresses.reconcile([], this.#links, nowMicros)) {
      this.#log("warn", `leftover of an earlier run: ${nameOf(change)}`, {});
    }
    this.#followLinks(nowMicros);
    for (const router of this.#routers) router.start(nowMicros);
    this.#reportStanding();
    this.#settle(nowMicros);
  }

  receive(datagram: Uint8Array, nowMicros: number): void {
    const result = receiveVrrp(datagram, this.#present());
    if (!result.ok) {
      this.#drop(datagram, result.fault, nowMicros);
      return;
    }
    const { endpoint, from, advertisement } = result.value;
    endpoint.receive(from, advertisement, nowMicros);
    this.#settle(nowMicros);
  }

  networkChanged(nowMicros: number): void {
    this.#followLinks(nowMicros);
    this.#unsettled = true;
    this.#settle(nowMicros);
  }

  tick(nowMicros: number): void {
    for (const router of this.#present()) router.tick(nowMicros);
    const retry = this.#refusals.deadline();
    if (retry !== undefined && retry <= nowMicros) {
      this.#followLinks(nowMicros);
      this.#unsettled = true;
    }
    this.#settle(nowMicros);
  }

  deadline(): number | undefined {
    const deadlines = [this.#refusals.deadline(), ...this.#present().map((router) => router.deadline())];
    const due = deadlines.filter((deadline) => deadline !== undefined);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Hands everything over; `finished` when that is done. */
  shutdown(nowMicros: number): void {
    this.#stopping = true;
    for (const router of this.#routers) router.shutdown(nowMicros);
    this.#settle(nowMicros);
  }

  get finished(): boolean {
    return this.#stopping && this.#present().every(({ role }) => role === "initialize");
  }

  /** Takes over another configuration. What is the same in both goes on undisturbed. */
  reconfigure(config: AgentConfig, nowMicros: number): Reconfiguration {
    const before = new Map(this.#routers.map((router) => [identityOf(router), router]));
    const added: VirtualRouter[] = [];
    const changed: VirtualRouter[] = [];
    this.#config = config;
    this.#routers = config.virtualRouters.map((document) => {
      const router = before.get(identityOf(document)) ?? this.#newcomer(document, added);
      before.delete(identityOf(document));
      if (router.reconfigure(document)) changed.push(router);
      return router;
    });
    const removed = [...before.values()];
    this.#leaving = [...this.#leaving, ...removed];
    for (const router of removed) router.shutdown(nowMicros);

    this.#manageAddresses();
    this.#openEndpoints(nowMicros);
    this.#unsettled = true;
    this.#settle(nowMicros);
    for (const router of changed) router.reelect(nowMicros);
    this.#followLinks(nowMicros);
    if (!this.#stopping) for (const router of added) router.start(nowMicros);
    this.#reportStanding();
    this.#settle(nowMicros);
    const names = (routers: readonly VirtualRouter[]): string[] => routers.map(({ name }) => name);
    return { added: names(added), removed: names(removed), changed: names(changed) };
  }

  status(nowMicros: number): NodeStatus {
    const links = this.#lookAround(nowMicros);
    return {
      virtualRouters: this.#present().map((router) => router.status(links, nowMicros)),
      dropped: this.#unassigned.counts(),
    };
  }

  #present(): readonly VirtualRouter[] {
    return [...this.#routers, ...this.#leaving];
  }

  #newcomer(document: VirtualRouterConfig, added: VirtualRouter[]): VirtualRouter {
    // One that is still leaving and is wanted again ends here: the addresses go, and it starts as a backup.
    this.#leaving = this.#leaving.filter((router) => identityOf(router) !== identityOf(document));
    const router = new VirtualRouter(document, this.#surroundings);
    added.push(router);
    return router;
  }

  #manageAddresses(): void {
    const texts = this.#config.virtualRouters.flatMap(({ addresses }) => addresses);
    this.#addresses.manage(texts.map((text) => parseAddress(text).address));
  }

  /** Brings sockets and elections in step with the links. */
  #followLinks(nowMicros: number): void {
    this.#openEndpoints(nowMicros);
    for (const router of this.#present()) {
      const isRunning = linkOf(router.sourceAddress, this.#links)?.running ?? false;
      const isHeard = this.#endpoints.socketOf(router.sourceAddress) !== undefined;
      router.setLink(isRunning && isHeard, nowMicros);
    }
  }

  #openEndpoints(nowMicros: number): void {
    this.#links = this.#lookAround(nowMicros);
    const sources = new Set(this.#present().map(({ sourceAddress }) => sourceAddress));
    this.#endpoints.reconcile(sources, this.#links, nowMicros);
  }

  /** Carries out what the elections decided: addresses first, then their announcements. */
  #settle(nowMicros: number): void {
    if (this.#unsettled) {
      this.#unsettled = false;
      this.#links = this.#lookAround(nowMicros);
      const wanted = this.#present().flatMap((router) => router.wanted(this.#links));
      const changes = this.#addresses.reconcile(wanted, this.#links, nowMicros);
      for (const change of changes) {
        this.#log("info", nameOf(change), {});
        if (change.kind === "add") this.#holderOf(change.address.address)?.announceAgain(nowMicros);
      }
      this.#leaving = this.#leaving.filter(({ role }) => role !== "initialize");
      this.#reportStanding();
    }
    for (const router of this.#present()) this.#announce(router, router.takeAnnouncement(nowMicros), nowMicros);
  }

  #holderOf(address: string): VirtualRouter | undefined {
    return this.#present().find((router) => router.wanted(this.#links).some((want) => want.address === address));
  }

  #announce(router: VirtualRouter, addresses: readonly string[], nowMicros: number): void {
    if (addresses.length === 0) return;
    // The hardware address may have changed since the link was last looked at, so it is read for each announcement.
    const link = linkOf(router.sourceAddress, this.#lookAround(nowMicros));
    if (link === undefined || link.mac === "") return;
    for (const address of addresses) {
      // What the kernel refused to take on is not this machine's to speak for.
      if (!link.addresses.some((held) => held.address === address)) continue;
      try {
        this.#kernel.transmit(link.index, encodeGratuitousArp(link.mac, address));
      } catch (error) {
        if (!isKernelError(error)) throw error;
        const fields = { virtualRouter: router.name, address, error: error.code };
        this.#warn(`${router.name} announce ${error.code}`, "announcement not sent", fields, nowMicros);
      }
    }
  }

  /** The links now; those seen before when the kernel cannot tell, e.g. because they keep changing. */
  #lookAround(nowMicros: number): readonly Link[] {
    try {
      const links = this.#kernel.links();
      this.#refusals.replace("links", new Map(), nowMicros);
      return links;
    } catch (error) {
      if (!isKernelError(error)) throw error;
      this.#refusals.replace("links", new Map([["list the network interfaces", error.code]]), nowMicros);
      return this.#links;
    }
  }

  /** Counts a datagram that reached no election, at the virtual router it was meant for if that can be told. */
  #drop(datagram: Uint8Array, fault: string, nowMicros: number): void {
    const ip = decodeIpv4(datagram);
    const router = ip.ok
      ? this.#present().find(
          ({ sourceAddress, virtualRouterId }) =>
            sourceAddress === ip.value.destination && virtualRouterId === ip.value.payload[1],
        )
      : undefined;
    (router?.dropped ?? this.#unassigned).count(fault);
    const from = ip.ok ? ip.value.source : "unknown";
    const name = router?.name ?? "none";
    this.#warn(`drop ${name} ${fault}`, "packet dropped", { virtualRouter: name, reason: fault, from }, nowMicros);
  }

  #reportStanding(): void {
    const virtualRouters = this.#present().map((router) => router.standing());
    const standing = { node: this.#config.node, virtualRouters };
    if (isDeepStrictEqual(standing, this.#standing)) return;
    this.#standing = standing;
    this.#report({ kind: "standing", standing });
  }

  #warn(kind: string, message: string, fields: ReportFields, nowMicros: number): void {
    const suppressed = this.#logLimit.admit(kind, nowMicros);
    if (suppressed !== undefined) this.#log("warn", message, suppressed > 0 ? { ...fields, suppressed } : fields);
  }

  #log(level: "info" | "warn", message: string, fields: ReportFields): void {
    this.#report({ kind: "log", level, message, fields });
  }
}

/** What makes a virtual router the same one under another configuration: its id, and its segment told by the own address. */
function identityOf({ virtualRouterId, sourceAddress }: VrrpEndpoint): string {
  return `${virtualRouterId} on ${sourceAddress}`;
}
