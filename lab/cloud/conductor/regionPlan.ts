/** What the state means for the machine that makes the region real: a pure function from one to the other. */
import type {
  FilterRule,
  FixedAddress,
  PortPlan,
  RegionPlan,
  RoutePlan,
  RouterPlan,
  SegmentPlan,
  ServerPlan,
} from "../../host/region.ts";
import { protocolNumber, rangeMeaning } from "../neutron/protocols.ts";
import { interfacePorts } from "../neutron/routers.ts";
import { cidrOf } from "../neutron/subnetPools.ts";
import { externalAddress } from "../ovh/context/externalAddress.ts";
import { family, networkText } from "../state/addresses.ts";
import {
  type CloudView,
  findById,
  type Port,
  type Router,
  type SecurityGroupRule,
  type Server,
  type View,
} from "../state/state.ts";

/**
 * The region as it should be. Servers that are being deleted, or that no host would have, are not in it; nor are ports
 * that no server in it has, such as those that only hold the address of a VIP.
 */
export function regionPlan(state: CloudView): RegionPlan {
  const servers = state.servers.filter((server) => server.host !== null && server.task?.kind !== "deleting");
  const portIds = new Set(servers.flatMap((server) => server.portIds));
  const routers = state.routers.filter((router) => router.adminStateUp).map((router) => routerPlan(router, state));
  return {
    segments: state.networks.map(
      (network): SegmentPlan => ({
        id: network.id,
        kind: network.external ? "external" : "tenant",
        mtu: network.mtu,
      }),
    ),
    ports: state.ports.filter((port) => portIds.has(port.id)).map((port) => portPlan(port, state)),
    routers,
    servers: servers.map(serverPlan),
    routes: [
      ...routedAddresses(state).map(({ address, via }) => ({ destination: networkText(address), via })),
      ...waysIn(routers),
    ],
  };
}

/** The private networks by their routers, as an operator's VPN leads there. Of networks with one range the first router's. */
function waysIn(routers: readonly RouterPlan[]): readonly RoutePlan[] {
  const ways = routers.flatMap(({ external, interfaces }) =>
    external === undefined
      ? []
      : interfaces.map(({ address, prefixLength }) => ({
          destination: networkText(`${address}/${prefixLength}`),
          via: external.address,
        })),
  );
  return [...new Map(ways.toReversed().map((way) => [way.destination, way])).values()].toReversed();
}

/** The failover IPs that lead somewhere: to the address of a port of a server that is there. */
function routedAddresses(state: CloudView): readonly { address: string; via: string; portId: string }[] {
  return state.ovh.failoverIps.flatMap(({ address, reaches }) => {
    const server = reaches === null ? undefined : findById(state.servers, reaches);
    if (server === undefined || server.task?.kind === "deleting") return [];
    const outside = externalAddress(state, server);
    return outside === undefined ? [] : [{ address, via: outside.address, portId: outside.portId }];
  });
}

function serverPlan(server: View<Server>): ServerPlan {
  return {
    id: server.id,
    name: server.name,
    imageId: server.imageId,
    power: server.power,
    portIds: server.portIds,
    configDrive: server.configDrive,
    generation: server.generation,
  };
}

function portPlan(port: View<Port>, state: CloudView): PortPlan {
  const network = findById(state.networks, port.networkId);
  const plan = {
    id: port.id,
    segmentId: port.networkId,
    mac: port.macAddress,
    addresses: port.fixedIps.map((fixed) => fixedAddress(fixed, state)),
    adminUp: port.adminStateUp && network?.adminStateUp !== false,
  };
  if (!port.portSecurityEnabled) return plan;
  const own = port.fixedIps.map((fixed) => ({ cidr: networkText(fixed.ipAddress), mac: port.macAddress }));
  const pairs = port.allowedAddressPairs.map((pair) => ({ cidr: networkText(pair.ipAddress), mac: pair.macAddress }));
  const routed = routedAddresses(state)
    .filter(({ portId }) => portId === port.id)
    .map(({ address }) => ({ cidr: networkText(address), mac: port.macAddress }));
  return { ...plan, security: { allowedPairs: [...own, ...pairs, ...routed], rules: filterRules(port, state) } };
}

