/**
 * What has to be done so that a host that is like this becomes like that: pure, so that every order of steps can be
 * tested without a host.
 */
import { isDeepStrictEqual } from "node:util";
import type { PortPlan, RegionPlan, RoutePlan, RouterPlan, SegmentPlan, ServerPlan } from "../region.ts";
import type { FilterInput } from "./filter.ts";

/** A port with its cable plugged into a running server. */
export interface BuiltPort {
  readonly plan: PortPlan;
  readonly serverId: string;
  /** What the server calls it: eth0, eth1, ... */
  readonly device: string;
}

/** A server that has been started at least once, or was told not to be. */
export interface BuiltServer {
  /** The plan that it was last made to follow. */
  readonly plan: ServerPlan;
  readonly status: "running" | "off" | "failed";
  /** The number of the plan after which it went off or failed: a later plan that says "on" means it. */
  readonly since: number;
}

/** What the hypervisor has made so far. */
export interface BuiltRegion {
  readonly segments: ReadonlyMap<string, SegmentPlan>;
  readonly ports: ReadonlyMap<string, BuiltPort>;
  readonly routers: ReadonlyMap<string, RouterPlan>;
  readonly servers: ReadonlyMap<string, BuiltServer>;
  readonly filter: FilterInput;
  readonly routes: readonly RoutePlan[];
}

/** One change. Steps of one stage do not depend on each other. */
export type Step =
  | { readonly kind: "destroy-server"; readonly serverId: string }
  | { readonly kind: "unplug-port"; readonly portId: string }
  | { readonly kind: "remove-router"; readonly router: RouterPlan }
  | { readonly kind: "remove-segment"; readonly segmentId: string }
  | { readonly kind: "make-segment"; readonly segment: SegmentPlan }
  | { readonly kind: "set-mtu"; readonly segment: SegmentPlan }
  | { readonly kind: "set-filter"; readonly filter: FilterInput }
  | { readonly kind: "set-routes"; readonly routes: readonly RoutePlan[] }
  | { readonly kind: "set-router"; readonly router: RouterPlan }
  | { readonly kind: "plug-port"; readonly port: BuiltPort }
  | { readonly kind: "change-port"; readonly port: BuiltPort }
  | { readonly kind: "stop-server"; readonly server: ServerPlan }
  | { readonly kind: "start-server"; readonly server: ServerPlan }
  | { readonly kind: "note-server"; readonly server: ServerPlan };

/** The region wanted, and the number of its plan: later plans have higher ones. */
export interface Desired {
  readonly plan: RegionPlan;
  readonly number: number;
}

/**
 * The stages to go through, each after the one before, from the built region to the desired one. Takes down before it
 * puts up, and filters before it plugs: a port is never open before its rules are there.
 */
export function planConvergence(built: BuiltRegion, desired: Desired): readonly (readonly Step[])[] {
  const { plan } = desired;
  const destroyed = serversToDestroy(built, plan);
  const { unplug, plug, change } = portSteps(built, desired, destroyed);
  const wanted = new Set(plan.segments.map(({ id }) => id));
  const stages: readonly (readonly Step[])[] = [
    [...destroyed].map((serverId) => ({ kind: "destroy-server", serverId })),
    unplug,
    [...built.routers.values()]
      .filter(({ id }) => !plan.routers.some((router) => router.id === id))
      .map((router) => ({ kind: "remove-router", router })),
    routersLeavingSegments(built, plan),
    [...built.segments.keys()]
      .filter((id) => !wanted.has(id))
      .map((segmentId) => ({ kind: "remove-segment", segmentId })),
    segmentSteps(built, plan),
    filterStep(built, desired),
    routesStep(built, desired),
    plan.routers
      .filter((router) => !isDeepStrictEqual(built.routers.get(router.id), router))
      .map((router) => ({ kind: "set-router", router })),
    [...plug, ...change],
    powerSteps(built, desired, destroyed),
  ];
  return stages.filter((stage) => stage.length > 0);
}

/** Servers that are no longer wanted, or whose disk has to be made again. */
function serversToDestroy(built: BuiltRegion, plan: RegionPlan): ReadonlySet<string> {
  const wanted = new Map(plan.servers.map((server) => [server.id, server]));
  return new Set(
    [...built.servers].flatMap(([id, { plan: before }]) => {
      const after = wanted.get(id);
      const sameDisk = after?.generation === before.generation && after.imageId === before.imageId;
      return sameDisk ? [] : [id];
    }),
  );
}

interface PortSteps {
  readonly unplug: readonly Step[];
  readonly plug: readonly Step[];
  readonly change: readonly Step[];
}

