/** `/cloud/project/{p}/network/private`: Neutron's networks of type vrack, as OVH's own API names them: `pn-100042_42`. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Wire } from "../http/wire.ts";
import { attributesOf } from "../neutron/collections/attributes.ts";
import { networks } from "../neutron/networks.ts";
import { subnets } from "../neutron/subnets.ts";
import { type CloudContext, REGION } from "../state/context.ts";
import { type CloudView, findById, type Network, type Subnet, type View } from "../state/state.ts";
import { type OvhService, ovhBody, requireProject, requireRegion } from "./context/context.ts";
import { conflict, notFound } from "./context/errors.ts";
import { type OfProject, projectAction } from "./project.ts";

interface OfNetwork {
  Params: { p: string; id: string };
}

interface OfRegionalNetwork {
  Params: { p: string; region: string; network: string };
}

/** A tag of 802.1Q; the control panel stops at 4000, the API's schema at 4095. */
const vlan = z.int().min(0).max(4095);

const networkBody = z.object({
  name: z.string().min(1),
  vlanId: vlan.nullable().default(0),
  regions: z.array(z.string()).nullable().optional(),
});
const renameBody = z.object({ name: z.string().min(1) });

const subnetBody = z.object({
  network: z.string(),
  region: z.string(),
  start: z.string(),
  end: z.string(),
  dhcp: z.boolean().default(false),
  noGateway: z.boolean().default(false),
});

const regionalSubnetBody = z.object({
  name: z.string().nullable().optional(),
  cidr: z.string(),
  ipVersion: z.literal(4).default(4),
  enableDhcp: z.boolean().default(true),
  enableGatewayIp: z.boolean().default(true),
  gatewayIp: z.string().nullable().optional(),
  allocationPools: z
    .array(z.object({ start: z.string(), end: z.string() }))
    .nullable()
    .optional(),
  dnsNameServers: z.array(z.string()).nullable().optional(),
});

/** The routes. */
export function servePrivateNetworks(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  const { store, now } = context;
  const path = "/cloud/project/:p/network/private";
  const does = (name: string): { config: { action: string } } => ({
    config: { action: projectAction(`network/private/${name}`) },
  });
  const answer = (network: View<Network>): Wire => networkAnswer(network, store.state, now(), ovh.behaviour.taskMs);

  app.get<OfProject>(path, does("get"), (request) => {
    requireProject(store.state, request.params.p);
    return privateNetworks(store.state).map(answer);
  });
  app.get<OfNetwork>(`${path}/:id`, does("get"), (request) => {
    requireProject(store.state, request.params.p);
    return answer(requireNetwork(store.state, request.params.id));
  });
  app.post<OfProject>(path, does("create"), async (request) => {
    requireProject(store.state, request.params.p);
    const { name, vlanId, regions } = ovhBody(networkBody, request.body);
    (regions ?? []).forEach(requireRegion);
    const made = await store.change((draft) => {
      if (privateNetworks(draft).some(({ provider }) => provider.segmentationId === (vlanId ?? 0))) {
        throw conflict(`VLAN ${vlanId ?? 0} is already used in this project`);
      }
      const asked = { name, "provider:network_type": "vrack", "provider:segmentation_id": vlanId ?? 0 };
      return networks.create(draft, attributesOf(networks.createSchema, "network", { network: asked }), now());
    });
    return answer(made);
  });
  app.put<OfNetwork>(`${path}/:id`, does("edit"), async (request) => {
    requireProject(store.state, request.params.p);
    const { name } = ovhBody(renameBody, request.body);
    await store.change((draft) => {
      requireNetwork(draft, request.params.id).name = name;
    });
    return null;
  });
  app.delete<OfNetwork>(`${path}/:id`, does("delete"), async (request) => {
    requireProject(store.state, request.params.p);
    await store.change((draft) => {
      networks.remove(draft, requireNetwork(draft, request.params.id), now());
    });
    return null;
  });
  app.post<OfNetwork>(`${path}/:id/region`, does("region/create"), (request) => {
    requireProject(store.state, request.params.p);
    requireRegion(ovhBody(z.object({ region: z.string() }), request.body).region);
    return answer(requireNetwork(store.state, request.params.id));
  });
  serveSubnets(app, context, does);
  serveRegionalSubnets(app, context);
}

