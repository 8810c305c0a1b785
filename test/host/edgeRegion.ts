/** The region most tests play: an edge pair on a private segment behind a router, with a client on the external one. */
import type { FilterRule, PortPlan, RegionPlan, RouterPlan, SegmentPlan, ServerPlan } from "../../lab/host/region.ts";

export const EXTERNAL: SegmentPlan = { id: "e1a5c0de-0000-4000-8000-000000000001", kind: "external", mtu: 1500 };
export const PRIVATE: SegmentPlan = { id: "ba5eba11-0000-4000-8000-000000000002", kind: "tenant", mtu: 1450 };

export const CLIENT = { address: "203.0.113.2", prefixLength: 24 } as const;
export const VIP = "10.25.0.10";
export const FLOATING_IP = "203.0.113.150";
const GATEWAY = "10.25.0.1";

/** What a security group that was just made allows: everything out, nothing in. */
export const EGRESS: readonly FilterRule[] = [
  { direction: "egress", family: 4 },
  { direction: "egress", family: 6 },
];
const PRIVATE_NETWORK = ["10.25.0.0/24"];
export const VRRP: FilterRule = { direction: "ingress", family: 4, protocol: 112, remote: PRIVATE_NETWORK };
export const PING: FilterRule = { direction: "ingress", family: 4, protocol: 1, ports: { min: 8, max: 0 } };
export const tcp = (port: number, remote?: readonly string[]): FilterRule => ({
  direction: "ingress",
  family: 4,
  protocol: 6,
  ports: { min: port, max: port },
  ...(remote === undefined ? {} : { remote }),
});

/** The MAC of node 1, 2, ... */
export const nodeMac = (node: number): string => `fa:16:3e:00:00:0${node}`;
/** The private address of node 1, 2, ... */
export const nodeAddress = (node: number): string => `10.25.0.1${node}`;
export const nodePortId = (node: number): string => `00f0000${node}-0000-4000-8000-000000000000`;
export const nodeId = (node: number): string => `5e4e400${node}-0000-4000-8000-000000000000`;

/** The port of a node: its own address, what it may hold besides, and what may come in. */
export function nodePort(node: number, rules: readonly FilterRule[], pairs: readonly string[] = [VIP]): PortPlan {
  const mac = nodeMac(node);
  return {
    id: nodePortId(node),
    segmentId: PRIVATE.id,
    mac,
    addresses: [{ address: nodeAddress(node), prefixLength: 24, gateway: GATEWAY }],
    adminUp: true,
    security: {
      allowedPairs: [nodeAddress(node), ...pairs].map((address) => ({ cidr: `${address}/32`, mac })),
      rules: [...EGRESS, ...rules],
    },
  };
}

/** A node that cloud-init sets up for the bearer of a key. */
export function nodeServer(
  node: number,
  user: { readonly publicKey?: string; readonly userData?: string } = {},
): ServerPlan {
  const name = `edge-${node}`;
  const metaData = {
    uuid: nodeId(node),
    name,
    hostname: name,
    ...(user.publicKey === undefined ? {} : { public_keys: { operator: user.publicKey } }),
  };
  return {
    id: nodeId(node),
    name,
    imageId: "debian-12",
    power: "on",
    portIds: [nodePortId(node)],
    configDrive: {
      "openstack/latest/meta_data.json": JSON.stringify(metaData),
      ...(user.userData === undefined ? {} : { "openstack/latest/user_data": user.userData }),
    },
    generation: 1,
  };
}

/** The router between the segments, with a floating IP for each node's own address (203.0.113.11, ...) and for the VIP. */
export const ROUTER: RouterPlan = {
  id: "40047e40-0000-4000-8000-000000000001",
  external: {
    segmentId: EXTERNAL.id,
    address: "203.0.113.100",
    prefixLength: 24,
    mac: "fa:16:3e:00:01:01",
    snat: true,
  },
  interfaces: [
    {
      portId: "40047e40-1000-4000-8000-000000000001",
      segmentId: PRIVATE.id,
      address: GATEWAY,
      prefixLength: 24,
      mac: "fa:16:3e:00:01:02",
    },
  ],
  floatingIps: [
    { floating: "203.0.113.11", fixed: nodeAddress(1) },
    { floating: "203.0.113.12", fixed: nodeAddress(2) },
    { floating: FLOATING_IP, fixed: VIP },
  ],
};

/** The whole region, with both nodes' ports as given. */
export const edgeRegion = (
  ports: readonly PortPlan[],
  servers: readonly ServerPlan[] = [nodeServer(1), nodeServer(2)],
): RegionPlan => ({ segments: [EXTERNAL, PRIVATE], ports, routers: [ROUTER], servers });