/** Ports of servers that run and go on running; a server that starts gets its ports as part of that. */
function portSteps(built: BuiltRegion, { plan }: Desired, destroyed: ReadonlySet<string>): PortSteps {
  const ports = new Map(plan.ports.map((port) => [port.id, port]));
  const unplug: Step[] = [];
  const plug: Step[] = [];
  const change: Step[] = [];
  const staying = new Map<string, BuiltPort>();
  for (const before of built.ports.values()) {
    if (destroyed.has(before.serverId)) continue;
    const after = ports.get(before.plan.id);
    const server = plan.servers.find(({ id }) => id === before.serverId);
    if (after === undefined || server?.portIds.includes(after.id) !== true || !isSameCard(before.plan, after)) {
      unplug.push({ kind: "unplug-port", portId: before.plan.id });
      continue;
    }
    const port = { ...before, plan: after };
    staying.set(after.id, port);
    if (changesCable(before.plan, after)) change.push({ kind: "change-port", port });
  }
  for (const server of plan.servers) {
    if (destroyed.has(server.id) || built.servers.get(server.id)?.status !== "running") continue;
    const taken = new Set(
      [...staying.values()].filter(({ serverId }) => serverId === server.id).map(({ device }) => device),
    );
    for (const port of server.portIds.flatMap((id) => ports.get(id) ?? [])) {
      if (staying.has(port.id)) continue;
      const device = firstFree(taken);
      taken.add(device);
      plug.push({ kind: "plug-port", port: { plan: port, serverId: server.id, device } });
    }
  }
  return { unplug, plug, change };
}

/** A card keeps its MAC and its cable's switch for life. */
const isSameCard = (before: PortPlan, after: PortPlan): boolean =>
  before.mac === after.mac && before.segmentId === after.segmentId;

const changesCable = (before: PortPlan, after: PortPlan): boolean =>
  before.adminUp !== after.adminUp || !isDeepStrictEqual(before.addresses, after.addresses);

function firstFree(taken: ReadonlySet<string>): string {
  let index = 0;
  while (taken.has(`eth${index}`)) index += 1;
  return `eth${index}`;
}

/** A router that stays but leaves a segment has to let go of it before the segment goes: it is made again. */
const routersLeavingSegments = (built: BuiltRegion, plan: RegionPlan): readonly Step[] =>
  plan.routers.flatMap((router): readonly Step[] => {
    const before = built.routers.get(router.id);
    return before === undefined || keepsInterfaces(before, router) ? [] : [{ kind: "remove-router", router: before }];
  });

/** Whether a router can be changed in place: interfaces may be added, those it has stay as they are. */
export function keepsInterfaces(before: RouterPlan, after: RouterPlan): boolean {
  const external = before.external;
  const sameExternal =
    external === undefined ||
    (after.external !== undefined && isDeepStrictEqual({ ...external, snat: after.external.snat }, after.external));
  return sameExternal && before.interfaces.every((had) => after.interfaces.some((has) => isDeepStrictEqual(had, has)));
}

const segmentSteps = (built: BuiltRegion, plan: RegionPlan): readonly Step[] =>
  plan.segments.flatMap((segment): readonly Step[] => {
    const before = built.segments.get(segment.id);
    if (before === undefined) return [{ kind: "make-segment", segment }];
    return before.mtu === segment.mtu ? [] : [{ kind: "set-mtu", segment }];
  });

function filterStep(built: BuiltRegion, { plan }: Desired): readonly Step[] {
  const filter: FilterInput = { segments: plan.segments, ports: plan.ports };
  return isDeepStrictEqual(built.filter, filter) ? [] : [{ kind: "set-filter", filter }];
}

/** After the filter: whom an address newly leads to may answer from it by then. */
function routesStep(built: BuiltRegion, { plan: { routes = [] } }: Desired): readonly Step[] {
  return isDeepStrictEqual(built.routes, routes) ? [] : [{ kind: "set-routes", routes }];
}

function powerSteps(built: BuiltRegion, { plan, number }: Desired, destroyed: ReadonlySet<string>): readonly Step[] {
  return plan.servers.flatMap((server): readonly Step[] => {
    const before = destroyed.has(server.id) ? undefined : built.servers.get(server.id);
    if (server.power === "off")
      return before?.status === "running" ? [{ kind: "stop-server", server }] : noteIfNew(before, server);
    if (before?.status === "running") return noteIfNew(before, server);
    // A plan drawn up before the server went off does not know of it; a failed server is tried again when its plan changes.
    if (before?.status === "off" && number <= before.since) return [];
    if (before?.status === "failed" && isDeepStrictEqual(before.plan, server)) return [];
    return [{ kind: "start-server", server }];
  });
}

/** Nothing to do on the host, but the newest plan is what a later reboot follows. */
const noteIfNew = (before: BuiltServer | undefined, server: ServerPlan): readonly Step[] =>
  isDeepStrictEqual(before?.plan, server) ? [] : [{ kind: "note-server", server }];
