/** Neutron networks. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import { AVAILABILITY_ZONE } from "../state/context.ts";
import { type CloudState, type CloudView, findById, type Network, removeWhere, type View } from "../state/state.ts";
import {
  badRequest,
  boolean,
  integer,
  ownerAttributes,
  requireOwner,
  shortText,
  unsupportedList,
} from "./collections/attributes.ts";
import { type Collection, commonAnswer, newRow } from "./collections/collection.ts";

/** RFC 791: every link carries 68 bytes; 9000 is what a vRack carries. */
const MTU = { min: 68, max: 9000, default: 1500 } as const;

const changeable = {
  name: shortText.optional(),
  description: shortText.optional(),
  admin_state_up: boolean.optional(),
  shared: boolean.optional(),
  port_security_enabled: boolean.optional(),
  mtu: integer.pipe(z.int().min(MTU.min).max(MTU.max)).optional(),
};

const createSchema = z.strictObject({
  ...changeable,
  ...ownerAttributes,
  "router:external": boolean.optional(),
  availability_zone_hints: unsupportedList("availability zones to choose from").optional(),
  "provider:network_type": z.enum(["vxlan", "vlan", "flat", "local", "vrack"]).optional(),
  "provider:physical_network": shortText.nullable().optional(),
  "provider:segmentation_id": integer.pipe(z.int().min(0).max(16_777_215)).optional(),
});

const updateSchema = z.strictObject(changeable);

/** The network, or Neutron's refusal. */
export function requireNetwork<State extends CloudView>(state: State, id: string): State["networks"][number] {
  const network = findById<State["networks"][number]>(state.networks, id);
  if (network === undefined) throw networkNotFound(id);
  return network;
}

function networkNotFound(id: string): ApiError {
  return new ApiError(404, `Network ${id} could not be found.`, "NetworkNotFound");
}

/** The network as Neutron answers it. */
export function networkAnswer(network: View<Network>, state: CloudView): Wire {
  const subnets = state.subnets.filter((subnet) => subnet.networkId === network.id).map((subnet) => subnet.id);
  return {
    id: network.id,
    name: network.name,
    description: network.description,
    admin_state_up: network.adminStateUp,
    status: "ACTIVE",
    mtu: network.mtu,
    port_security_enabled: network.portSecurityEnabled,
    shared: network.shared,
    subnets,
    "router:external": network.external,
    ...(network.external ? { is_default: false } : {}),
    availability_zone_hints: [],
    availability_zones: subnets.length > 0 ? [AVAILABILITY_ZONE] : [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    "provider:network_type": network.provider.networkType,
    "provider:physical_network": network.provider.physicalNetwork,
    "provider:segmentation_id": network.provider.segmentationId,
    ...commonAnswer(network, state),
  };
}

function create(draft: CloudState, attributes: z.output<typeof createSchema>, now: number): Network {
  requireOwner(draft.projectId, attributes);
  if (attributes["router:external"] === true) {
    throw new ApiError(403, "rule:create_network:router:external is disallowed by policy", "PolicyNotAuthorized");
  }
  const networkType = attributes["provider:network_type"] ?? "vxlan";
  const inVrack = networkType === "vrack";
  if (inVrack && draft.ovh.vrack?.hasProject === false)
    throw badRequest("Can not get vrack_id and segmentation_id value from DB!");
  const segmentationId = attributes["provider:segmentation_id"] ?? nextSegment(draft, networkType);
  const twin = draft.networks.find(
    ({ provider }) => provider.networkType === networkType && provider.segmentationId === segmentationId,
  );
  if (twin !== undefined && segmentationId !== null) {
    const message = `Unable to create the network. The ${networkType} segment ${segmentationId} is in use.`;
    throw new ApiError(409, message, "TunnelIdInUse");
  }
  const network: Network = {
    ...newRow(now),
    id: randomUUID(),
    name: attributes.name ?? "",
    description: attributes.description ?? "",
    adminStateUp: attributes.admin_state_up ?? true,
    mtu: attributes.mtu ?? (inVrack ? MTU.max : MTU.default),
    portSecurityEnabled: attributes.port_security_enabled ?? true,
    shared: attributes.shared ?? false,
    external: false,
    provider: {
      networkType,
      physicalNetwork: attributes["provider:physical_network"] ?? null,
      segmentationId,
    },
  };
  draft.networks.push(network);
  return network;
}

function nextSegment(draft: CloudState, networkType: string): number | null {
  if (networkType === "flat" || networkType === "local") return null;
  draft.counters.segment += 1;
  return draft.counters.segment;
}

function update(_draft: CloudState, network: Network, attributes: z.output<typeof updateSchema>): void {
  network.name = attributes.name ?? network.name;
  network.description = attributes.description ?? network.description;
  network.adminStateUp = attributes.admin_state_up ?? network.adminStateUp;
  network.shared = attributes.shared ?? network.shared;
  network.mtu = attributes.mtu ?? network.mtu;
  // Ports keep what they have: the network's word only decides for those that are made later.
  network.portSecurityEnabled = attributes.port_security_enabled ?? network.portSecurityEnabled;
}

function remove(draft: CloudState, network: Network): void {
  if (network.external) {
    throw new ApiError(
      403,
      "rule:delete_network is disallowed by policy: Ext-Net is the region's",
      "PolicyNotAuthorized",
    );
  }
  const ports = draft.ports.filter((port) => port.networkId === network.id);
  if (ports.length > 0) {
    const message =
      `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the ` +
      `network, id for these ports is: ${ports.map((port) => port.id).join(",")}.`;
    throw new ApiError(409, message, "NetworkInUse");
  }
  removeWhere(draft.subnets, (subnet) => subnet.networkId === network.id);
  removeWhere(draft.networks, (other) => other.id === network.id);
}

/** `/networks`. */
export const networks: Collection<Network, typeof createSchema, typeof updateSchema> = {
  path: "networks",
  plural: "networks",
  singular: "network",
  createSchema,
  updateSchema,
  read: (state) => state.networks,
  edit: (draft) => draft.networks,
  answer: networkAnswer,
  operatorsOnly: ["provider:network_type", "provider:physical_network", "provider:segmentation_id"],
  createdAnswer: (network, state) => ({ is_default: false, ...networkAnswer(network, state) }),
  missing: networkNotFound,
  create,
  update,
  remove,
};
