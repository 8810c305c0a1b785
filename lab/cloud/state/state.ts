/**
 * What the cloud knows: one value with every record of every service, as it is kept in the state file.
 * The schemas are the file's format; the types come from them. Times are milliseconds since the epoch.
 */
import { z } from "zod";
import { noOvhRecords, ovhRecords } from "./ovhRecords.ts";

/** A value that may only be read: what everybody but a change of the store gets to see. */
export type View<T> = T extends readonly (infer Item)[]
  ? readonly View<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: View<T[Key]> }
    : T;

const stamps = { createdAt: z.number(), updatedAt: z.number(), revision: z.int() };
const resource = { id: z.string(), description: z.string(), tags: z.array(z.string()), ...stamps };
const namedResource = { ...resource, name: z.string() };

const network = z.strictObject({
  ...namedResource,
  adminStateUp: z.boolean(),
  mtu: z.int(),
  portSecurityEnabled: z.boolean(),
  shared: z.boolean(),
  external: z.boolean(),
  provider: z.strictObject({
    networkType: z.string(),
    physicalNetwork: z.string().nullable(),
    segmentationId: z.int().nullable(),
  }),
});

const subnet = z.strictObject({
  ...namedResource,
  networkId: z.string(),
  cidr: z.string(),
  gatewayIp: z.string().nullable(),
  enableDhcp: z.boolean(),
  allocationPools: z.array(z.strictObject({ start: z.string(), end: z.string() })),
  dnsNameservers: z.array(z.string()),
});

const port = z.strictObject({
  ...namedResource,
  networkId: z.string(),
  macAddress: z.string(),
  adminStateUp: z.boolean(),
  fixedIps: z.array(z.strictObject({ subnetId: z.string(), ipAddress: z.string() })),
  portSecurityEnabled: z.boolean(),
  securityGroupIds: z.array(z.string()),
  allowedAddressPairs: z.array(z.strictObject({ ipAddress: z.string(), macAddress: z.string() })),
  deviceId: z.string(),
  deviceOwner: z.string(),
});

const securityGroup = z.strictObject({ ...namedResource });

const securityGroupRule = z.strictObject({
  ...resource,
  /** Null on the rules that a new group is born with, as in Neutron. */
  description: z.string().nullable(),
  securityGroupId: z.string(),
  standardAttrId: z.int(),
  direction: z.enum(["ingress", "egress"]),
  ethertype: z.enum(["IPv4", "IPv6"]),
  protocol: z.string().nullable(),
  portRangeMin: z.int().nullable(),
  portRangeMax: z.int().nullable(),
  remoteIpPrefix: z.string().nullable(),
  remoteGroupId: z.string().nullable(),
});

const router = z.strictObject({
  ...namedResource,
  adminStateUp: z.boolean(),
  /** The gateway's address is the fixed address of its port. */
  gateway: z.strictObject({ networkId: z.string(), portId: z.string(), enableSnat: z.boolean() }).nullable(),
});

const floatingIp = z.strictObject({
  ...resource,
  networkId: z.string(),
  address: z.string(),
  /** The port on the external network that holds the address. */
  externalPortId: z.string(),
  association: z.strictObject({ portId: z.string(), fixedIp: z.string(), routerId: z.string() }).nullable(),
});

const keypair = z.strictObject({
  number: z.int(),
  name: z.string(),
  publicKey: z.string(),
  fingerprint: z.string(),
  createdAt: z.number(),
});

const serverGroup = z.strictObject({
  id: z.string(),
  name: z.string(),
  policy: z.enum(["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]),
  maxServersPerHost: z.int(),
});

/** Nova's vm_state: what the machine is. */
const vmState = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("building") }),
  z.strictObject({ kind: z.literal("active") }),
  z.strictObject({ kind: z.literal("stopped") }),
  /** Resized and waiting for the owner's word; the old flavor is kept for a change of mind. */
  z.strictObject({ kind: z.literal("resized"), oldFlavorId: z.string() }),
  z.strictObject({ kind: z.literal("error"), message: z.string(), at: z.number() }),
]);

