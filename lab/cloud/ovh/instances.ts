/** `/cloud/project/{p}/instance` and `/flavor`: Nova's servers as OVH's own API shows them, for reading. */
import type { FastifyInstance } from "fastify";
import { secondsTime, type Wire } from "../http/wire.ts";
import { portStatus } from "../neutron/portRecords.ts";
import { serverStatus } from "../nova/servers/lifecycle.ts";
import { type CloudContext, type FlavorDefinition, REGION } from "../state/context.ts";
import { type CloudView, findById, type Port, type Server, type View } from "../state/state.ts";
import { requireProject } from "./context/context.ts";
import { notFound } from "./context/errors.ts";
import { type OfProject, projectAction } from "./project.ts";

interface OfRegion {
  Querystring: { region?: string };
}

interface OfOne {
  Params: { p: string; id: string };
}

/** The routes. */
export function serveInstances(app: FastifyInstance, context: CloudContext): void {
  const { store, flavors } = context;
  const path = "/cloud/project/:p/instance";
  const does = (name: string): { config: { action: string } } => ({ config: { action: projectAction(name) } });
  const requireInstance = ({ p, id }: OfOne["Params"]): CloudView["servers"][number] => {
    requireProject(store.state, p);
    const server = findById(store.state.servers, id);
    if (server === undefined) throw notFound(`The requested object (instanceId = ${id}) does not exist`);
    return server;
  };

  app.get<OfProject>(path, does("instance/get"), (request) => {
    requireProject(store.state, request.params.p);
    return store.state.servers.map((server) => briefAnswer(server, store.state));
  });
  app.get<OfOne>(`${path}/:id`, does("instance/get"), (request) => {
    const server = requireInstance(request.params);
    const { imageId, keyName, ...brief } = briefAnswer(server, store.state);
    const flavor = flavors.find(({ id }) => id === server.flavorId);
    return {
      ...brief,
      flavor: flavor === undefined ? null : flavorAnswer(flavor),
      image: { id: imageId, region: REGION, status: "active" },
      sshKey: keyName === null ? null : { id: keyName, name: keyName },
    };
  });
  app.get<OfOne>(`${path}/:id/interface`, does("instance/interface/get"), (request) =>
    cards(requireInstance(request.params), store.state).map((port) => cardAnswer(port, store.state)),
  );
  app.get<OfProject & OfRegion>("/cloud/project/:p/flavor", does("flavor/get"), (request) => {
    requireProject(store.state, request.params.p);
    const { region = REGION } = request.query;
    return region === REGION ? flavors.map(flavorAnswer) : [];
  });
  app.get<OfOne>("/cloud/project/:p/flavor/:id", does("flavor/get"), (request) => {
    requireProject(store.state, request.params.p);
    const flavor = flavors.find(({ id }) => id === request.params.id);
    if (flavor === undefined) throw notFound(`The requested object (flavorId = ${request.params.id}) does not exist`);
    return flavorAnswer(flavor);
  });
}

function cards(server: View<Server>, state: CloudView): readonly View<Port>[] {
  return server.portIds.flatMap((id) => findById(state.ports, id) ?? []);
}

const typeOf = (port: View<Port>, state: CloudView): "public" | "private" =>
  findById(state.networks, port.networkId)?.external === true ? "public" : "private";

function briefAnswer(server: View<Server>, state: CloudView): Wire & { imageId: string; keyName: string | null } {
  const ipAddresses = cards(server, state).flatMap((port) =>
    port.fixedIps.map(({ ipAddress, subnetId }) => ({
      ip: ipAddress,
      type: typeOf(port, state),
      version: 4,
      networkId: port.networkId,
      gatewayIp: findById(state.subnets, subnetId)?.gatewayIp ?? null,
    })),
  );
  return {
    id: server.id,
    name: server.name,
    status: serverStatus(server),
    region: REGION,
    flavorId: server.flavorId,
    imageId: server.imageId,
    keyName: server.keyName,
    sshKeyId: server.keyName,
    created: secondsTime(server.createdAt),
    ipAddresses,
    monthlyBilling: null,
    planCode: `${server.flavorId}.consumption`,
    operationIds: [],
    currentMonthOutgoingTraffic: null,
  };
}

function cardAnswer(port: View<Port>, state: CloudView): Wire {
  return {
    id: port.id,
    networkId: port.networkId,
    macAddress: port.macAddress,
    state: portStatus(port, state),
    type: typeOf(port, state),
    fixedIps: port.fixedIps.map(({ ipAddress, subnetId }) => ({ ip: ipAddress, subnetId })),
  };
}

function flavorAnswer(flavor: FlavorDefinition): Wire {
  const { id, name, vcpus, ramMib, diskGib, failoverIp = true } = flavor;
  return {
    id,
    name,
    region: REGION,
    type: "lab",
    osType: "linux",
    available: true,
    vcpus,
    ram: ramMib,
    disk: diskGib,
    quota: 10,
    inboundBandwidth: null,
    outboundBandwidth: null,
    planCodes: { hourly: `${name}.consumption`, monthly: null },
    capabilities: [
      { name: "resize", enabled: true },
      { name: "snapshot", enabled: false },
      { name: "volume", enabled: false },
      { name: "failoverip", enabled: failoverIp },
    ],
  };
}
