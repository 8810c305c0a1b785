/** The network cards of a server: ports that were made for it and ports that Nova makes. */
import { ApiError } from "../../http/errors.ts";
import { allocate } from "../../neutron/addressManagement.ts";
import { addPort, bindPort, OWNER } from "../../neutron/portRecords.ts";
import { defaultGroupId } from "../../neutron/securityGroups.ts";
import {
  type CloudState,
  type CloudView,
  findById,
  type Network,
  type Port,
  type Server,
  type View,
} from "../../state/state.ts";

/** One card as asked for: a port, or a network with or without an address. */
export interface CardSpec {
  readonly uuid?: string | undefined;
  readonly port?: string | undefined;
  readonly fixed_ip?: string | undefined;
}

/** All cards of a new server. `auto` and nothing at all mean the project's only network. */
export interface CardRequest {
  readonly networks: "none" | "auto" | readonly CardSpec[] | undefined;
  /** Security groups by name, for the ports that Nova makes. */
  readonly groupNames: readonly string[] | undefined;
}

/** Refuses cards that cannot be had, before anything is made. */
export function checkCards(state: CloudView, request: CardRequest): void {
  for (const spec of specs(state, request)) checkCard(state, spec);
  groupIds(state, request.groupNames);
}

function checkCard(state: CloudView, spec: CardSpec): void {
  if (spec.port !== undefined) {
    freePort(state, spec.port);
    return;
  }
  const network = networkOf(state, spec);
  if (!state.subnets.some((subnet) => subnet.networkId === network.id)) {
    throw new ApiError(400, `Network ${network.id} requires a subnet in order to boot instances on.`);
  }
}

/** Gives the server its cards, in their order. */
export function attachCards(draft: CloudState, server: Server, request: CardRequest, now: number): void {
  const groups = groupIds(draft, request.groupNames);
  for (const spec of specs(draft, request)) attachCard(draft, server, spec, groups, now);
}

/** Gives the server one card more. */
export function attachCard(
  draft: CloudState,
  server: Server,
  spec: CardSpec,
  securityGroupIds: readonly string[],
  now: number,
): View<Port> {
  const port = spec.port === undefined ? makePort(draft, spec, securityGroupIds, now) : freePort(draft, spec.port);
  bindPort(draft, port.id, server.id, now);
  server.portIds.push(port.id);
  if (spec.port === undefined) server.ownPortIds.push(port.id);
  return port;
}

function makePort(draft: CloudState, spec: CardSpec, securityGroupIds: readonly string[], now: number): Port {
  const network = networkOf(draft, spec);
  return addPort(draft, now, {
    networkId: network.id,
    fixedIps: allocate(draft, network.id, spec.fixed_ip === undefined ? undefined : [{ ip_address: spec.fixed_ip }]),
    portSecurityEnabled: network.portSecurityEnabled,
    securityGroupIds: network.portSecurityEnabled ? securityGroupIds : [],
    deviceOwner: OWNER.server,
  });
}

/** A port that no device has. */
function freePort(state: CloudView, id: string): View<Port> {
  const port = findById(state.ports, id);
  if (port === undefined) throw new ApiError(400, `Port ${id} could not be found.`);
  if (port.deviceId !== "") throw new ApiError(409, `Port ${id} is still in use.`);
  if (port.fixedIps.length === 0) throw new ApiError(400, `Port ${id} requires a FixedIP in order to be used.`);
  return port;
}

function networkOf(state: CloudView, spec: CardSpec): View<Network> {
  const network = findById(state.networks, spec.uuid ?? "");
  if (network === undefined) throw new ApiError(400, `Network ${spec.uuid ?? ""} could not be found.`);
  return network;
}

function specs(state: CloudView, { networks }: CardRequest): readonly CardSpec[] {
  if (networks === "none") return [];
  if (networks !== undefined && networks !== "auto") return networks;
  const own = state.networks.filter((network) => !network.external);
  if (own.length > 1) {
    throw new ApiError(409, "Multiple possible networks found, use a Network ID to be more specific.");
  }
  return own.map((network) => ({ uuid: network.id }));
}

/** Security groups by name or id; the default one where none is named. */
export function groupIds(state: CloudView, names: readonly string[] | undefined): readonly string[] {
  if (names === undefined || names.length === 0) return [defaultGroupId(state)];
  return names.map((wanted) => {
    const [group, ...others] = state.securityGroups.filter(({ id, name }) => name === wanted || id === wanted);
    if (group === undefined) {
      throw new ApiError(400, `Security group ${wanted} not found for project ${state.projectId}.`);
    }
    if (others.length > 0) {
      throw new ApiError(409, `Multiple security groups found matching '${wanted}'. Use an ID to be more specific.`);
    }
    return group.id;
  });
}