/** Subnets of a network as the older API has them. */
function serveSubnets(
  app: FastifyInstance,
  { store, now }: CloudContext,
  does: (name: string) => { config: { action: string } },
): void {
  const path = "/cloud/project/:p/network/private/:id/subnet";
  const subnetsOf = (id: string): readonly View<Subnet>[] => {
    const network = requireNetwork(store.state, id);
    return store.state.subnets.filter((subnet) => subnet.networkId === network.id);
  };
  app.get<OfNetwork>(path, does("subnet/get"), (request) => {
    requireProject(store.state, request.params.p);
    return subnetsOf(request.params.id).map(oldSubnetAnswer);
  });
  app.post<OfNetwork>(path, does("subnet/create"), async (request) => {
    requireProject(store.state, request.params.p);
    const asked = ovhBody(subnetBody, request.body);
    requireRegion(asked.region);
    const made = await store.change((draft) => {
      const attributes = {
        network_id: requireNetwork(draft, request.params.id).id,
        cidr: asked.network,
        enable_dhcp: asked.dhcp,
        allocation_pools: [{ start: asked.start, end: asked.end }],
        ...(asked.noGateway ? { gateway_ip: null } : {}),
      };
      return subnets.create(draft, attributesOf(subnets.createSchema, "subnet", { subnet: attributes }), now());
    });
    return oldSubnetAnswer(made);
  });
  app.delete<OfNetwork & { Params: { subnet: string } }>(`${path}/:subnet`, does("subnet/delete"), async (request) => {
    requireProject(store.state, request.params.p);
    await store.change((draft) => {
      const subnet = findById(draft.subnets, request.params.subnet);
      if (subnet === undefined) throw notFound("The requested object does not exist");
      subnets.remove(draft, subnet, now());
    });
    return null;
  });
}

/** Subnets of a region's network, which go by OpenStack's ids. */
function serveRegionalSubnets(app: FastifyInstance, { store, now }: CloudContext): void {
  const path = "/cloud/project/:p/region/:region/network/:network/subnet";
  const does = (name: string): { config: { action: string } } => ({
    config: { action: projectAction(`region/network/subnet/${name}`) },
  });
  app.get<OfRegionalNetwork>(path, does("get"), (request) => {
    requireProject(store.state, request.params.p);
    requireRegion(request.params.region);
    return store.state.subnets.filter(({ networkId }) => networkId === request.params.network).map(subnetAnswer);
  });
  app.get<OfRegionalNetwork & { Params: { id: string } }>(`${path}/:id`, does("get"), (request) => {
    requireProject(store.state, request.params.p);
    const subnet = findById(store.state.subnets, request.params.id);
    if (subnet === undefined) throw notFound("The requested object does not exist");
    return subnetAnswer(subnet);
  });
  app.post<OfRegionalNetwork>(path, does("create"), async (request) => {
    requireProject(store.state, request.params.p);
    requireRegion(request.params.region);
    const asked = ovhBody(regionalSubnetBody, request.body);
    const gateway = asked.enableGatewayIp ? (asked.gatewayIp ?? undefined) : null;
    const attributes = {
      network_id: request.params.network,
      name: asked.name ?? "",
      cidr: asked.cidr,
      enable_dhcp: asked.enableDhcp,
      ...(gateway === undefined ? {} : { gateway_ip: gateway }),
      ...((asked.allocationPools ?? []).length === 0 ? {} : { allocation_pools: asked.allocationPools }),
      dns_nameservers: asked.dnsNameServers ?? [],
    };
    return store.change((draft) =>
      subnetAnswer(subnets.create(draft, attributesOf(subnets.createSchema, "subnet", { subnet: attributes }), now())),
    );
  });
}

function privateNetworks<State extends CloudView>(state: State): readonly State["networks"][number][] {
  return state.networks.filter(({ provider }) => provider.networkType === "vrack");
}

const vlanOf = ({ provider }: View<Network>): number => provider.segmentationId ?? 0;

const nameOf = (network: View<Network>, state: CloudView): string =>
  `${state.ovh.vrack?.name ?? "pn"}_${vlanOf(network)}`;

function requireNetwork<State extends CloudView>(state: State, id: string): State["networks"][number] {
  const network = privateNetworks<State>(state).find((candidate) => nameOf(candidate, state) === id);
  if (network === undefined) throw notFound(`The requested object (networkId = ${id}) does not exist`);
  return network;
}

function networkAnswer(network: View<Network>, state: CloudView, now: number, buildMs: number): Wire {
  const built = now - network.createdAt >= buildMs;
  const status = built ? "ACTIVE" : "BUILDING";
  return {
    id: nameOf(network, state),
    name: network.name,
    vlanId: vlanOf(network),
    type: "private",
    status,
    regions: [{ region: REGION, status, openstackId: built ? network.id : null }],
  };
}

function oldSubnetAnswer(subnet: View<Subnet>): Wire {
  const { id, cidr, enableDhcp, gatewayIp, allocationPools } = subnet;
  const ipPools = allocationPools.map((pool) => ({ ...pool, network: cidr, region: REGION, dhcp: enableDhcp }));
  return { id, cidr, dhcpEnabled: enableDhcp, gatewayIp, ipPools };
}

function subnetAnswer(subnet: View<Subnet>): Wire {
  const { id, name, cidr, enableDhcp, gatewayIp, allocationPools, dnsNameservers } = subnet;
  return {
    id,
    name,
    cidr,
    ipVersion: 4,
    dhcpEnabled: enableDhcp,
    gatewayIp,
    allocationPools,
    hostRoutes: [],
    dnsNameServers: dnsNameservers,
  };
}