function fixedAddress({ subnetId, ipAddress }: View<Port>["fixedIps"][number], state: CloudView): FixedAddress {
  const subnet = findById(state.subnets, subnetId);
  if (subnet === undefined) {
    throw new Error(`the address ${ipAddress} belongs to subnet ${subnetId}, which is not there`);
  }
  return {
    address: ipAddress,
    prefixLength: cidrOf(subnet).prefixLength,
    ...(subnet.gatewayIp === null ? {} : { gateway: subnet.gatewayIp }),
  };
}

/** The rules of all groups of the port, each once. */
function filterRules(port: View<Port>, state: CloudView): FilterRule[] {
  const rules = state.securityGroupRules
    .filter((rule) => port.securityGroupIds.includes(rule.securityGroupId))
    .flatMap((rule) => filterRulesOf(rule, state));
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function filterRulesOf(rule: View<SecurityGroupRule>, state: CloudView): readonly FilterRule[] {
  const protocol = protocolNumber(rule.protocol) ?? null;
  const ipFamily = rule.ethertype === "IPv4" ? 4 : 6;
  const remote = remoteCidrs(rule, ipFamily, state);
  return portRanges(rule, protocol).map((range) => ({
    direction: rule.direction,
    family: ipFamily,
    ...(protocol === null ? {} : { protocol }),
    ...range,
    ...(remote === undefined ? {} : { remote }),
  }));
}

/** The highest code that IANA has given to a type of ICMP or ICMPv6. */
const HIGHEST_ICMP_CODE = 15;

/** The ranges that a rule stands for: none, one, or for an ICMP type without a code one for each code. */
function portRanges(
  { portRangeMin: min, portRangeMax: max }: View<SecurityGroupRule>,
  protocol: number | null,
): readonly Pick<FilterRule, "ports">[] {
  if (min === null || rangeMeaning(protocol) === "nothing") return [{}];
  if (max !== null) return [{ ports: { min, max } }];
  return Array.from({ length: HIGHEST_ICMP_CODE + 1 }, (_, code) => ({ ports: { min, max: code } }));
}

function remoteCidrs(rule: View<SecurityGroupRule>, ipFamily: 4 | 6, state: CloudView): readonly string[] | undefined {
  if (rule.remoteIpPrefix !== null) return [networkText(rule.remoteIpPrefix)];
  if (rule.remoteGroupId === null) return undefined;
  return memberCidrs(rule.remoteGroupId, state).filter((cidr) => family(cidr) === ipFamily);
}

/** Who the members of a group are on the wire: their fixed addresses and, as in Neutron, their allowed pairs. */
function memberCidrs(groupId: string, state: CloudView): readonly string[] {
  const members = state.ports.filter((port) => port.securityGroupIds.includes(groupId));
  const addresses = members.flatMap((port) => [
    ...port.fixedIps.map((fixed) => fixed.ipAddress),
    ...port.allowedAddressPairs.map((pair) => pair.ipAddress),
  ]);
  return [...new Set(addresses.map(networkText))].toSorted();
}

function routerPlan(router: View<Router>, state: CloudView): RouterPlan {
  const { gateway } = router;
  const gatewayPort = gateway === null ? undefined : findById(state.ports, gateway.portId);
  const outside = gatewayPort === undefined ? undefined : routerAddress(gatewayPort, state);
  return {
    id: router.id,
    ...(gateway === null || gatewayPort === undefined || outside === undefined
      ? {}
      : {
          external: { segmentId: gateway.networkId, ...outside, mac: gatewayPort.macAddress, snat: gateway.enableSnat },
        }),
    interfaces: interfacePorts(state, router.id).flatMap((port) => {
      const inside = routerAddress(port, state);
      return inside === undefined
        ? []
        : [{ portId: port.id, segmentId: port.networkId, ...inside, mac: port.macAddress }];
    }),
    floatingIps: state.floatingIps.flatMap(({ address, association }) =>
      association?.routerId === router.id ? [{ floating: address, fixed: association.fixedIp }] : [],
    ),
  };
}

function routerAddress(port: View<Port>, state: CloudView): { address: string; prefixLength: number } | undefined {
  const [fixed] = port.fixedIps;
  if (fixed === undefined) return undefined;
  const { address, prefixLength } = fixedAddress(fixed, state);
  return { address, prefixLength };
}
