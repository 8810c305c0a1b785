/** Port records: how the services make, use and free ports. */
import { randomBytes, randomUUID } from "node:crypto";
import { ApiError } from "../http/errors.ts";
import {
  type AddressPair,
  type CloudState,
  type CloudView,
  type FixedIp,
  findById,
  type Port,
  removeWhere,
  type View,
} from "../state/state.ts";
import { newRow, touch } from "./collections/collection.ts";

/** Owners that Neutron itself gives to ports; such ports have no port security. */
export const OWNER = {
  server: "compute:nova",
  gateway: "network:router_gateway",
  routerInterface: "network:router_interface",
  floatingIp: "network:floatingip",
} as const;

/** Whether a port is on the outside: Neutron keeps such ports for itself, not for the project that they serve. */
export function isOwnerless(port: View<Port>): boolean {
  return port.deviceOwner === OWNER.gateway || port.deviceOwner === OWNER.floatingIp;
}

/** Neutron's 404 for a port. */
export function portNotFound(id: string): ApiError {
  return new ApiError(404, `Port ${id} could not be found.`, "PortNotFound");
}

/** ACTIVE when something is behind it: a server that runs, or a router. */
export function portStatus(port: View<Port>, state: CloudView): "ACTIVE" | "DOWN" | "N/A" {
  switch (port.deviceOwner) {
    case OWNER.floatingIp:
      return "N/A";
    case OWNER.gateway:
    case OWNER.routerInterface:
      return port.adminStateUp ? "ACTIVE" : "DOWN";
    default: {
      const vm = serverOf(port, state)?.vm.kind;
      return port.adminStateUp && (vm === "active" || vm === "resized") ? "ACTIVE" : "DOWN";
    }
  }
}

/** The server that has the port as a card. */
export function serverOf(port: View<Port>, state: CloudView): CloudView["servers"][number] | undefined {
  return state.servers.find((server) => server.portIds.includes(port.id));
}

/** A port as one of the services makes it. */
export interface PortSpec {
  readonly networkId: string;
  readonly fixedIps: readonly FixedIp[];
  readonly name?: string;
  readonly description?: string;
  readonly adminStateUp?: boolean;
  readonly macAddress?: string;
  readonly portSecurityEnabled?: boolean;
  readonly securityGroupIds?: readonly string[];
  readonly allowedAddressPairs?: (ownMac: string) => AddressPair[];
  readonly deviceId?: string;
  readonly deviceOwner?: string;
  readonly tags?: readonly string[];
}

/** Makes a port. Throws when its MAC address is in use on the network. */
export function addPort(draft: CloudState, now: number, spec: PortSpec): Port {
  const mac = spec.macAddress ?? freeMac(draft);
  requireFreeMac(draft, spec.networkId, mac);
  const port: Port = {
    ...newRow(now),
    id: randomUUID(),
    name: spec.name ?? "",
    description: spec.description ?? "",
    networkId: spec.networkId,
    macAddress: mac,
    adminStateUp: spec.adminStateUp ?? true,
    fixedIps: [...spec.fixedIps],
    portSecurityEnabled: spec.portSecurityEnabled ?? false,
    securityGroupIds: [...(spec.securityGroupIds ?? [])],
    allowedAddressPairs: spec.allowedAddressPairs?.(mac) ?? [],
    deviceId: spec.deviceId ?? "",
    deviceOwner: spec.deviceOwner ?? "",
    tags: [...(spec.tags ?? [])],
  };
  draft.ports.push(port);
  return port;
}

/** Neutron's base_mac, and three random bytes that no port has. */
function freeMac(state: CloudView): string {
  for (;;) {
    const tail = randomBytes(3).toString("hex").match(/../g) ?? [];
    const mac = ["fa", "16", "3e", ...tail].join(":");
    if (!state.ports.some((port) => port.macAddress === mac)) return mac;
  }
}

/** Refuses a MAC address that another port of the network has. */
export function requireFreeMac(state: CloudView, networkId: string, mac: string, portId?: string): void {
  const holder = state.ports.find(
    (port) => port.networkId === networkId && port.macAddress === mac && port.id !== portId,
  );
  if (holder !== undefined) {
    const message = `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`;
    throw new ApiError(409, message, "MacAddressInUse");
  }
}

/** Deletes a port even when it is in use: a server loses the card, a floating IP its association. */
export function deletePort(draft: CloudState, id: string, now: number): void {
  for (const floatingIp of draft.floatingIps) {
    if (floatingIp.association?.portId !== id) continue;
    floatingIp.association = null;
    touch(floatingIp, now);
  }
  for (const server of draft.servers) {
    server.portIds = server.portIds.filter((other) => other !== id);
    server.ownPortIds = server.ownPortIds.filter((other) => other !== id);
  }
  removeWhere(draft.ports, (port) => port.id === id);
}

/** Gives a port to a server. */
export function bindPort(draft: CloudState, id: string, serverId: string, now: number): void {
  const port = findById(draft.ports, id);
  if (port === undefined) throw portNotFound(id);
  port.deviceId = serverId;
  port.deviceOwner = OWNER.server;
  touch(port, now);
}

/** Takes a port from its server; it stays, unbound. */
export function unbindPort(draft: CloudState, id: string, now: number): void {
  const port = findById(draft.ports, id);
  if (port === undefined) return;
  port.deviceId = "";
  port.deviceOwner = "";
  touch(port, now);
}
