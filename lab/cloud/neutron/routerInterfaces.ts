/** add_router_interface and remove_router_interface: how a router gets onto a subnet and off it. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { overlap } from "../state/addresses.ts";
import type { CloudContext } from "../state/context.ts";
import { type CloudState, type CloudView, findById, type Port, type Router, type View } from "../state/state.ts";
import { allocate } from "./addressManagement.ts";
import { plainBody, uuid } from "./collections/attributes.ts";
import { touch } from "./collections/collection.ts";
import { addPort, deletePort, OWNER, portNotFound } from "./portRecords.ts";
import { interfacePorts, routerNotFound } from "./routers.ts";
import { cidrOf } from "./subnetPools.ts";
import { requireSubnet } from "./subnets.ts";

const body = z.strictObject({ subnet_id: uuid.optional(), port_id: uuid.optional() });
type Body = z.output<typeof body>;

interface OfOne {
  Params: { id: string };
}

/** The two actions of a router; their bodies and answers have no name around them. */
export function serveRouterInterfaces(app: FastifyInstance, { store, now }: CloudContext): void {
  app.put<OfOne>("/routers/:id/add_router_interface", (request) =>
    store.change((draft) => {
      const router = requireRouter(draft, request.params.id);
      const port = addInterface(draft, router, plainBody(body, request.body), now());
      touch(router, now());
      return interfaceAnswer(router, port, draft);
    }),
  );
  app.put<OfOne>("/routers/:id/remove_router_interface", (request) =>
    store.change((draft) => {
      const router = requireRouter(draft, request.params.id);
      const port = removeInterface(draft, router, plainBody(body, request.body), now());
      touch(router, now());
      return interfaceAnswer(router, port, draft);
    }),
  );
}

function addInterface(draft: CloudState, router: Router, asked: Body, now: number): Port {
  if ((asked.subnet_id === undefined) === (asked.port_id === undefined)) {
    throw badRouter("Either subnet_id or port_id must be specified, and not both");
  }
  const given = asked.port_id === undefined ? undefined : requireFreePort(draft, asked.port_id);
  const subnetId = asked.subnet_id ?? given?.fixedIps[0]?.subnetId;
  if (subnetId === undefined) throw badRouter("Router port must have at least one fixed IP");
  checkOverlap(draft, router, subnetId);
  if (given !== undefined) {
    given.deviceId = router.id;
    given.deviceOwner = OWNER.routerInterface;
    touch(given, now);
    return given;
  }
  const subnet = requireSubnet(draft, subnetId);
  if (subnet.gatewayIp === null) throw badRouter("Subnet for router interface must have a gateway IP");
  return addPort(draft, now, {
    networkId: subnet.networkId,
    fixedIps: allocate(draft, subnet.networkId, [{ subnet_id: subnet.id, ip_address: subnet.gatewayIp }]),
    deviceId: router.id,
    deviceOwner: OWNER.routerInterface,
  });
}

function requireFreePort(draft: CloudState, id: string): Port {
  const port = findById(draft.ports, id);
  if (port === undefined) throw portNotFound(id);
  if (port.deviceId !== "") {
    const message =
      `Unable to complete operation on port ${id} for network ${port.networkId}. ` +
      `Port already has an attached device ${port.deviceId}.`;
    throw new ApiError(409, message, "PortInUse");
  }
  return port;
}

function checkOverlap(draft: CloudState, router: Router, subnetId: string): void {
  const subnet = requireSubnet(draft, subnetId);
  const there = interfacePorts(draft, router.id).flatMap((port) => port.fixedIps.map((fixed) => fixed.subnetId));
  if (there.includes(subnetId)) throw badRouter(`Router already has a port on subnet ${subnetId}`);
  for (const id of there) {
    const other = requireSubnet(draft, id);
    if (overlap(cidrOf(other), cidrOf(subnet))) {
      throw badRouter(`Cidr ${subnet.cidr} of subnet ${subnetId} overlaps with cidr ${other.cidr} of subnet ${id}`);
    }
  }
}

function removeInterface(draft: CloudState, router: Router, asked: Body, now: number): View<Port> {
  const { subnet_id: subnetId, port_id: portId } = asked;
  if (subnetId === undefined && portId === undefined) throw badRouter("Either subnet_id or port_id must be specified");
  const port = interfacePorts(draft, router.id).find(
    (candidate) =>
      (portId === undefined || candidate.id === portId) &&
      (subnetId === undefined || candidate.fixedIps.some((fixed) => fixed.subnetId === subnetId)),
  );
  if (port === undefined) throw interfaceNotFound(router.id, asked);
  const subnetIds = port.fixedIps.map((fixed) => fixed.subnetId);
  const needed = draft.floatingIps.some(
    ({ association }) =>
      association?.routerId === router.id &&
      findById(draft.ports, association.portId)?.fixedIps.some((fixed) => subnetIds.includes(fixed.subnetId)) === true,
  );
  if (needed) {
    const message =
      `Router interface for subnet ${subnetIds.join(",")} on router ${router.id} cannot be deleted, ` +
      "as it is required by one or more floating IPs.";
    throw new ApiError(409, message, "RouterInterfaceInUseByFloatingIP");
  }
  deletePort(draft, port.id, now);
  return port;
}

function interfaceNotFound(routerId: string, { subnet_id: subnetId, port_id: portId }: Body): ApiError {
  if (portId === undefined) {
    const message = `Router ${routerId} has no interface on subnet ${subnetId ?? ""}`;
    return new ApiError(404, message, "RouterInterfaceNotFoundForSubnet");
  }
  return new ApiError(
    404,
    `Router ${routerId} does not have an interface with id ${portId}`,
    "RouterInterfaceNotFound",
  );
}

function interfaceAnswer(router: View<Router>, port: View<Port>, state: CloudView): Wire {
  const subnetIds = port.fixedIps.map((fixed) => fixed.subnetId);
  return {
    id: router.id,
    tenant_id: state.projectId,
    port_id: port.id,
    network_id: port.networkId,
    subnet_id: subnetIds[0],
    subnet_ids: subnetIds,
  };
}

function requireRouter(draft: CloudState, id: string): Router {
  const router = findById(draft.routers, id);
  if (router === undefined) throw routerNotFound(id);
  return router;
}

function badRouter(reason: string): ApiError {
  return new ApiError(400, `Bad router request: ${reason}.`, "BadRequest");
}
