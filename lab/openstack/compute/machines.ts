/** The servers that Nova has on this machine's compute hosts: told what to be by its driver, started and ended as it says. */

import { Server } from "../../host/hypervisor/server.ts";
import { removeDisk, removeOtherDisks } from "../../host/machine/disk.ts";
import type { Card, CommandResult, PortCondition } from "../../host/region.ts";
import { computeHostName, hostNumbers } from "../configuration/common.ts";
import { firstFree, type Listener, type Machine, type MachineHost, NotFound } from "./machine.ts";
import { createOsVif, type OsVif } from "./osVif.ts";
import {
  type PortRequest,
  type Power,
  type PowerEvent,
  portPlan,
  type ServerRequest,
  segmentPlan,
  serverPlan,
} from "./words.ts";

/** All servers of all compute hosts. A server is on one host at a time; its disk is the same on each. */
export class Machines {
  readonly #host: MachineHost;
  readonly #cables: ReadonlyMap<string, OsVif>;
  readonly #conditions = new Map<string, PortCondition>();
  readonly #machines = new Map<string, Machine>();
  readonly #listeners = new Set<Listener>();
  /** Networks that are the provider's own. */
  readonly #external = new Set<string>();
  /** What each host said it has, until all have. */
  readonly #inventories = new Map<string, readonly string[]>();

  constructor(host: MachineHost) {
    this.#host = host;
    this.#cables = new Map(
      hostNumbers(host).map((number) => [
        computeHostName(number),
        createOsVif(host.names.computeHost(number), this.#conditions),
      ]),
    );
  }

