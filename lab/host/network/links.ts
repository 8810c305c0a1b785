/** Segments and cables as lines for `ip -batch`: pure text, so that one process makes many of them. */
import { familyOf } from "../cidr.ts";
import { bridgeName, tapName } from "../names.ts";
import type { FixedAddress, PortPlan, SegmentPlan } from "../region.ts";

/** A switch with no delay of its own: no spanning tree, no learning of multicast groups, as Neutron makes its bridges. */
export function segmentLines({ id, mtu }: SegmentPlan): readonly string[] {
  const bridge = bridgeName(id);
  return [
    `link add ${bridge} mtu ${mtu} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set ${bridge} up`,
  ];
}

/** A cable from a bridge in the fabric to a device in another namespace. */
export interface Cable {
  readonly segment: SegmentPlan;
  /** The switch's end. */
  readonly tap: string;
  readonly namespace: string;
  /** The far end, as its namespace calls it. */
  readonly device: string;
  /** The far end's MAC; the kernel picks one when left out. */
  readonly mac?: string;
  /** Whether the switch's end is up: if not, the far end sees no carrier. */
  readonly carrier: boolean;
}

/** Lines for the fabric's namespace. */
export function cableLines({ segment, tap, namespace, device, mac, carrier }: Cable): readonly string[] {
  const address = mac === undefined ? "" : ` address ${mac}`;
  const { mtu } = segment;
  return [
    `link add ${tap} mtu ${mtu} type veth peer name ${device} netns ${namespace} mtu ${mtu}${address}`,
    `link set ${tap} master ${bridgeName(segment.id)}`,
    ...(carrier ? [`link set ${tap} up`] : []),
  ];
}

/** The cable of a server's port. */
export const portCable = (
  port: PortPlan,
  at: { readonly segment: SegmentPlan; readonly namespace: string; readonly device: string; readonly carrier: boolean },
): Cable => ({ ...at, tap: tapName(port.id), mac: port.mac });

/** What DHCP would have given a device on a segment of that kind, as lines for its own namespace. */
export function leaseLines({ device, on, addresses }: Lease): readonly string[] {
  return [
    ...addresses.map(({ address, prefixLength }) => addressLine("add", device, address, prefixLength)),
    ...addresses.flatMap(({ gateway }) => (gateway === undefined ? [] : [routeLine("add", device, on, gateway)])),
  ];
}

/** Takes back what `leaseLines` gave; what the server added itself stays. */
export function returnLines({ device, on, addresses }: Lease): readonly string[] {
  return [
    ...addresses.flatMap(({ gateway }) => (gateway === undefined ? [] : [routeLine("del", device, on, gateway)])),
    ...addresses.map(({ address, prefixLength }) => addressLine("del", device, address, prefixLength)),
  ];
}

/** What a device has by lease. */
export interface Lease {
  readonly device: string;
  readonly on: SegmentPlan["kind"];
  readonly addresses: readonly FixedAddress[];
}

/** IPv6 without duplicate address detection: the hypervisor's planner knows that an address is free. */
const addressLine = (verb: "add" | "del", device: string, address: string, prefixLength: number): string =>
  `addr ${verb} ${address}/${prefixLength} dev ${device}${verb === "add" && familyOf(address) === 6 ? " nodad" : ""}`;

/** Metrics of default routes: the way out is the external segment where there is one. */
const METRIC = { external: 50, tenant: 100 } as const;

/** Of several alike the first device's default route wins, as with a DHCP client that gives later devices a worse metric. */
const routeLine = (verb: "add" | "del", device: string, on: SegmentPlan["kind"], gateway: string): string =>
  `route ${verb} default via ${gateway} dev ${device} metric ${METRIC[on] + Number(device.replace(/\D/g, ""))}`;
