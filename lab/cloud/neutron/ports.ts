/** Neutron ports at the API. */
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import type { CloudState, CloudView, Port, View } from "../state/state.ts";
import { allocate } from "./addressManagement.ts";
import {
  boolean,
  ipAddress,
  ipAddressOrCidr,
  macAddress,
  ownerAttributes,
  requireOwner,
  shortText,
  unsupportedList,
  uuid,
} from "./collections/attributes.ts";
import { type Collection, commonAnswer } from "./collections/collection.ts";
import { requireNetwork } from "./networks.ts";
import {
  addPort,
  deletePort,
  isOwnerless,
  OWNER,
  portNotFound,
  portStatus,
  requireFreeMac,
  serverOf,
} from "./portRecords.ts";
import { checkPortSecurity, checkSecurityGroups, expandPairs } from "./portSecurity.ts";
import { defaultGroupId } from "./securityGroups.ts";

const pairRequest = z.strictObject({ ip_address: ipAddressOrCidr, mac_address: macAddress.optional() });
const fixedIpRequest = z.strictObject({ subnet_id: uuid.optional(), ip_address: ipAddress.optional() });

const changeable = {
  name: shortText.optional(),
  description: shortText.optional(),
  admin_state_up: boolean.optional(),
  mac_address: macAddress.optional(),
  fixed_ips: z.array(fixedIpRequest).optional(),
  security_groups: z.array(uuid).nullable().optional(),
  allowed_address_pairs: z.array(pairRequest).nullable().optional(),
  port_security_enabled: boolean.optional(),
  device_id: shortText.optional(),
  device_owner: shortText.optional(),
  extra_dhcp_opts: unsupportedList("DHCP options").optional(),
  "binding:vnic_type": z.literal("normal").optional(),
  "binding:profile": z.strictObject({}).nullable().optional(),
};

const createSchema = z.strictObject({
  ...changeable,
  ...ownerAttributes,
  network_id: uuid,
  tags: z.array(shortText).optional(),
});

const updateSchema = z.strictObject(changeable);

function bindingAnswer(port: View<Port>, state: CloudView): Wire {
  const isRouters = port.deviceOwner === OWNER.gateway || port.deviceOwner === OWNER.routerInterface;
  const host = isRouters ? "network-1" : (serverOf(port, state)?.host ?? "");
  const bound = host !== "";
  return {
    "binding:vnic_type": "normal",
    "binding:profile": {},
    "binding:host_id": host,
    "binding:vif_type": bound ? "bridge" : "unbound",
    "binding:vif_details": bound
      ? { connectivity: "l2", port_filter: true, bound_drivers: { "0": "linuxbridge" } }
      : {},
  };
}

/** The port as Neutron answers it. */
export function portAnswer(port: View<Port>, state: CloudView): Wire {
  return {
    id: port.id,
    name: port.name,
    description: port.description,
    network_id: port.networkId,
    mac_address: port.macAddress,
    admin_state_up: port.adminStateUp,
    status: portStatus(port, state),
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: port.fixedIps.map((fixed) => ({ subnet_id: fixed.subnetId, ip_address: fixed.ipAddress })),
    allowed_address_pairs: port.allowedAddressPairs.map((pair) => ({
      mac_address: pair.macAddress,
      ip_address: pair.ipAddress,
    })),
    extra_dhcp_opts: [],
    security_groups: port.securityGroupIds,
    port_security_enabled: port.portSecurityEnabled,
    ...bindingAnswer(port, state),
    ...commonAnswer(port, state),
    ...(isOwnerless(port) ? { tenant_id: "", project_id: "" } : {}),
  };
}

