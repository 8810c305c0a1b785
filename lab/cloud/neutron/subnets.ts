/** Neutron subnets: IPv4, with their allocation pools. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import {
  addressNumber,
  addressText,
  type Cidr,
  cidrText,
  contains,
  isHostAddress,
  overlap,
  parseCidr,
} from "../state/addresses.ts";
import { type CloudState, type CloudView, findById, removeWhere, type Subnet, type View } from "../state/state.ts";
import {
  boolean,
  integer,
  invalidInput,
  ipv4Address,
  ownerAttributes,
  requireOwner,
  shortText,
  unsupportedList,
  uuid,
} from "./collections/attributes.ts";
import { type Collection, commonAnswer, newRow, touch } from "./collections/collection.ts";
import { requireNetwork } from "./networks.ts";
import { cidrOf, defaultPools, poolRange } from "./subnetPools.ts";

const pool = z.strictObject({ start: ipv4Address, end: ipv4Address });

const changeable = {
  name: shortText.optional(),
  description: shortText.optional(),
  /** Null or an empty text: the subnet has no gateway. */
  gateway_ip: z
    .union([z.literal("").transform(() => null), ipv4Address])
    .nullable()
    .optional(),
  enable_dhcp: boolean.optional(),
  allocation_pools: z.array(pool).optional(),
  dns_nameservers: z.array(ipv4Address).optional(),
  host_routes: unsupportedList("host routes").optional(),
  service_types: unsupportedList("service types").optional(),
};

const createSchema = z.strictObject({
  ...changeable,
  ...ownerAttributes,
  network_id: uuid,
  cidr: z.string(),
  ip_version: integer.pipe(z.literal(4, { error: "this cloud has IPv4 subnets only" })).default(4),
});

const updateSchema = z.strictObject(changeable);

/** The subnet, or Neutron's refusal. */
export function requireSubnet(state: CloudView, id: string): View<Subnet> {
  const subnet = findById(state.subnets, id);
  if (subnet === undefined) throw subnetNotFound(id);
  return subnet;
}

function subnetNotFound(id: string): ApiError {
  return new ApiError(404, `Subnet ${id} could not be found.`, "SubnetNotFound");
}

function subnetAnswer(subnet: View<Subnet>, state: CloudView): Wire {
  return {
    id: subnet.id,
    name: subnet.name,
    description: subnet.description,
    network_id: subnet.networkId,
    ip_version: 4,
    cidr: subnet.cidr,
    gateway_ip: subnet.gatewayIp,
    enable_dhcp: subnet.enableDhcp,
    allocation_pools: subnet.allocationPools,
    dns_nameservers: subnet.dnsNameservers,
    host_routes: [],
    service_types: [],
    subnetpool_id: null,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    ...commonAnswer(subnet, state),
  };
}

function create(draft: CloudState, attributes: z.output<typeof createSchema>, now: number): Subnet {
  requireOwner(draft.projectId, attributes);
  const network = requireNetwork(draft, attributes.network_id);
  const cidr = parseCidr(attributes.cidr);
  if (cidr === undefined) {
    throw invalidInput(`${attributes.cidr} is not in a CIDR format`);
  }
  const siblings = draft.subnets.filter((subnet) => subnet.networkId === network.id);
  if (siblings.some((sibling) => overlap(cidrOf(sibling), cidr))) {
    const text = cidrText(cidr);
    throw invalidInput(`Requested subnet with cidr: ${text} for network: ${network.id} overlaps with another subnet`);
  }
  const subnet = addSubnet(draft, now, {
    networkId: network.id,
    name: attributes.name ?? "",
    description: attributes.description ?? "",
    cidr,
    gatewayIp: attributes.gateway_ip === undefined ? addressText(cidr.first + 1) : attributes.gateway_ip,
    enableDhcp: attributes.enable_dhcp ?? true,
    pools: attributes.allocation_pools,
    dnsNameservers: attributes.dns_nameservers ?? [],
  });
  touch(network, now);
  return subnet;
}

