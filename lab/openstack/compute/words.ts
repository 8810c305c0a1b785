/** The words between Nova's driver (lab/openstack/nova/) and this hypervisor: what a request may say, and what an event is. */
import { isIP } from "node:net";
import { z } from "zod";
import { tapName } from "../../host/names.ts";
import type { PortPlan, SegmentPlan, ServerPlan } from "../../host/region.ts";

const uuid = z.guid();
const address = z.string().refine((text) => isIP(text) !== 0, "is no IP address");

const fixedAddress = z.strictObject({
  address,
  prefixLength: z.int().min(0).max(128),
  gateway: address.optional(),
});

/** A card as Nova's network information has it. */
export const portRequest = z.strictObject({
  id: uuid,
  networkId: uuid,
  mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  mtu: z.int().min(576).max(65_535),
  /** Whether the network is one of the provider's own, and not a tenant's. */
  external: z.boolean(),
  addresses: z.array(fixedAddress).max(64),
});
export type PortRequest = z.infer<typeof portRequest>;

/** Everything a server is made of. Nova's driver says all of it before each start, so that nothing is kept here for it. */
export const serverRequest = z.strictObject({
  hostname: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/),
  imageId: z.string().min(1).max(255),
  /** Of the config drive, by path, in base64. */
  files: z.record(z.string().min(1).max(255), z.base64()),
  ports: z.array(portRequest).max(32),
});
export type ServerRequest = z.infer<typeof serverRequest>;

export const stopRequest = z.strictObject({ graceSeconds: z.number().min(0).max(3600) });
export const rebootRequest = z.strictObject({ how: z.enum(["hard", "soft"]) });
export const removeRequest = z.strictObject({ disk: z.enum(["keep", "remove"]) });
/** The servers that Nova says a host has, running or not. */
export const inventoryRequest = z.strictObject({ serverIds: z.array(uuid) });

export const placeParams = z.strictObject({ host: z.string() });
export const serverParams = z.strictObject({ host: z.string(), server: uuid });
export const portParams = z.strictObject({ host: z.string(), server: uuid, port: uuid });

/** That a machine runs or does not, said when it changes. */
export interface PowerEvent {
  readonly serverId: string;
  readonly power: Power;
}

export type Power = "on" | "off";

/** The card as servers of this host know it. Filters are Neutron's. */
export const portPlan = ({ id, networkId, mac, addresses }: PortRequest): PortPlan => ({
  id,
  segmentId: networkId,
  mac,
  adminUp: true,
  addresses: addresses.map(({ address: own, prefixLength, gateway }) => ({
    address: own,
    prefixLength,
    ...(gateway === undefined ? {} : { gateway }),
  })),
});

export const segmentPlan = ({ networkId, mtu, external }: PortRequest): SegmentPlan => ({
  id: networkId,
  kind: external ? "external" : "tenant",
  mtu,
});

/** A disk is made again when Nova has it removed, as in a rebuild: so there is one generation. */
export const serverPlan = (id: string, { hostname, imageId, files, ports }: ServerRequest): ServerPlan => ({
  id,
  name: hostname,
  imageId,
  power: "on",
  portIds: ports.map((port) => port.id),
  configDrive: Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, new Uint8Array(Buffer.from(content, "base64"))]),
  ),
  generation: 1,
});

/**
 * Rules that let no frame in or out of these ports, beside Neutron's and without a look at them: a table of our own,
 * which its agents do not know. Replaced in one transaction.
 */
export function renderBlackholes(portIds: readonly string[]): string {
  const replace = ["table bridge vipf", "delete table bridge vipf"];
  if (portIds.length === 0) return `${replace.join("\n")}\n`;
  const taps = portIds.map((id) => `"${tapName(id)}"`).join(", ");
  return `${replace.join("\n")}
table bridge vipf {
  set blackholed {
    type ifname
    elements = { ${taps} }
  }
  chain prerouting {
    type filter hook prerouting priority -400; policy accept;
    iifname @blackholed drop
  }
  chain postrouting {
    type filter hook postrouting priority 400; policy accept;
    oifname @blackholed drop
  }
}
`;
}
