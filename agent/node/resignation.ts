/**
 * What a dead agent owes its group: priority 0, so that a successor takes over at once; the addresses, kept until that
 * one is heard; then their removal. A Reactor like a living node, for the same loop.
 */
import { isHeld, parseAddress, type WantedAddress } from "../claims/address.ts";
import { resignationIntervalMicros } from "../election/timers.ts";
import { receiveVrrp, type VrrpEndpoint } from "../protocol/reception.ts";
import { encodeVrrp } from "../protocol/vrrp.ts";
import { AddressKeeper, nameOf } from "./addressKeeper.ts";
import { Endpoints, linkOf } from "./endpoints.ts";
import { isKernelError, type Kernel, type Link, type Reactor } from "./kernel.ts";
import { Refusals } from "./refusals.ts";
import type { Report, ReportFields } from "./report.ts";
import type { Standing, VirtualRouterStanding } from "./standing.ts";

const PRIORITY_RESIGN = 0;
const MICROS_PER_CENTISECOND = 10_000;

/** A virtual router whose addresses still answer here. */
interface Vacancy extends VrrpEndpoint {
  readonly router: VirtualRouterStanding;
  readonly deadlineMicros: number;
}

export class Resignation implements Reactor {
  readonly #standing: Standing;
  readonly #kernel: Kernel;
  readonly #report: Report;
  readonly #endpoints: Endpoints;
  readonly #addresses: AddressKeeper;
  #vacancies: readonly Vacancy[] = [];

  /** @param standing what the dead agent left behind. */
  constructor(standing: Standing, kernel: Kernel, report: Report) {
    this.#standing = standing;
    this.#kernel = kernel;
    this.#report = report;
    const refusals = new Refusals(report);
    this.#endpoints = new Endpoints(kernel, refusals);
    this.#addresses = new AddressKeeper(kernel, refusals);
    this.#addresses.manage(
      standing.virtualRouters.flatMap(({ addresses }) => addresses.map((text) => parseAddress(text).address)),
    );
  }

  /** Resigns for every virtual router that still holds an address, and takes off what the others left. */
  start(nowMicros: number): void {
    const links = this.#kernel.links();
    const masters = this.#standing.virtualRouters.filter((router) => isMasterStill(router, links));
    this.#endpoints.reconcile(new Set(masters.map(({ sourceAddress }) => sourceAddress)), links, nowMicros);
    this.#vacancies = masters
      .filter(({ sourceAddress }) => this.#endpoints.socketOf(sourceAddress) !== undefined)
      .map((router) => this.#resign(router, nowMicros));
    this.#removeWhatIsFree(nowMicros);
  }

  receive(datagram: Uint8Array, nowMicros: number): void {
    const result = receiveVrrp(datagram, this.#vacancies);
    if (!result.ok) return;
    const { endpoint, from, advertisement } = result.value;
    if (advertisement.priority === PRIORITY_RESIGN || from === endpoint.sourceAddress) return;
    this.#log("info", "successor heard", { virtualRouter: endpoint.router.name, successor: from });
    this.#fill(endpoint, nowMicros);
  }

  networkChanged(nowMicros: number): void {
    const links = this.#kernel.links();
    for (const vacancy of this.#vacancies) if (!isMasterStill(vacancy.router, links)) this.#fill(vacancy, nowMicros);
  }

  tick(nowMicros: number): void {
    for (const vacancy of this.#vacancies) {
      if (nowMicros < vacancy.deadlineMicros) continue;
      this.#log("warn", "no successor was heard", { virtualRouter: vacancy.router.name });
      this.#fill(vacancy, nowMicros);
    }
  }

  deadline(): number | undefined {
    if (this.#vacancies.length === 0) return undefined;
    return Math.min(...this.#vacancies.map(({ deadlineMicros }) => deadlineMicros));
  }

  get finished(): boolean {
    return this.#vacancies.length === 0;
  }

  #resign(router: VirtualRouterStanding, nowMicros: number): Vacancy {
    const { name, virtualRouterId, sourceAddress, peers, addresses, advertisementIntervalMicros } = router;
    const advertisement = {
      virtualRouterId,
      priority: PRIORITY_RESIGN,
      maxAdvertiseIntervalCentis: advertisementIntervalMicros / MICROS_PER_CENTISECOND,
      addresses: addresses.map((text) => parseAddress(text).address),
    };
    for (const peer of peers) {
      try {
        const message = encodeVrrp(advertisement, { source: sourceAddress, destination: peer });
        this.#endpoints.socketOf(sourceAddress)?.send(peer, message);
      } catch (error) {
        if (!isKernelError(error)) throw error;
        this.#log("warn", "could not resign", { virtualRouter: name, peer, error: error.code });
      }
    }
    this.#log("info", "resigned for a dead agent", { virtualRouter: name });
    const deadlineMicros = nowMicros + resignationIntervalMicros(advertisementIntervalMicros);
    return { router, virtualRouterId, sourceAddress, peers, deadlineMicros };
  }

  /** Somebody else has the virtual router now, or nobody will. */
  #fill(vacancy: Vacancy, nowMicros: number): void {
    this.#vacancies = this.#vacancies.filter((other) => other !== vacancy);
    this.#removeWhatIsFree(nowMicros);
  }

  /** Takes off every address but those that wait for a successor; what is gone already is not put back. */
  #removeWhatIsFree(nowMicros: number): void {
    const links = this.#kernel.links();
    const kept = this.#vacancies.flatMap(({ router }) => heldBy(router, links));
    for (const change of this.#addresses.reconcile(kept, links, nowMicros)) this.#log("info", nameOf(change), {});
  }

  #log(level: "info" | "warn", message: string, fields: ReportFields): void {
    this.#report({ kind: "log", level, message, fields });
  }
}

/** The dead agent was master, its addresses still answer, and its link can carry a resignation. */
function isMasterStill(router: VirtualRouterStanding, links: readonly Link[]): boolean {
  const wasMaster = router.role === "master" || router.role === "resigning";
  const isRunning = linkOf(router.sourceAddress, links)?.running ?? false;
  return wasMaster && isRunning && heldBy(router, links).length > 0;
}

function heldBy({ sourceAddress, addresses }: VirtualRouterStanding, links: readonly Link[]): WantedAddress[] {
  const link = linkOf(sourceAddress, links);
  if (link === undefined) return [];
  return addresses
    .map((text) => ({ linkIndex: link.index, ...parseAddress(text) }))
    .filter((place) => isHeld(place, links));
}
