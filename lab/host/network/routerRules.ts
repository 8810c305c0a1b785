/** A router as text: its interfaces for `ip -batch`, its address translation for nftables. Pure. */

import { gatewayName, gatewayTapName, routerPortName, tapName } from "../names.ts";
import type { RouterPlan, SegmentPlan } from "../region.ts";
import type { Cable } from "./links.ts";

/** A router's interface: a cable, and the address on its far end. */
export interface RouterInterface {
  readonly cable: Cable;
  readonly address: string;
  readonly prefixLength: number;
}

/** The interfaces a router has by its plan. @throws Error when a segment is not in the region */
export function routerInterfaces(
  router: RouterPlan,
  namespace: string,
  segments: ReadonlyMap<string, SegmentPlan>,
): readonly RouterInterface[] {
  const segmentOf = (segmentId: string): SegmentPlan => {
    const segment = segments.get(segmentId);
    if (segment === undefined) throw new Error(`router ${router.id} is on segment ${segmentId}, which is not there`);
    return segment;
  };
  const inside = router.interfaces.map(({ portId, segmentId, mac, address, prefixLength }) => ({
    cable: {
      segment: segmentOf(segmentId),
      tap: tapName(portId),
      namespace,
      device: routerPortName(portId),
      mac,
      carrier: true,
    },
    address,
    prefixLength,
  }));
  const { external } = router;
  if (external === undefined) return inside;
  const cable = {
    segment: segmentOf(external.segmentId),
    tap: gatewayTapName(router.id),
    namespace,
    device: gatewayName(router.id),
    mac: external.mac,
    carrier: true,
  };
  return [...inside, { cable, address: external.address, prefixLength: external.prefixLength }];
}

/** Addresses and state of an interface, for the router's namespace. */
export const interfaceLines = ({ cable, address, prefixLength }: RouterInterface): readonly string[] => [
  `addr add ${address}/${prefixLength} dev ${cable.device}`,
  `link set ${cable.device} up`,
];

/** Floating IPs of one plan that another does not have in the same way. */
export const floatingIpsWithout = (of: RouterPlan, other: RouterPlan | undefined): RouterPlan["floatingIps"] =>
  of.floatingIps.filter(
    ({ floating, fixed }) =>
      !(other?.floatingIps ?? []).some((theirs) => theirs.floating === floating && theirs.fixed === fixed),
  );

/** A floating IP is an address of the router: it answers ARP for it and takes its packets in. */
export const floatingIpLine = (verb: "add" | "del", routerId: string, floating: string): string =>
  `addr ${verb} ${floating}/32 dev ${gatewayName(routerId)}`;

/**
 * Makes the kernel say a gratuitous ARP for every address of the router's outside, floating IPs with them: it does so
 * whenever a MAC is set, even to what it was, where arp_notify is on (Linux, ip-sysctl.rst).
 */
export const announcementLines = ({ id, external }: RouterPlan): readonly string[] =>
  external === undefined ? [] : [`link set ${gatewayName(id)} address ${external.mac}`];

/** The script for `nft -f -` in the router's namespace; it replaces the last one in a single transaction. */
export function renderRouterRules(router: RouterPlan): string {
  return [
    "table ip vipf",
    "delete table ip vipf",
    "table ip vipf {",
    ...(router.external === undefined ? [] : translation(router, router.external)),
    "}",
    "",
  ].join("\n");
}

function translation(router: RouterPlan, external: NonNullable<RouterPlan["external"]>): readonly string[] {
  const outside = gatewayName(router.id);
  const toFixed = router.floatingIps.map(({ floating, fixed }) => `${floating} : ${fixed}`);
  const toFloating = router.floatingIps.map(({ floating, fixed }) => `${fixed} : ${floating}`);
  return [
    ...addressMap("to_fixed", toFixed),
    ...addressMap("to_floating", toFloating),
    "  chain prerouting {",
    "    type nat hook prerouting priority dstnat; policy accept;",
    "    dnat to ip daddr map @to_fixed",
    "  }",
    "  chain postrouting {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    // A server that calls a floating IP of its own router: the answer has to come back through the router.
    `    iifname != "${outside}" oifname != "${outside}" ct status dnat snat to ${external.address}`,
    `    oifname != "${outside}" accept`,
    "    snat to ip saddr map @to_floating",
    ...(external.snat ? [`    iifname != "${outside}" snat to ${external.address}`] : []),
    "  }",
  ];
}

const addressMap = (name: string, elements: readonly string[]): readonly string[] => [
  `  map ${name} {`,
  "    type ipv4_addr : ipv4_addr",
  ...(elements.length === 0 ? [] : [`    elements = { ${elements.join(", ")} }`]),
  "  }",
];
