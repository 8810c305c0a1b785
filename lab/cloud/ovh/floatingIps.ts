/** A region's floating IPs as OVH's own API shows and associates them, and the operations that this takes. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secondsTime, type Wire } from "../http/wire.ts";
import { attributesOf } from "../neutron/collections/attributes.ts";
import { floatingIps } from "../neutron/floatingIps.ts";
import { type CloudContext, REGION } from "../state/context.ts";
import type { Operation } from "../state/ovhRecords.ts";
import { type CloudState, type CloudView, type FloatingIp, findById, type View } from "../state/state.ts";
import { type OvhService, ovhBody, requireProject, requireRegion } from "./context/context.ts";
import { badRequest, notFound } from "./context/errors.ts";
import { type OfProject, projectAction } from "./project.ts";

interface OfRegion {
  Params: { p: string; region: string };
}

interface OfOne {
  Params: { p: string; region: string; id: string };
}

interface OfOperation {
  Params: { p: string; id: string };
}

const associateBody = z.object({ floatingIpId: z.string(), ip: z.string() });

/** The routes. */
export function serveFloatingIps(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  const { store, now } = context;
  const path = "/cloud/project/:p/region/:region";
  const does = (name: string): { config: { action: string } } => ({ config: { action: projectAction(name) } });
  const inRegion = ({ p, region }: OfRegion["Params"]): void => {
    requireProject(store.state, p);
    requireRegion(region);
  };

  app.get<OfRegion>(`${path}/floatingip`, does("region/floatingip/get"), (request) => {
    inRegion(request.params);
    return store.state.floatingIps.map((floatingIp) => floatingIpAnswer(floatingIp, store.state));
  });
  app.get<OfOne>(`${path}/floatingip/:id`, does("region/floatingip/get"), (request) => {
    inRegion(request.params);
    return floatingIpAnswer(requireFloatingIp(store.state, request.params.id), store.state);
  });
  app.post<OfOne>(`${path}/floatingip/:id/detach`, does("region/floatingip/detach"), async (request) => {
    inRegion(request.params);
    await store.change((draft) => {
      update(draft, requireFloatingIp(draft, request.params.id), { port_id: null }, now());
    });
    return null;
  });
  app.post<OfOne>(
    `${path}/instance/:id/associateFloatingIp`,
    does("region/instance/associateFloatingIp"),
    async (request) => {
      inRegion(request.params);
      const asked = ovhBody(associateBody, request.body);
      return store.change((draft) => {
        const port_id = portWith(draft, request.params.id, asked.ip);
        update(draft, requireFloatingIp(draft, asked.floatingIpId), { port_id, fixed_ip_address: asked.ip }, now());
        const operation = { id: randomUUID(), action: "instance#associateFloatingIp", resourceId: asked.floatingIpId };
        const times = { startedAt: now(), completesAt: now() + ovh.behaviour.taskMs };
        draft.ovh.operations.push({ ...operation, ...times });
        return operationAnswer({ ...operation, ...times }, now());
      });
    },
  );
  app.get<OfProject>("/cloud/project/:p/operation", does("operation/get"), (request) => {
    requireProject(store.state, request.params.p);
    return store.state.ovh.operations.map((operation) => operationAnswer(operation, now()));
  });
  app.get<OfOperation>("/cloud/project/:p/operation/:id", does("operation/get"), (request) => {
    requireProject(store.state, request.params.p);
    const operation = findById(store.state.ovh.operations, request.params.id);
    if (operation === undefined) throw notFound(`The requested object (id = ${request.params.id}) does not exist`);
    return operationAnswer(operation, now());
  });
}

/** Neutron's own change of a floating IP. */
function update(draft: CloudState, floatingIp: FloatingIp, change: Wire, now: number): void {
  floatingIps.update?.(
    draft,
    floatingIp,
    attributesOf(floatingIps.updateSchema, "floatingip", { floatingip: change }),
    now,
  );
}

function portWith(state: CloudView, instanceId: string, address: string): string {
  const server = findById(state.servers, instanceId);
  if (server === undefined) throw notFound(`The requested object (instanceId = ${instanceId}) does not exist`);
  const port = state.ports.find(
    ({ id, fixedIps }) => server.portIds.includes(id) && fixedIps.some(({ ipAddress }) => ipAddress === address),
  );
  if (port === undefined) throw badRequest(`Instance ${instanceId} has no address ${address}`);
  return port.id;
}

function requireFloatingIp<State extends CloudView>(state: State, id: string): State["floatingIps"][number] {
  const floatingIp = findById<State["floatingIps"][number]>(state.floatingIps, id);
  if (floatingIp === undefined) throw notFound(`The requested object (floatingIpId = ${id}) does not exist`);
  return floatingIp;
}

function floatingIpAnswer({ id, address, networkId, association }: View<FloatingIp>, state: CloudView): Wire {
  const port = association === null ? undefined : findById(state.ports, association.portId);
  return {
    id,
    ip: address,
    networkId,
    region: REGION,
    status: association === null ? "down" : "active",
    associatedEntity:
      association === null
        ? null
        : {
            type: port?.deviceOwner === "compute:nova" ? "instance" : "unknown",
            id: port?.deviceId ?? "",
            ip: association.fixedIp,
            gatewayId: association.routerId,
          },
  };
}

function operationAnswer({ id, action, resourceId, startedAt, completesAt }: View<Operation>, now: number): Wire {
  const done = now >= completesAt;
  const started = secondsTime(startedAt);
  return {
    id,
    action,
    status: done ? "completed" : "in-progress",
    progress: done ? 100 : 50,
    createdAt: started,
    startedAt: started,
    completedAt: done ? secondsTime(completesAt) : null,
    regions: [REGION],
    resourceId: done ? resourceId : null,
    subOperations: [],
  };
}
