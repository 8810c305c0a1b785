/** Neutron's IPAM: which fixed addresses a port gets. */

import { ApiError } from "../http/errors.ts";
import { addressNumber, addressText, isHostAddress } from "../state/addresses.ts";
import { type CloudState, type CloudView, type FixedIp, findById, type Subnet, type View } from "../state/state.ts";
import { invalidInput } from "./collections/attributes.ts";
import { cidrOf, poolRanges } from "./subnetPools.ts";

/** An address as asked for: a subnet, an address, or both. */
export interface FixedIpRequest {
  readonly subnet_id?: string | undefined;
  readonly ip_address?: string | undefined;
}

/**
 * The addresses for a port of the network. `requests` undefined: one address of any subnet, none when there is no
 * subnet. `portId` may keep what it has. Throws Neutron's refusals: 409 for an address in use or a pool that is empty,
 * 400 for one that does not fit.
 */
export function allocate(
  draft: CloudState,
  networkId: string,
  requests: readonly FixedIpRequest[] | undefined,
  portId?: string,
): FixedIp[] {
  const subnets = draft.subnets.filter((subnet) => subnet.networkId === networkId);
  const taken = addressesInUse(draft, portId);
  if (requests === undefined) {
    if (subnets.length === 0) return [];
    return [allocateFromAny(subnets, taken, networkId)];
  }
  const given: FixedIp[] = [];
  for (const request of requests) {
    const fixed = allocateOne(request, subnets, taken, networkId);
    given.push(fixed);
    taken.add(key(fixed));
  }
  return given;
}

function allocateOne(
  request: FixedIpRequest,
  subnets: readonly Subnet[],
  taken: ReadonlySet<string>,
  networkId: string,
): FixedIp {
  const { subnet_id: subnetId, ip_address: ipAddress } = request;
  if (subnetId === undefined && ipAddress === undefined) {
    throw invalidInput("IP allocation requires subnet_id or ip_address");
  }
  const subnet = subnetId === undefined ? undefined : findById(subnets, subnetId);
  if (subnetId !== undefined && subnet === undefined) {
    throw invalidInput(
      `Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${subnetId}`,
    );
  }
  if (ipAddress === undefined) return allocateFromAny(subnet === undefined ? [] : [subnet], taken, networkId);
  const number = addressNumber(ipAddress);
  const home = subnet ?? subnets.find((candidate) => number !== undefined && isHostAddress(cidrOf(candidate), number));
  if (home === undefined) {
    const message = `IP address ${ipAddress} is not a valid IP for any of the subnets on the specified network.`;
    throw new ApiError(400, message, "InvalidIpForNetwork");
  }
  if (number === undefined || !isHostAddress(cidrOf(home), number)) {
    const message = `IP address ${ipAddress} is not a valid IP for the specified subnet.`;
    throw new ApiError(400, message, "InvalidIpForSubnet");
  }
  const fixed = { subnetId: home.id, ipAddress };
  if (taken.has(key(fixed))) {
    const message = `IP address ${ipAddress} already allocated in subnet ${home.id}`;
    throw new ApiError(409, message, "IpAddressAlreadyAllocated");
  }
  return fixed;
}

/** The lowest free address of the first subnet that has one: the same request has the same answer every time. */
function allocateFromAny(subnets: readonly View<Subnet>[], taken: ReadonlySet<string>, networkId: string): FixedIp {
  for (const subnet of subnets) {
    for (const range of poolRanges(subnet)) {
      for (let number = range.first; number <= range.last; number += 1) {
        const fixed = { subnetId: subnet.id, ipAddress: addressText(number) };
        if (!taken.has(key(fixed))) return fixed;
      }
    }
  }
  throw new ApiError(409, `No more IP addresses available on network ${networkId}.`, "IpAddressGenerationFailure");
}

function addressesInUse(state: CloudView, exceptPortId: string | undefined): Set<string> {
  return new Set(state.ports.filter((port) => port.id !== exceptPortId).flatMap((port) => port.fixedIps.map(key)));
}

function key({ subnetId, ipAddress }: FixedIp): string {
  return `${subnetId} ${ipAddress}`;
}