  /** Calls back at every change of power until the returned function is called. */
  onPower(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says what a server is from its next start on. One that is off on another host is on this one from now on. */
  async define(host: string, id: string, request: ServerRequest): Promise<void> {
    const cables = this.#cablesOf(host);
    const before = this.#machines.get(id);
    if (before !== undefined && before.host !== host) {
      if (before.server.status === "running") throw new Error(`server ${id} runs on ${before.host}`);
      await before.server.cut();
    }
    this.#learn(cables, request.ports);
    const machine = before?.host === host ? before : this.#make(host, id, request);
    machine.server.plan = serverPlan(id, request);
    machine.ports = request.ports.map(portPlan);
    this.#machines.set(id, machine);
  }

  /** Plugs in the cables of a server that is off; Neutron's agent sees them from then on. */
  plugIn(host: string, id: string): Promise<void> {
    return this.#find(host, id).server.plugIn();
  }

  /** @throws Error when it does not come up */
  async start(host: string, id: string): Promise<void> {
    const machine = this.#find(host, id);
    await machine.server.start();
    this.#requireRunning(machine);
  }

  /** @throws Error when it does not come up again */
  async reboot(host: string, id: string, how: "hard" | "soft"): Promise<void> {
    const machine = this.#find(host, id);
    await machine.server.reboot(how);
    this.#requireRunning(machine);
  }

  /** Without time to end, the plug is pulled. */
  async stop(host: string, id: string, graceMs: number): Promise<void> {
    const { server } = this.#find(host, id);
    await (graceMs > 0 ? server.stop(graceMs) : server.cut());
  }

  /** Ends a server and forgets it. Nothing happens to one that is on another host by now. */
  async remove(host: string, id: string, disk: "keep" | "remove"): Promise<void> {
    this.#cablesOf(host);
    const machine = this.#machines.get(id);
    if (machine === undefined) {
      if (disk === "remove") await removeDisk(this.#host.stateDir, id);
      return;
    }
    if (machine.host !== host) return;
    // The caller of a removal knows: there is no event.
    machine.server.status = "off";
    await (disk === "remove" ? machine.server.destroy() : machine.server.cut());
    this.#machines.delete(id);
  }

  power(host: string, id: string): Power {
    return this.#find(host, id).server.status === "running" ? "on" : "off";
  }

  /** The servers a host has, with their power. */
  list(host: string): readonly PowerEvent[] {
    this.#cablesOf(host);
    return [...this.#machines]
      .filter(([, machine]) => machine.host === host)
      .map(([serverId]) => ({ serverId, power: this.power(host, serverId) }));
  }

  /** Plugs a further card into a server, at once if it runs. */
  async attach(host: string, id: string, request: PortRequest): Promise<void> {
    const machine = this.#find(host, id);
    const cables = this.#cablesOf(host);
    this.#learn(cables, [request]);
    const plan = portPlan(request);
    if (machine.server.status === "running" && !cables.ports.has(plan.id)) {
      const device = firstFree([...cables.ports.values()].filter(({ serverId }) => serverId === id));
      await cables.plug(this.#host.names.server(id), [{ plan, serverId: id, device }]);
    }
    machine.ports = [...machine.ports.filter((port) => port.id !== plan.id), plan];
  }

  async detach(host: string, id: string, portId: string): Promise<void> {
    const machine = this.#find(host, id);
    machine.ports = machine.ports.filter((port) => port.id !== portId);
    await this.#cablesOf(host).unplug([portId]);
  }

  /** Once every host has said which servers it has, the disks of all others are removed. */
  async takeInventory(host: string, serverIds: readonly string[]): Promise<void> {
    this.#cablesOf(host);
    this.#inventories.set(host, serverIds);
    if (this.#inventories.size < this.#cables.size) return;
    const all = [...this.#inventories.values()].flat();
    this.#inventories.clear();
    await removeOtherDisks(this.#host.stateDir, new Set([...all, ...this.#machines.keys()]));
  }

  /** Pulls the plug, whatever host the server is on. */
  powerCut(id: string): Promise<void> {
    return this.#anywhere(id).server.cut();
  }

  run(id: string, argv: readonly string[], timeoutMs?: number): Promise<CommandResult> {
    return this.#anywhere(id).server.run(argv, timeoutMs);
  }

  consoleLog(id: string): Promise<string> {
    return this.#anywhere(id).server.consoleLog();
  }

  /** The cards of a server, and whether each is on a network of the provider's own. */
  cardsOf(id: string): readonly Card[] {
    return this.#anywhere(id).ports.map((port) => ({ portId: port.id, external: this.#external.has(port.segmentId) }));
  }

  async setPortCondition(portId: string, condition: PortCondition): Promise<void> {
    this.#conditions.set(portId, condition);
    for (const cables of this.#cables.values()) await cables.follow(portId);
  }

  /** Pulls all plugs, and says nothing of it. */
  async close(): Promise<void> {
    this.#listeners.clear();
    await Promise.allSettled([...this.#machines.values()].map(({ server }) => server.cut()));
  }

  #make(host: string, id: string, request: ServerRequest): Machine {
    const { names, stateDir, image, boots } = this.#host;
    const machine: Machine = {
      host,
      ports: [],
      failure: undefined,
      server: new Server(serverPlan(id, request), {
        ...{ names, stateDir, image, boots },
        fabric: this.#cablesOf(host),
        portsOf: () => machine.ports,
        planNumber: () => 0,
        report: (serverId, state) => {
          machine.failure = state.kind === "error" ? state.reason : undefined;
          if (state.kind === "building") return;
          const event: PowerEvent = { serverId, power: state.kind === "active" ? "on" : "off" };
          for (const listener of this.#listeners) listener(host, event);
        },
      }),
    };
    return machine;
  }

  #learn(cables: OsVif, ports: readonly PortRequest[]): void {
    cables.learn(ports.map(segmentPlan));
    for (const { networkId, external } of ports) if (external) this.#external.add(networkId);
  }

  #requireRunning({ server, failure }: Machine): void {
    if (server.status === "failed") throw new Error(failure ?? `server ${server.plan.name} could not be started`);
    if (server.status === "off") throw new Error(`server ${server.plan.name} lost its power while it started`);
  }

  #cablesOf(host: string): OsVif {
    const cables = this.#cables.get(host);
    if (cables === undefined)
      throw new NotFound(`there is no compute host ${host}: there are ${[...this.#cables.keys()].join(", ")}`);
    return cables;
  }

  #find(host: string, id: string): Machine {
    this.#cablesOf(host);
    const machine = this.#machines.get(id);
    if (machine?.host !== host) throw new NotFound(`${host} has no server ${id}`);
    return machine;
  }

  #anywhere(id: string): Machine {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new NotFound(`no compute host has a server ${id}`);
    return machine;
  }
}
