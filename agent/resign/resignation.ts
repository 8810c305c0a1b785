/**
 * What a dead agent owes its group: a farewell, so that a successor takes over at once; the addresses, kept until that
 * one is heard; then their removal. A Reactor like a living node, for the same loop.
 */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { isBowOut } from "../election/carp/claim.ts";
import { RESIGNATION_MICROS } from "../election/carp/timers.ts";
import { earliest, resignationIntervalMicros } from "../election/timers.ts";
import { placesOf } from "../interfaces/addressOwnership.ts";
import { isHeld, type WantedAddress } from "../interfaces/addressPlan.ts";
import { FailedOperations } from "../interfaces/failedOperations.ts";
import { InterfaceAddresses, nameOf } from "../interfaces/interfaceAddresses.ts";
import { type Kernel, type Link, type Reactor } from "../interfaces/kernel.ts";
import { linkOf, ProtocolSockets } from "../interfaces/protocolSockets.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import type { LogFields } from "../logging/logLine.ts";
import { createParticipant } from "../participant/createParticipant.ts";
import type { Packet } from "../protocol/packet/packet.ts";
import { type ProtocolEndpoint, type Received, receive } from "../protocol/reception.ts";
import { PRIORITY_RESIGN } from "../protocol/vrrp.ts";
import { destinationsOf } from "../virtualRouter/advertiser.ts";
import type { NodeState, VirtualRouterState } from "../virtualRouter/nodeState.ts";
import type { Report } from "../virtualRouter/report.ts";

/** A virtual router whose addresses still answer here. */
interface Vacancy extends ProtocolEndpoint {
  readonly config: VirtualRouterConfig;
  readonly deadlineMicros: number;
}

export class Resignation implements Reactor {
  readonly #nodeState: NodeState;
  readonly #kernel: Kernel;
  readonly #report: Report;
  readonly #protocolSockets: ProtocolSockets;
  readonly #addresses: InterfaceAddresses;
  #vacancies: readonly Vacancy[] = [];
  /** Given up by nobody and wanted by nobody: their leases decide. */
  #unclaimed: readonly VirtualRouterConfig[] = [];

  /** @param nodeState what the dead agent left behind. */
  constructor(nodeState: NodeState, kernel: Kernel, report: Report) {
    this.#nodeState = nodeState;
    this.#kernel = kernel;
    this.#report = report;
    const failedOperations = new FailedOperations(report);
    this.#protocolSockets = new ProtocolSockets(kernel, failedOperations);
    this.#addresses = new InterfaceAddresses(kernel, failedOperations);
  }