/** Makes a subnet, with Neutron's own pools unless some are given. */
export function addSubnet(
  draft: CloudState,
  now: number,
  spec: Pick<Subnet, "networkId" | "name" | "description" | "gatewayIp" | "enableDhcp" | "dnsNameservers"> & {
    readonly cidr: Cidr;
    readonly pools: Subnet["allocationPools"] | undefined;
  },
): Subnet {
  const { cidr, pools, ...rest } = spec;
  const subnet: Subnet = {
    ...newRow(now),
    ...rest,
    id: randomUUID(),
    cidr: cidrText(cidr),
    allocationPools: pools ?? defaultPools(cidr, rest.gatewayIp),
  };
  checkGatewayAndPools(subnet);
  draft.subnets.push(subnet);
  return subnet;
}

function checkGatewayAndPools(subnet: View<Subnet>): void {
  const cidr = cidrOf(subnet);
  const gateway = subnet.gatewayIp === null ? undefined : addressNumber(subnet.gatewayIp);
  if (gateway !== undefined && !isHostAddress(cidr, gateway)) throw invalidInput("Gateway is not valid on subnet");
  subnet.allocationPools.forEach((pool, index) => {
    const range = poolRange(pool);
    const name = `${pool.start}-${pool.end}`;
    if (range.first > range.last) {
      throw new ApiError(
        400,
        `The start IP address of the allocation pool ${name} is after its end.`,
        "InvalidAllocationPool",
      );
    }
    if (!isHostAddress(cidr, range.first) || !isHostAddress(cidr, range.last)) {
      const message = `The allocation pool ${name} spans beyond the subnet cidr ${subnet.cidr}.`;
      throw new ApiError(400, message, "OutOfBoundsAllocationPool");
    }
    if (gateway !== undefined && contains(range, gateway)) {
      const message = `Gateway ip ${addressText(gateway)} conflicts with allocation pool ${name}.`;
      throw new ApiError(409, message, "GatewayConflictWithAllocationPools");
    }
    const other = subnet.allocationPools.slice(0, index).find((earlier) => overlap(poolRange(earlier), range));
    if (other !== undefined) {
      const both = `${other.start}-${other.end}, ${name}`;
      const message = `Found overlapping allocation pools: ${both} for subnet ${subnet.cidr}.`;
      throw new ApiError(409, message, "OverlappingAllocationPools");
    }
  });
}

function update(draft: CloudState, subnet: Subnet, attributes: z.output<typeof updateSchema>): void {
  const { gateway_ip: gatewayIp } = attributes;
  if (gatewayIp !== undefined && gatewayIp !== subnet.gatewayIp) {
    const user = draft.ports.find(
      (port) =>
        port.deviceOwner === "network:router_interface" &&
        port.fixedIps.some((fixed) => fixed.subnetId === subnet.id && fixed.ipAddress === subnet.gatewayIp),
    );
    if (user !== undefined) {
      const current = `Current gateway ip ${subnet.gatewayIp ?? ""}`;
      const message = `${current} already in use by port ${user.id}. Unable to update.`;
      throw new ApiError(409, message, "GatewayIpInUse");
    }
    subnet.gatewayIp = gatewayIp;
  }
  subnet.name = attributes.name ?? subnet.name;
  subnet.description = attributes.description ?? subnet.description;
  subnet.enableDhcp = attributes.enable_dhcp ?? subnet.enableDhcp;
  subnet.allocationPools = attributes.allocation_pools ?? subnet.allocationPools;
  subnet.dnsNameservers = attributes.dns_nameservers ?? subnet.dnsNameservers;
  checkGatewayAndPools(subnet);
}

function remove(draft: CloudState, subnet: Subnet, now: number): void {
  const network = requireNetwork(draft, subnet.networkId);
  if (draft.ports.some((port) => port.fixedIps.some((fixed) => fixed.subnetId === subnet.id))) {
    const message =
      `Unable to complete operation on subnet ${subnet.id}: ` +
      "One or more ports have an IP allocation from this subnet.";
    throw new ApiError(409, message, "SubnetInUse");
  }
  removeWhere(draft.subnets, (other) => other.id === subnet.id);
  touch(network, now);
}

/** `/subnets`. */
export const subnets: Collection<Subnet, typeof createSchema, typeof updateSchema> = {
  path: "subnets",
  plural: "subnets",
  singular: "subnet",
  createSchema,
  updateSchema,
  read: (state) => state.subnets,
  edit: (draft) => draft.subnets,
  answer: subnetAnswer,
  missing: subnetNotFound,
  create,
  update,
  remove,
};
