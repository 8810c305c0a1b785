/** Neutron routers and their gateways. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { AVAILABILITY_ZONE } from "../state/context.ts";
import { type CloudState, type CloudView, findById, type Router, removeWhere, type View } from "../state/state.ts";
import { allocate } from "./addressManagement.ts";
import {
  boolean,
  ipv4Address,
  ownerAttributes,
  requireOwner,
  shortText,
  unsupportedList,
  uuid,
} from "./collections/attributes.ts";
import { type Collection, commonAnswer, newRow } from "./collections/collection.ts";
import { requireNetwork } from "./networks.ts";
import { addPort, deletePort, OWNER } from "./portRecords.ts";

const gatewaySchema = z.strictObject({
  network_id: uuid.optional(),
  enable_snat: boolean.optional(),
  external_fixed_ips: z
    .array(z.strictObject({ subnet_id: uuid.optional(), ip_address: ipv4Address.optional() }))
    .optional(),
});

const changeable = {
  name: shortText.optional(),
  description: shortText.optional(),
  admin_state_up: boolean.optional(),
  /** Null or an empty object: no gateway. */
  external_gateway_info: gatewaySchema.nullable().optional(),
  routes: unsupportedList("extra routes").optional(),
};

const createSchema = z.strictObject({
  ...changeable,
  ...ownerAttributes,
  distributed: boolean.pipe(z.literal(false, { error: "this cloud's routers are centralised" })).optional(),
  ha: boolean.pipe(z.literal(false, { error: "this cloud's routers are single" })).optional(),
  availability_zone_hints: unsupportedList("availability zones to choose from").optional(),
});

const updateSchema = z.strictObject(changeable);

/** Neutron's 404 for a router. */
export function routerNotFound(id: string): ApiError {
  return new ApiError(404, `Router ${id} could not be found`, "RouterNotFound");
}

/** The ports that are a router's interfaces. */
export function interfacePorts(state: CloudView, routerId: string): CloudView["ports"] {
  return state.ports.filter((port) => port.deviceOwner === OWNER.routerInterface && port.deviceId === routerId);
}

function routerAnswer(router: View<Router>, state: CloudView): Wire {
  const { gateway } = router;
  const fixedIps = gateway === null ? [] : (findById(state.ports, gateway.portId)?.fixedIps ?? []);
  return {
    id: router.id,
    name: router.name,
    description: router.description,
    admin_state_up: router.adminStateUp,
    status: "ACTIVE",
    external_gateway_info:
      gateway === null
        ? null
        : {
            network_id: gateway.networkId,
            enable_snat: gateway.enableSnat,
            external_fixed_ips: fixedIps.map((fixed) => ({
              subnet_id: fixed.subnetId,
              ip_address: fixed.ipAddress,
            })),
          },
    availability_zones: [AVAILABILITY_ZONE],
    availability_zone_hints: [],
    distributed: false,
    ha: false,
    routes: [],
    flavor_id: null,
    ...commonAnswer(router, state),
  };
}

function create(draft: CloudState, attributes: z.output<typeof createSchema>, now: number): Router {
  requireOwner(draft.projectId, attributes);
  const router: Router = {
    ...newRow(now),
    id: randomUUID(),
    name: attributes.name ?? "",
    description: attributes.description ?? "",
    adminStateUp: attributes.admin_state_up ?? true,
    gateway: null,
  };
  draft.routers.push(router);
  setGateway(draft, router, attributes.external_gateway_info ?? {}, now);
  return router;
}

function update(draft: CloudState, router: Router, attributes: z.output<typeof updateSchema>, now: number): void {
  router.name = attributes.name ?? router.name;
  router.description = attributes.description ?? router.description;
  router.adminStateUp = attributes.admin_state_up ?? router.adminStateUp;
  if (attributes.external_gateway_info !== undefined) {
    setGateway(draft, router, attributes.external_gateway_info ?? {}, now);
  }
}

/** Gives the router the gateway asked for; the one it has stays where network and addresses stay. */
function setGateway(draft: CloudState, router: Router, wanted: z.output<typeof gatewaySchema>, now: number): void {
  const { network_id: networkId, external_fixed_ips: addresses } = wanted;
  const { gateway } = router;
  if (gateway !== null && gateway.networkId === networkId && (addresses === undefined || addresses.length === 0)) {
    gateway.enableSnat = wanted.enable_snat ?? gateway.enableSnat;
    return;
  }
  if (gateway !== null) removeGateway(draft, router, gateway, networkId, now);
  if (networkId === undefined) return;
  const network = requireNetwork(draft, networkId);
  if (!network.external) {
    throw new ApiError(400, `Bad router request: Network ${networkId} is not an external network.`, "BadRequest");
  }
  const port = addPort(draft, now, {
    networkId,
    fixedIps: allocate(draft, networkId, addresses?.length === 0 ? undefined : addresses),
    deviceId: router.id,
    deviceOwner: OWNER.gateway,
  });
  router.gateway = { networkId, portId: port.id, enableSnat: wanted.enable_snat ?? true };
}

function removeGateway(
  draft: CloudState,
  router: Router,
  gateway: NonNullable<Router["gateway"]>,
  nextNetworkId: string | undefined,
  now: number,
): void {
  const needed = draft.floatingIps.some((floatingIp) => floatingIp.association?.routerId === router.id);
  if (needed && nextNetworkId !== gateway.networkId) {
    const message =
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${gateway.networkId} ` +
      "is required by one or more floating IPs.";
    throw new ApiError(409, message, "RouterExternalGatewayInUseByFloatingIp");
  }
  router.gateway = null;
  deletePort(draft, gateway.portId, now);
}

function remove(draft: CloudState, router: Router, now: number): void {
  const attached = interfacePorts(draft, router.id).map(({ id }) => id);
  if (attached.length > 0) {
    throw new ApiError(409, `Router ${router.id} has ports still attached: ${attached.join(", ")}`, "RouterInUse");
  }
  if (router.gateway !== null) deletePort(draft, router.gateway.portId, now);
  removeWhere(draft.routers, (other) => other.id === router.id);
}

/** `/routers`. */
export const routers: Collection<Router, typeof createSchema, typeof updateSchema> = {
  path: "routers",
  plural: "routers",
  singular: "router",
  createSchema,
  updateSchema,
  read: (state) => state.routers,
  edit: (draft) => draft.routers,
  answer: routerAnswer,
  operatorsOnly: ["distributed", "ha"],
  // No agent has taken it yet when its POST is answered.
  createdAnswer: (router, state) => ({ ...routerAnswer(router, state), availability_zones: [] }),
  missing: routerNotFound,
  create,
  update,
  remove,
};
