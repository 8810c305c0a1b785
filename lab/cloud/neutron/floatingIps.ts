/** Neutron floating IPs: an address of the external network that a router turns into a port's fixed address. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { type CloudState, type CloudView, type FloatingIp, findById, removeWhere, type View } from "../state/state.ts";
import { allocate } from "./addressManagement.ts";
import { badRequest, ipv4Address, ownerAttributes, requireOwner, shortText, uuid } from "./collections/attributes.ts";
import { type Collection, commonAnswer, newRow } from "./collections/collection.ts";
import { requireNetwork } from "./networks.ts";
import { addPort, deletePort, OWNER, portNotFound, portStatus } from "./portRecords.ts";
import { interfacePorts } from "./routers.ts";

const changeable = {
  description: shortText.optional(),
  /** Null or an empty text takes the floating IP off its port. */
  port_id: z
    .union([z.literal("").transform(() => null), uuid])
    .nullable()
    .optional(),
  fixed_ip_address: ipv4Address.nullable().optional(),
};

const createSchema = z.strictObject({
  ...changeable,
  ...ownerAttributes,
  floating_network_id: uuid,
  floating_ip_address: ipv4Address.optional(),
  subnet_id: uuid.optional(),
});

const updateSchema = z.strictObject(changeable);
type Change = z.output<typeof updateSchema>;

function floatingIpAnswer(floatingIp: View<FloatingIp>, state: CloudView): Wire {
  const { association } = floatingIp;
  const port = association === null ? undefined : findById(state.ports, association.portId);
  return {
    id: floatingIp.id,
    description: floatingIp.description,
    floating_ip_address: floatingIp.address,
    floating_network_id: floatingIp.networkId,
    status: association === null ? "DOWN" : "ACTIVE",
    router_id: association?.routerId ?? null,
    port_id: association?.portId ?? null,
    fixed_ip_address: association?.fixedIp ?? null,
    port_details:
      port === undefined
        ? null
        : {
            name: port.name,
            network_id: port.networkId,
            mac_address: port.macAddress,
            admin_state_up: port.adminStateUp,
            status: portStatus(port, state),
            device_id: port.deviceId,
            device_owner: port.deviceOwner,
          },
    ...commonAnswer(floatingIp, state),
  };
}

function create(draft: CloudState, attributes: z.output<typeof createSchema>, now: number): FloatingIp {
  requireOwner(draft.projectId, attributes);
  const network = requireNetwork(draft, attributes.floating_network_id);
  if (!network.external) {
    const message = `Bad floatingip request: Network ${network.id} is not a valid external network.`;
    throw new ApiError(400, message, "BadRequest");
  }
  const id = randomUUID();
  const { floating_ip_address: address, subnet_id: subnetId } = attributes;
  const asked =
    address === undefined && subnetId === undefined ? undefined : [{ ip_address: address, subnet_id: subnetId }];
  const [fixed] = allocate(draft, network.id, asked);
  if (fixed === undefined) {
    throw new ApiError(
      400,
      `Unable to find any IP address on external network ${network.id}.`,
      "ExternalIpAddressExhausted",
    );
  }
  const port = addPort(draft, now, {
    networkId: network.id,
    fixedIps: [fixed],
    deviceId: id,
    deviceOwner: OWNER.floatingIp,
  });
  const floatingIp: FloatingIp = {
    ...newRow(now),
    id,
    description: attributes.description ?? "",
    networkId: network.id,
    address: fixed.ipAddress,
    externalPortId: port.id,
    association: null,
  };
  draft.floatingIps.push(floatingIp);
  associate(draft, floatingIp, attributes);
  return floatingIp;
}

function associate(draft: CloudState, floatingIp: FloatingIp, change: Change): void {
  const { port_id: portId, fixed_ip_address: fixedIp } = change;
  if (portId === undefined) {
    if (fixedIp === undefined || fixedIp === null) return;
    throw badRequest("fixed_ip_address cannot be specified without a port_id");
  }
  floatingIp.association = null;
  if (portId === null) return;
  const port = findById(draft.ports, portId);
  if (port === undefined) throw portNotFound(portId);
  const fixed = chooseFixedIp(port, fixedIp ?? undefined);
  const rival = draft.floatingIps.find(
    ({ id, association }) =>
      id !== floatingIp.id && association?.portId === portId && association.fixedIp === fixed.ipAddress,
  );
  if (rival !== undefined) {
    const message =
      `Cannot associate floating IP ${floatingIp.address} (${floatingIp.id}) with port ${portId} using fixed IP ` +
      `${fixed.ipAddress}, as that fixed IP already has a floating IP on external network ${floatingIp.networkId}.`;
    throw new ApiError(409, message, "FloatingIPPortAlreadyAssociated");
  }
  const router = draft.routers.find(
    ({ id, gateway }) =>
      gateway?.networkId === floatingIp.networkId &&
      interfacePorts(draft, id).some((card) => card.fixedIps.some((there) => there.subnetId === fixed.subnetId)),
  );
  if (router === undefined) {
    const message =
      `External network ${floatingIp.networkId} is not reachable from subnet ${fixed.subnetId}. ` +
      `Therefore, cannot associate Port ${portId} with a Floating IP.`;
    throw new ApiError(404, message, "ExternalGatewayForFloatingIPNotFound");
  }
  floatingIp.association = { portId, fixedIp: fixed.ipAddress, routerId: router.id };
}

function chooseFixedIp(
  port: CloudView["ports"][number],
  wanted: string | undefined,
): CloudView["ports"][number]["fixedIps"][number] {
  const candidates = wanted === undefined ? port.fixedIps : port.fixedIps.filter((fixed) => fixed.ipAddress === wanted);
  const [fixed, ...others] = candidates;
  if (fixed === undefined) {
    throw badFloatingIp(
      wanted === undefined
        ? `Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`
        : `Port ${port.id} does not have fixed ip ${wanted}`,
    );
  }
  if (others.length > 0) {
    throw badFloatingIp(
      `Port ${port.id} has multiple fixed IPv4 addresses. ` +
        "Must provide a specific IPv4 address when assigning a floating IP",
    );
  }
  return fixed;
}

function badFloatingIp(reason: string): ApiError {
  return new ApiError(400, `Bad floatingip request: ${reason}.`, "BadRequest");
}

/** `/floatingips`. */
export const floatingIps: Collection<FloatingIp, typeof createSchema, typeof updateSchema> = {
  path: "floatingips",
  plural: "floatingips",
  singular: "floatingip",
  createSchema,
  updateSchema,
  read: (state) => state.floatingIps,
  edit: (draft) => draft.floatingIps,
  answer: floatingIpAnswer,
  // The agent that makes it ACTIVE hears of it only now.
  createdAnswer: (floatingIp, state) => ({ ...floatingIpAnswer(floatingIp, state), status: "DOWN" }),
  changedAnswer: (answer, before) => ({ ...answer, status: before["status"] }),
  missing: (id) => new ApiError(404, `Floating IP ${id} could not be found`, "FloatingIPNotFound"),
  create,
  update(draft, floatingIp, attributes) {
    floatingIp.description = attributes.description ?? floatingIp.description;
    associate(draft, floatingIp, attributes);
  },
  remove(draft, floatingIp, now) {
    removeWhere(draft.floatingIps, (other) => other.id === floatingIp.id);
    deletePort(draft, floatingIp.externalPortId, now);
  },
};
