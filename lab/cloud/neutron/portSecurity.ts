/** Neutron's port security rules: when a port may have security groups and allowed address pairs. */
import { ApiError } from "../http/errors.ts";
import { type AddressPair, type CloudView, findById, type Port, type View } from "../state/state.ts";

/** Neutron's max_allowed_address_pair. */
const MAX_PAIRS = 10;

/** An allowed address pair as asked for; the port's own MAC address is meant where none is given. */
export interface PairRequest {
  readonly ip_address: string;
  readonly mac_address?: string | undefined;
}

/** The pairs as a port keeps them. Throws Neutron's 400 for one that comes twice or for too many. */
export function expandPairs(requests: readonly PairRequest[], ownMac: string): AddressPair[] {
  if (requests.length > MAX_PAIRS) {
    const message = `The number of allowed address pair exceeds the maximum ${MAX_PAIRS}.`;
    throw new ApiError(400, message, "AllowedAddressPairExhausted");
  }
  const pairs: AddressPair[] = [];
  for (const { ip_address: ipAddress, mac_address: asked } of requests) {
    const macAddress = asked ?? ownMac;
    if (pairs.some((other) => other.ipAddress === ipAddress && other.macAddress === macAddress)) {
      const asAsked = requests.filter((other) => other.ip_address === ipAddress && other.mac_address === asked);
      // Neutron looks for twins before it knows the port's MAC address, and again when it does.
      const told = asAsked.length > 1 ? (asked ?? "None") : macAddress;
      const message = `Request contains duplicate address pair: mac_address ${told} ip_address ${ipAddress}.`;
      throw new ApiError(400, message, "DuplicateAddressPairInRequest");
    }
    pairs.push({ ipAddress, macAddress });
  }
  // The order in which they are asked for means nothing; Neutron answers with its own.
  return pairs.toSorted((a, b) => a.ipAddress.localeCompare(b.ipAddress, "en", { numeric: true }));
}

/**
 * Refuses what a port without port security cannot have.
 * `switchedOff`: it had port security until now, then its security groups are what is in the way.
 */
export function checkPortSecurity(port: View<Port>, switchedOff: boolean): void {
  if (port.portSecurityEnabled) return;
  if (port.allowedAddressPairs.length > 0) {
    throw new ApiError(
      409,
      "Port Security must be enabled in order to have allowed address pairs on a port.",
      "AddressPairAndPortSecurityRequired",
    );
  }
  if (port.securityGroupIds.length === 0) return;
  if (switchedOff) {
    throw new ApiError(
      409,
      "Port has security group associated. Cannot disable port security or IP address until security group is removed.",
      "PortSecurityPortHasSecurityGroup",
    );
  }
  throw new ApiError(
    400,
    "Port security must be enabled and port must have an IP address in order to use security groups.",
    "PortSecurityAndIPRequiredForSecurityGroups",
  );
}

/** Refuses a security group that is not there. */
export function checkSecurityGroups(state: CloudView, ids: readonly string[]): void {
  for (const id of ids) {
    if (findById(state.securityGroups, id) === undefined) {
      throw new ApiError(404, `Security group ${id} does not exist`, "SecurityGroupNotFound");
    }
  }
}
