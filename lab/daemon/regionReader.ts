/** Reads what there is in the project from a real cloud's APIs. */
import { z } from "zod";
import type { Operator } from "../settings/operator.ts";
import type { RegionView } from "./labCloud.ts";

const servers = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })) });
const ports = z.object({
  ports: z.array(
    z.object({
      id: z.string(),
      network_id: z.string(),
      device_id: z.string(),
      fixed_ips: z.array(z.object({ ip_address: z.string() })),
    }),
  ),
});
const networks = z.object({
  networks: z.array(z.object({ id: z.string(), name: z.string(), "router:external": z.boolean() })),
});
const floatingIps = z.object({
  floatingips: z.array(z.object({ floating_ip_address: z.string(), fixed_ip_address: z.string().nullable() })),
});

/** Four lists at a time. @throws Error with the answer's text when one of them is refused */
export async function readRegion(operator: Operator): Promise<RegionView> {
  const read = async <T>(schema: z.ZodType<T>, path: string): Promise<T> =>
    schema.parse(await operator.call("GET", path));
  const [compute, cards, segments, addresses] = await Promise.all([
    read(servers, "compute/v2.1/servers/detail"),
    read(ports, "network/v2.0/ports"),
    read(networks, "network/v2.0/networks"),
    read(floatingIps, "network/v2.0/floatingips"),
  ]);
  const cardsOf = (serverId: string): typeof cards.ports => cards.ports.filter(({ device_id: id }) => id === serverId);
  return {
    servers: compute.servers.map(({ id, name, status }) => ({
      id,
      name,
      status,
      addresses: cardsOf(id).flatMap(({ fixed_ips: fixed }) => fixed.map(({ ip_address: address }) => address)),
    })),
    networks: segments.networks.map((network) => ({
      id: network.id,
      name: network.name,
      external: network["router:external"],
    })),
    floatingIps: addresses.floatingips.map(({ floating_ip_address: address, fixed_ip_address: fixedAddress }) => ({
      address,
      fixedAddress,
    })),
  };
}