function create(draft: CloudState, attributes: z.output<typeof createSchema>, now: number): Port {
  requireOwner(draft.projectId, attributes);
  const network = requireNetwork(draft, attributes.network_id);
  const portSecurityEnabled = attributes.port_security_enabled ?? network.portSecurityEnabled;
  const defaultGroups =
    portSecurityEnabled && attributes.device_owner?.startsWith("network:") !== true ? [defaultGroupId(draft)] : [];
  const securityGroupIds = attributes.security_groups ?? defaultGroups;
  checkSecurityGroups(draft, securityGroupIds);
  const port = addPort(draft, now, {
    networkId: network.id,
    fixedIps: allocate(draft, network.id, attributes.fixed_ips),
    portSecurityEnabled,
    securityGroupIds: [...new Set(securityGroupIds)],
    allowedAddressPairs: (mac) => expandPairs(attributes.allowed_address_pairs ?? [], mac),
    name: attributes.name ?? "",
    description: attributes.description ?? "",
    adminStateUp: attributes.admin_state_up ?? true,
    ...(attributes.mac_address === undefined ? {} : { macAddress: attributes.mac_address }),
    deviceId: attributes.device_id ?? "",
    deviceOwner: attributes.device_owner ?? "",
    tags: attributes.tags ?? [],
  });
  checkPortSecurity(port, false);
  return port;
}

function update(draft: CloudState, port: Port, attributes: z.output<typeof updateSchema>): void {
  const hadPortSecurity = port.portSecurityEnabled;
  if (attributes.mac_address !== undefined && attributes.mac_address !== port.macAddress) {
    if (serverOf(port, draft) !== undefined) {
      const message = `Unable to complete operation on port ${port.id}, port is already bound.`;
      throw new ApiError(409, message, "PortBound");
    }
    requireFreeMac(draft, port.networkId, attributes.mac_address, port.id);
    port.macAddress = attributes.mac_address;
  }
  if (attributes.fixed_ips !== undefined) {
    port.fixedIps = allocate(draft, port.networkId, attributes.fixed_ips, port.id);
    requireFloatingIpsFit(draft, port);
  }
  if (attributes.security_groups !== undefined) {
    checkSecurityGroups(draft, attributes.security_groups ?? []);
    port.securityGroupIds = [...new Set(attributes.security_groups)];
  }
  if (attributes.allowed_address_pairs !== undefined) {
    port.allowedAddressPairs = expandPairs(attributes.allowed_address_pairs ?? [], port.macAddress);
  }
  port.portSecurityEnabled = attributes.port_security_enabled ?? port.portSecurityEnabled;
  checkPortSecurity(port, hadPortSecurity && attributes.security_groups === undefined);
  port.name = attributes.name ?? port.name;
  port.description = attributes.description ?? port.description;
  port.adminStateUp = attributes.admin_state_up ?? port.adminStateUp;
  port.deviceId = attributes.device_id ?? port.deviceId;
  port.deviceOwner = attributes.device_owner ?? port.deviceOwner;
}

/** A floating IP holds on to the fixed address that it leads to. */
function requireFloatingIpsFit(state: CloudView, port: View<Port>): void {
  const kept = new Set(port.fixedIps.map((fixed) => fixed.ipAddress));
  if (state.floatingIps.some(({ association: to }) => to?.portId === port.id && !kept.has(to.fixedIp))) {
    const message =
      `Bad port request: Cannot update the fixed_ips of the port ${port.id}, because its original fixed_ip has been ` +
      "associated to a floating ip.";
    throw new ApiError(400, message, "BadRequest");
  }
}

function remove(draft: CloudState, port: Port, now: number): void {
  const owners: readonly string[] = [OWNER.gateway, OWNER.routerInterface, OWNER.floatingIp];
  if (owners.includes(port.deviceOwner)) {
    const reason = `has device owner ${port.deviceOwner}`;
    const message = `Port ${port.id} cannot be deleted directly via the port API: ${reason}.`;
    throw new ApiError(409, message, "ServicePortInUse");
  }
  deletePort(draft, port.id, now);
}

/** `/ports`. */
export const ports: Collection<Port, typeof createSchema, typeof updateSchema> = {
  path: "ports",
  plural: "ports",
  singular: "port",
  createSchema,
  updateSchema,
  read: (state) => state.ports,
  edit: (draft) => draft.ports,
  answer: portAnswer,
  operatorsOnly: ["binding:host_id", "binding:profile", "binding:vif_details", "binding:vif_type"],
  isOwnerless,
  missing: portNotFound,
  create,
  update,
  remove,
};