/** Nova's task_state: what is being done to the machine. */
const task = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("spawning") }),
  z.strictObject({ kind: z.literal("powering-on") }),
  z.strictObject({ kind: z.literal("powering-off") }),
  z.strictObject({ kind: z.literal("rebooting"), how: z.enum(["soft", "hard"]) }),
  z.strictObject({ kind: z.literal("rebuilding") }),
  z.strictObject({ kind: z.literal("resizing"), oldFlavorId: z.string() }),
  z.strictObject({ kind: z.literal("reverting-resize") }),
  z.strictObject({ kind: z.literal("deleting") }),
]);

const server = z.strictObject({
  id: z.string(),
  number: z.int(),
  name: z.string(),
  description: z.string().nullable(),
  imageId: z.string(),
  flavorId: z.string(),
  keyName: z.string().nullable(),
  configDriveAsked: z.boolean(),
  /** The drive's files, made when the disk is made and kept until it is made again. */
  configDrive: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  serverGroupId: z.string().nullable(),
  /** The compute host; null when no valid host was found, then there is no machine. */
  host: z.string().nullable(),
  /** Network cards in their order. */
  portIds: z.array(z.string()),
  /** Those of the ports that Nova made itself and deletes with the server. */
  ownPortIds: z.array(z.string()),
  power: z.enum(["on", "off"]),
  generation: z.int(),
  vm: vmState,
  task: task.nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  launchedAt: z.number().nullable(),
});

/** Keystone keeps no secret, only what tells that one is right. */
const applicationCredential = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  secretHash: z.string(),
  /** Whether it may make and delete application credentials itself. */
  unrestricted: z.boolean(),
  expiresAt: z.number().nullable(),
  /** Calls that it is kept to; none: to all that its roles allow. */
  accessRules: z
    .array(z.strictObject({ id: z.string(), service: z.string(), method: z.string(), path: z.string() }))
    .default([]),
});

/** The whole file. */
export const cloudStateSchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.number(),
  projectId: z.string(),
  userId: z.string(),
  /** The last number given to a record that has one. */
  counters: z.strictObject({ server: z.int(), keypair: z.int(), standardAttr: z.int(), segment: z.int() }),
  networks: z.array(network),
  subnets: z.array(subnet),
  ports: z.array(port),
  securityGroups: z.array(securityGroup),
  securityGroupRules: z.array(securityGroupRule),
  routers: z.array(router),
  floatingIps: z.array(floatingIp),
  keypairs: z.array(keypair),
  serverGroups: z.array(serverGroup),
  servers: z.array(server),
  applicationCredentials: z.array(applicationCredential).default(() => []),
  ovh: ovhRecords.default(noOvhRecords),
});

export type CloudState = z.infer<typeof cloudStateSchema>;

/** The state as everybody but a change of the store sees it. */
export type CloudView = View<CloudState>;

export type Network = z.infer<typeof network>;

export type Subnet = z.infer<typeof subnet>;
export type Port = z.infer<typeof port>;

export type FixedIp = Port["fixedIps"][number];
export type AddressPair = Port["allowedAddressPairs"][number];

export type SecurityGroup = z.infer<typeof securityGroup>;
export type SecurityGroupRule = z.infer<typeof securityGroupRule>;

export type Router = z.infer<typeof router>;
export type FloatingIp = z.infer<typeof floatingIp>;

export type Keypair = z.infer<typeof keypair>;
export type ServerGroup = z.infer<typeof serverGroup>;

export type Server = z.infer<typeof server>;
export type ApplicationCredential = z.infer<typeof applicationCredential>;

export type ServerTask = z.infer<typeof task>;

/** The record with this id, if there is one. */
export function findById<Row extends { readonly id: string }>(rows: readonly Row[], id: string): Row | undefined {
  return rows.find((row) => row.id === id);
}

/** Removes the records that match, in place. */
export function removeWhere<Row>(rows: Row[], matches: (row: Row) => boolean): void {
  rows.splice(0, rows.length, ...rows.filter((row) => !matches(row)));
}
