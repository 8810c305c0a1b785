/** The private network: its subnet, where on OVH's vRack it is, and whether it has a way out of its own. */
import type { StackConfig } from "../schema/schema.ts";
import { allocationPool, defaultGateway, formatRange } from "../values/addresses.ts";
import { formatIpv4, type Ipv4Network } from "../values/ipv4.ts";
import { needsRouter, type Reached } from "./reach.ts";

/** The private network and its way out. */
export interface NetworkPlan {
  readonly name: string;
  readonly cidr: string;
  /** The router's address on it, ours or the cloud's; absent when there is no way out and so no gateway. */
  readonly gateway?: string;
  /** Addresses the cloud may use by itself. */
  readonly pool: { readonly start: string; readonly end: string };
  readonly dhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly mtu?: number;
  readonly vlan?: number;
  /** OVH: what the project must be in. */
  readonly vrack?: { readonly name: string; readonly project: string };
  /** Name of the network with public addresses that a router leads to; absent: there is no router. */
  readonly externalNetwork?: string;
}

/** Plans the network of a cluster that is reached so. @param prefix its name when it has none of its own */
export function planNetwork(
  { network, defaults, ovh }: StackConfig,
  cidr: Ipv4Network,
  prefix: string,
  reached: Reached,
): NetworkPlan {
  const { externalNetwork } = defaults;
  const isRouted = externalNetwork !== undefined && needsRouter(reached);
  // The gateway of a block that is routed into the vRack is OVH's own.
  const isBlock = network.gateway !== undefined && reached.publics.some((one) => one?.routed !== undefined);
  const gateway = formatIpv4(network.gateway ?? defaultGateway(cidr));
  return {
    name: network.name ?? prefix,
    cidr: network.cidr,
    pool: formatRange(allocationPool(cidr, network.gateway)),
    dhcp: network.dhcp,
    // One that is listed twice is refused by Neutron.
    dnsNameservers: [...new Set(network.dnsNameservers)].map(formatIpv4),
    ...(network.mtu === undefined ? {} : { mtu: network.mtu }),
    ...(network.vlan === undefined ? {} : { vlan: network.vlan }),
    ...(network.vrack === undefined || ovh?.project === undefined
      ? {}
      : { vrack: { name: network.vrack, project: ovh.project } }),
    ...(isRouted || isBlock ? { gateway } : {}),
    ...(isRouted ? { externalNetwork } : {}),
  };
}
