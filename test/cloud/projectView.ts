/** What a project has, as its cloud's APIs tell. */
import { z } from "zod";
import type { CloudCaller } from "./cloudCaller.ts";

const named = z.object({ id: z.string(), name: z.string() });
const lists = {
  servers: z.object({
    servers: z.array(
      named.extend({
        status: z.string(),
        hostId: z.string(),
        key_name: z.string().nullable(),
        metadata: z.record(z.string(), z.string()),
        flavor: z.object({ id: z.string() }),
        image: z.object({ id: z.string() }),
      }),
    ),
  }),
  networks: z.object({ networks: z.array(named.extend({ "router:external": z.boolean() })) }),
  subnets: z.object({ subnets: z.array(named.extend({ cidr: z.string(), network_id: z.string() })) }),
  ports: z.object({
    ports: z.array(
      named.extend({
        mac_address: z.string(),
        allowed_address_pairs: z.array(z.object({ ip_address: z.string() })),
      }),
    ),
  }),
  routers: z.object({ routers: z.array(named) }),
  floatingIps: z.object({ floatingips: z.array(z.object({ fixed_ip_address: z.string().nullable() })) }),
  securityGroups: z.object({ security_groups: z.array(named) }),
  securityGroupRules: z.object({ security_group_rules: z.array(z.object({ id: z.string() })) }),
  keypairs: z.object({ keypairs: z.array(z.object({ keypair: z.object({ name: z.string() }) })) }),
  serverGroups: z.object({ server_groups: z.array(named) }),
} as const;

type Listed<Kind extends keyof typeof lists> = z.infer<(typeof lists)[Kind]>;

export interface ProjectView {
  readonly servers: Listed<"servers">["servers"];
  readonly networks: Listed<"networks">["networks"];
  readonly subnets: Listed<"subnets">["subnets"];
  readonly ports: Listed<"ports">["ports"];
  readonly routers: Listed<"routers">["routers"];
  readonly floatingIps: Listed<"floatingIps">["floatingips"];
  readonly securityGroups: Listed<"securityGroups">["security_groups"];
  readonly securityGroupRules: Listed<"securityGroupRules">["security_group_rules"];
  readonly keypairs: Listed<"keypairs">["keypairs"];
  readonly serverGroups: Listed<"serverGroups">["server_groups"];
}

/** Ten lists, in turn. Without what belongs to the external network, whose owner is somebody else. */
export async function viewProject(caller: CloudCaller): Promise<ProjectView> {
  const read = async <T>(schema: z.ZodType<T>, path: string): Promise<T> =>
    schema.parse(await caller.done("GET", path));
  const { servers } = await read(lists.servers, "/compute/v2.1/servers/detail");
  const { networks } = await read(lists.networks, "/network/v2.0/networks");
  const { subnets } = await read(lists.subnets, "/network/v2.0/subnets");
  const { ports } = await read(lists.ports, "/network/v2.0/ports");
  const { routers } = await read(lists.routers, "/network/v2.0/routers");
  const { floatingips } = await read(lists.floatingIps, "/network/v2.0/floatingips");
  const { security_groups: securityGroups } = await read(lists.securityGroups, "/network/v2.0/security-groups");
  const { security_group_rules: securityGroupRules } = await read(
    lists.securityGroupRules,
    "/network/v2.0/security-group-rules",
  );
  const { keypairs } = await read(lists.keypairs, "/compute/v2.1/os-keypairs");
  const { server_groups: serverGroups } = await read(lists.serverGroups, "/compute/v2.1/os-server-groups");
  const external = networks.filter((network) => network["router:external"]).map(({ id }) => id);
  return {
    servers,
    networks: networks.filter(({ id }) => !external.includes(id)),
    subnets: subnets.filter(({ network_id: id }) => !external.includes(id)),
    ports,
    routers,
    floatingIps: floatingips,
    securityGroups,
    securityGroupRules,
    keypairs,
    serverGroups,
  };
}
