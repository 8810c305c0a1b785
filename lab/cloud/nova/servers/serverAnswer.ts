/** A server as Nova answers it, in the dialects from 2.1 to 2.64. */
import { createHash } from "node:crypto";
import { microsTime, secondsTime, type Wire } from "../../http/wire.ts";
import { AVAILABILITY_ZONE, type CloudContext, isOperator } from "../../state/context.ts";
import { type CloudView, findById, type Port, type Server, type View } from "../../state/state.ts";
import { powerState, serverStatus, taskName } from "./lifecycle.ts";

/** Statuses with which Nova tells a server's progress. */
const IN_PROGRESS = new Set(["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"]);

/** The ports of a server in the order of its cards. */
export function serverPorts(server: View<Server>, state: CloudView): readonly View<Port>[] {
  return server.portIds.flatMap((id) => findById(state.ports, id) ?? []);
}

/** `self` and `bookmark`, as Nova links a resource. */
export function links(context: CloudContext, path: string): Wire[] {
  const root = context.endpoint("compute");
  return [
    { rel: "self", href: `${root}/v2.1/${path}` },
    { rel: "bookmark", href: `${root}/${path}` },
  ];
}

/** The entry of a short list. */
export function briefServer(server: View<Server>, context: CloudContext): Wire {
  return { id: server.id, name: server.name, links: links(context, `servers/${server.id}`) };
}

/** What an update and a rebuild answer with: the server without what extensions add. */
export function plainServer(server: View<Server>, context: CloudContext, minor: number): Wire {
  const { state } = context.store;
  return {
    ...briefServer(server, context),
    status: serverStatus(server),
    tenant_id: state.projectId,
    user_id: state.userId,
    metadata: server.metadata,
    hostId: hostId(server, state),
    image: { id: server.imageId, links: links(context, `images/${server.imageId}`).slice(1) },
    flavor: flavorAnswer(server, context, minor),
    created: secondsTime(server.createdAt),
    updated: secondsTime(server.updatedAt),
    addresses: addresses(server, state, false),
    accessIPv4: "",
    accessIPv6: "",
    "OS-DCF:diskConfig": "MANUAL",
    ...(IN_PROGRESS.has(serverStatus(server)) ? { progress: 0 } : {}),
    ...faultAnswer(server),
    ...(minor >= 9 ? { locked: false } : {}),
    ...(minor >= 19 ? { description: server.description } : {}),
    ...(minor >= 26 ? { tags: server.tags } : {}),
    ...(minor >= 63 ? { trusted_image_certificates: null } : {}),
  };
}

/** A server with everything. */
export function fullServer(server: View<Server>, context: CloudContext, minor: number): Wire {
  const { state } = context.store;
  return {
    ...plainServer(server, context, minor),
    addresses: addresses(server, state, true),
    "OS-EXT-AZ:availability_zone": server.host === null ? "" : AVAILABILITY_ZONE,
    config_drive: server.configDriveAsked ? "True" : "",
    key_name: server.keyName,
    "OS-SRV-USG:launched_at": server.launchedAt === null ? null : microsTime(server.launchedAt),
    "OS-SRV-USG:terminated_at": null,
    security_groups: securityGroupNames(server, state).map((name) => ({ name })),
    "OS-EXT-STS:task_state": taskName(server.task),
    "OS-EXT-STS:vm_state": server.vm.kind,
    "OS-EXT-STS:power_state": powerState(server),
    "os-extended-volumes:volumes_attached": [],
    ...(isOperator(context) ? operatorsAnswer(server, minor) : {}),
  };
}

/** Where the server is, which is not for its owner to know. */
function operatorsAnswer(server: View<Server>, minor: number): Wire {
  return {
    "OS-EXT-SRV-ATTR:host": server.host,
    "OS-EXT-SRV-ATTR:instance_name": `instance-${server.number.toString(16).padStart(8, "0")}`,
    "OS-EXT-SRV-ATTR:hypervisor_hostname": server.host,
    ...(minor >= 16 ? { host_status: server.host === null ? "" : "UP" } : {}),
  };
}

function securityGroupNames(server: View<Server>, state: CloudView): readonly string[] {
  const ids = new Set(serverPorts(server, state).flatMap((port) => port.securityGroupIds));
  return [...new Set(state.securityGroups.filter((group) => ids.has(group.id)).map((group) => group.name))];
}

/** The host without its name, different for every project. */
function hostId(server: View<Server>, state: CloudView): string {
  return server.host === null ? "" : createHash("sha224").update(`${state.projectId}${server.host}`).digest("hex");
}

/** From 2.47 on the flavor itself is there, not a link to it. */
function flavorAnswer(server: View<Server>, context: CloudContext, minor: number): Wire {
  const flavor = context.flavors.find(({ id }) => id === server.flavorId);
  if (minor < 47 || flavor === undefined) {
    return { id: server.flavorId, links: links(context, `flavors/${server.flavorId}`).slice(1) };
  }
  return {
    original_name: flavor.name,
    vcpus: flavor.vcpus,
    ram: flavor.ramMib,
    disk: flavor.diskGib,
    ephemeral: 0,
    swap: 0,
    extra_specs: {},
  };
}

function faultAnswer({ vm }: View<Server>): Wire {
  if (vm.kind !== "error") return {};
  return { fault: { code: 500, created: secondsTime(vm.at), message: vm.message, details: "" } };
}

/** Fixed and floating addresses by the name of their network. */
function addresses(server: View<Server>, state: CloudView, extended: boolean): Wire {
  const byNetwork = new Map<string, Wire[]>();
  for (const port of serverPorts(server, state)) {
    const network = findById(state.networks, port.networkId)?.name ?? port.networkId;
    const there = byNetwork.get(network) ?? [];
    byNetwork.set(network, there);
    const entry = (addr: string, type: "fixed" | "floating"): Wire => ({
      version: 4,
      addr,
      ...(extended ? { "OS-EXT-IPS:type": type, "OS-EXT-IPS-MAC:mac_addr": port.macAddress } : {}),
    });
    for (const { ipAddress } of port.fixedIps) {
      there.push(entry(ipAddress, "fixed"));
      const floating = state.floatingIps.find(
        ({ association }) => association?.portId === port.id && association.fixedIp === ipAddress,
      );
      if (floating !== undefined) there.push(entry(floating.address, "floating"));
    }
  }
  return Object.fromEntries(byNetwork);
}