  /** Resigns for every virtual router that still holds an address, and takes off what the others left. */
  start(nowMicros: number): void {
    const links = this.#kernel.links();
    const masters = this.#nodeState.virtualRouters.filter((router) => isMasterStill(router, links));
    this.#protocolSockets.reconcile(
      masters.map(({ config }) => config),
      links,
      nowMicros,
    );
    this.#vacancies = masters
      .filter(({ config }) => this.#protocolSockets.socketOf(config) !== undefined)
      .map((router) => this.#resign(router, links, nowMicros));
    this.#settle(nowMicros);
  }

  receive(packet: Packet, nowMicros: number): void {
    const result = receive(packet, this.#vacancies);
    if (!result.ok) return;
    const { endpoint, from } = result.value;
    if (isFarewell(result.value) || from === endpoint.sourceAddress) return;
    this.#log("info", "successor heard", { virtualRouter: endpoint.config.name, successor: from });
    this.#fill(endpoint, nowMicros);
  }

  networkChanged(nowMicros: number): void {
    const links = this.#kernel.links();
    for (const vacancy of this.#vacancies) {
      const isHere = linkOf(vacancy.config, links)?.running ?? false;
      if (!isHere || heldBy(vacancy.config, links).length === 0) this.#fill(vacancy, nowMicros);
    }
  }

  tick(nowMicros: number): void {
    for (const vacancy of this.#vacancies) {
      if (nowMicros < vacancy.deadlineMicros) continue;
      this.#leave(vacancy.config);
      this.#fill(vacancy, nowMicros);
    }
    if (this.#addresses.due(nowMicros).length > 0) this.#settle(nowMicros);
  }

  deadline(): number | undefined {
    if (this.finished) return undefined;
    return earliest([this.#addresses.deadline(), ...this.#vacancies.map(({ deadlineMicros }) => deadlineMicros)]);
  }

  get finished(): boolean {
    return this.#vacancies.length === 0;
  }

  #resign({ config, memory }: VirtualRouterState, links: readonly Link[], nowMicros: number): Vacancy {
    const { name: virtualRouter } = config;
    const dead = createParticipant(config, () => undefined, this.#kernel, memory);
    const resignMessage = dead.resignMessage();
    for (const destination of destinationsOf(config)) {
      try {
        this.#protocolSockets.socketOf(config)?.send(destination, resignMessage(destination));
      } catch (error) {
        if (!isKernelError(error)) throw error;
        this.#log("warn", "could not resign", { virtualRouter, peer: destination, error: error.code });
      }
    }
    this.#log("info", "resigned for a dead agent", { virtualRouter });
    const { protocol, virtualRouterId, sourceAddress, peers, multicast, minimumTtl } = config;
    return {
      config,
      ...{ protocol, virtualRouterId, sourceAddress, peers, multicast, minimumTtl },
      linkIndex: linkOf(config, links)?.index ?? 0,
      deadlineMicros: nowMicros + patienceMicros(config),
    };
  }

  /**
   * Nobody took over. Addresses with a lease stay for as long as that lasts: the agent that is started again meanwhile
   * goes on with them, and without one the kernel takes them off.
   */
  #leave(config: VirtualRouterConfig): void {
    const isLeased = config.lease !== "off";
    if (isLeased) this.#unclaimed = [...this.#unclaimed, config];
    const fields = { virtualRouter: config.name, addresses: isLeased ? "left to their lease" : "taken off" };
    this.#log("warn", "no successor was heard", fields);
  }

  /** Somebody else has the virtual router now, or nobody will. */
  #fill(vacancy: Vacancy, nowMicros: number): void {
    this.#vacancies = this.#vacancies.filter((other) => other !== vacancy);
    this.#settle(nowMicros);
  }

  /** Keeps the addresses that wait for a successor, and takes off every other; what is gone already is not put back. */
  #settle(nowMicros: number): void {
    const links = this.#kernel.links();
    const waiting = [...this.#vacancies.map(({ config }) => config), ...this.#unclaimed];
    const kept = waiting.flatMap((config) => heldBy(config, links));
    for (const change of this.#addresses.reconcile(kept, links, nowMicros)) this.#log("info", nameOf(change), {});
  }

  #log(level: "info" | "warn", message: string, fields: LogFields): void {
    this.#report({ kind: "log", level, message, fields });
  }
}

/** The dead agent was master, its addresses still answer, and its link can carry a farewell. */
function isMasterStill({ config, role }: VirtualRouterState, links: readonly Link[]): boolean {
  const wasMaster = role === "master" || role === "resigning" || role === "resuming";
  const isRunning = linkOf(config, links)?.running ?? false;
  return wasMaster && isRunning && heldBy(config, links).length > 0;
}

function heldBy(config: VirtualRouterConfig, links: readonly Link[]): WantedAddress[] {
  return placesOf(config, links).filter((place) => isHeld(place, links));
}

/** Nobody who says goodbye is a successor. */
function isFarewell(received: Received<ProtocolEndpoint>): boolean {
  if (received.protocol === "vrrp") return received.advertisement.priority === PRIORITY_RESIGN;
  return isBowOut(received.packet);
}

function patienceMicros(config: VirtualRouterConfig): number {
  if (config.protocol === "vrrp") return resignationIntervalMicros(config.advertisementInterval);
  return RESIGNATION_MICROS;
}
