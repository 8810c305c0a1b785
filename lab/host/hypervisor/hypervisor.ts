/** The hypervisor: takes plans of the whole region and makes them true on this host, in turn. */
import { messageOf } from "../../../toolchain/messageOf.ts";
import type { ClientHost, PluggableClient } from "../client/clientHost.ts";
import { type InOrder, inOrder } from "../inOrder.ts";
import { removeOtherDisks } from "../machine/disk.ts";
import type { Fabric } from "../network/fabric.ts";
import { type BuiltRegion, type Desired, planConvergence, type Step } from "../network/plan.ts";
import type { Routers } from "../network/router.ts";
import type {
  CommandResult,
  Hypervisor,
  PortCondition,
  RegionPlan,
  SegmentPlan,
  ServerPlan,
  ServerState,
} from "../region.ts";
import { Server, type ServerHost } from "./server.ts";

/** The parts of a host that make regions real. */
export interface HostParts extends Pick<ServerHost, "names" | "stateDir" | "image" | "fabric" | "boots"> {
  readonly fabric: Fabric;
  readonly routers: Routers;
  readonly client: PluggableClient;
  readonly boots: InOrder;
  /** Ends what else there is and sweeps the host. */
  close(): Promise<void>;
}

type Listener = (serverId: string, state: ServerState) => void;

/** A region on this host. */
export class HostHypervisor implements Hypervisor {
  readonly client: ClientHost;
  readonly #parts: HostParts;
  readonly #serverHost: ServerHost;
  readonly #servers = new Map<string, Server>();
  readonly #listeners: Listener[] = [];
  readonly #serially = inOrder();
  #newest: Desired = { plan: { segments: [], ports: [], routers: [], servers: [] }, number: 0 };
  /** The number of the newest plan that was taken up, and how it went. */
  #taken = 0;
  #outcome: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.client = parts.client;
    this.#serverHost = {
      ...parts,
      planNumber: () => this.#newest.number,
      portsOf: (server) => this.#portsOf(server),
      report: (serverId, state) => {
        for (const listener of this.#listeners) listener(serverId, state);
      },
    };
  }

  converge(plan: RegionPlan): Promise<void> {
    const number = this.#newest.number + 1;
    this.#newest = { plan, number };
    return this.#serially(async () => {
      // Callers that waited share what the first of them did for the newest plan.
      if (this.#taken < number) {
        this.#taken = this.#newest.number;
        this.#outcome = this.#realise(this.#newest);
      }
      await this.#outcome;
    });
  }

  onServerState(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async powerCut(serverId: string): Promise<void> {
    return this.#server(serverId).cut();
  }

  async reboot(serverId: string, how: "hard" | "soft"): Promise<void> {
    return this.#server(serverId).reboot(how);
  }

  async setPortCondition(portId: string, condition: PortCondition): Promise<void> {
    return this.#parts.fabric.setCondition(portId, condition);
  }

  async run(
    serverId: string,
    argv: readonly string[],
    options: { readonly timeoutMs?: number } = {},
  ): Promise<CommandResult> {
    return this.#server(serverId).run(argv, options.timeoutMs);
  }

  async consoleLog(serverId: string): Promise<string> {
    return this.#server(serverId).consoleLog();
  }

  /** Ends a convergence under way between two of its stages; a later one is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#cutAll();
    await this.#serially(async () => {
      await this.#cutAll();
      await this.#parts.close();
    });
  }

  async #cutAll(): Promise<void> {
    await Promise.allSettled([...this.#servers.values()].map((server) => server.cut()));
  }

  #server(serverId: string): Server {
    const server = this.#servers.get(serverId);
    if (server === undefined) throw new Error(`there is no server ${serverId}`);
    return server;
  }

  /** Goes on after a failure, so that one thing that cannot be made does not keep the others from being made. */
  async #realise(desired: Desired): Promise<void> {
    const failures: string[] = [];
    for (const stage of planConvergence(this.#built(), desired)) {
      if (this.#closed) throw new Error("the hypervisor is closed: the region cannot be made");
      const results = await Promise.allSettled(stage.map((step) => this.#take(step)));
      for (const result of results) {
        if (result.status === "rejected") {
          failures.push(messageOf(result.reason));
        }
      }
    }
    await removeOtherDisks(this.#parts.stateDir, new Set(this.#servers.keys()));
    if (failures.length > 0) throw new Error(`the region is not as planned: ${failures.join("; ")}`);
  }

  #built(): BuiltRegion {
    const { fabric, routers, client } = this.#parts;
    return {
      segments: fabric.segments,
      ports: fabric.ports,
      filter: fabric.filter,
      routes: client.routes,
      routers: routers.built,
      servers: new Map([...this.#servers].map(([id, { plan, status, since }]) => [id, { plan, status, since }])),
    };
  }

  #take(step: Step): Promise<void> {
    const { fabric, routers, names } = this.#parts;
    switch (step.kind) {
      case "destroy-server":
        return this.#destroy(step.serverId);
      case "unplug-port":
        return fabric.unplug([step.portId]);
      case "remove-router":
        return routers.remove(step.router);
      case "remove-segment":
        return this.#removeSegment(step.segmentId);
      case "make-segment":
        return this.#makeSegment(step.segment);
      case "set-mtu":
        return fabric.setMtu(step.segment);
      case "set-filter":
        return fabric.setFilter(step.filter);
      case "set-routes":
        return this.#parts.client.setRoutes(step.routes);
      case "set-router":
        return routers.set(step.router);
      case "plug-port":
        return fabric.plug(names.server(step.port.serverId), [step.port]);
      case "change-port":
        return fabric.change(names.server(step.port.serverId), step.port);
      case "stop-server":
        return this.#follow(step.server).stop();
      case "start-server":
        return this.#start(step.server);
      case "note-server":
        this.#follow(step.server);
        return Promise.resolve();
    }
  }

  async #makeSegment(segment: SegmentPlan): Promise<void> {
    await this.#parts.fabric.makeSegment(segment);
    if (segment.kind === "external") await this.#parts.client.plugInto(segment);
  }

  async #removeSegment(segmentId: string): Promise<void> {
    if (this.#parts.fabric.segments.get(segmentId)?.kind === "external") await this.#parts.client.plugInto(undefined);
    await this.#parts.fabric.removeSegment(segmentId);
  }

  async #destroy(serverId: string): Promise<void> {
    await this.#server(serverId).destroy();
    this.#servers.delete(serverId);
  }

  #start(plan: ServerPlan): Promise<void> {
    const server = this.#follow(plan);
    this.#serverHost.report(plan.id, { kind: "building" });
    return server.start();
  }

  /** The server, told its newest plan. */
  #follow(plan: ServerPlan): Server {
    const server = this.#servers.get(plan.id) ?? new Server(plan, this.#serverHost);
    server.plan = plan;
    this.#servers.set(plan.id, server);
    return server;
  }

  #portsOf(server: ServerPlan): RegionPlan["ports"] {
    const ports = new Map(this.#newest.plan.ports.map((port) => [port.id, port]));
    return server.portIds.flatMap((id) => ports.get(id) ?? []);
  }
}
