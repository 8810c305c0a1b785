/** Calls the lab's cloud as its operator would with curl: a token, then Neutron. */
import { z } from "zod";
import { logIn } from "../../../lab/settings/operator.ts";
import { type LabSettings, REGION } from "../../../lab/settings/settings.ts";

const port = z.object({
  id: z.string(),
  name: z.string(),
  device_id: z.string(),
  allowed_address_pairs: z.array(z.object({ ip_address: z.string(), mac_address: z.string() })),
});
const rule = z.object({
  id: z.string(),
  direction: z.string(),
  protocol: z.string().nullable(),
  port_range_min: z.int().nullable(),
  security_group_id: z.string(),
});

export type Port = z.infer<typeof port>;

export type Rule = z.infer<typeof rule>;

export interface CloudApi {
  ports(): Promise<Port[]>;
  setAllowedPairs(portId: string, addresses: readonly string[]): Promise<void>;
  rules(): Promise<Rule[]>;
  deleteRule(id: string): Promise<void>;
  /** Number of objects the project owns, by kind; what `destroy` must leave empty. */
  leftovers(): Promise<Record<string, number>>;
}

const KINDS = {
  networks: "network/v2.0/networks",
  ports: "network/v2.0/ports",
  routers: "network/v2.0/routers",
  floatingips: "network/v2.0/floatingips",
  servers: "compute/v2.1/servers",
} as const;

export async function openCloud(settings: LabSettings, password: string): Promise<CloudApi> {
  const operator = await logIn(settings.apiPort, password);
  const call: typeof operator.call = (...args) => operator.call(...args);
  return {
    ports: async () => z.object({ ports: z.array(port) }).parse(await call("GET", "network/v2.0/ports")).ports,
    setAllowedPairs: async (id, addresses) => {
      const pairs = addresses.map((address) => ({ ip_address: address }));
      await call("PUT", `network/v2.0/ports/${id}`, { port: { allowed_address_pairs: pairs } });
    },
    rules: async () =>
      z.object({ security_group_rules: z.array(rule) }).parse(await call("GET", "network/v2.0/security-group-rules"))
        .security_group_rules,
    deleteRule: async (id) => {
      await call("DELETE", `network/v2.0/security-group-rules/${id}`);
    },
    leftovers: async () => {
      const counts: Record<string, number> = {};
      for (const [kind, path] of Object.entries(KINDS)) {
        const list = z
          .record(z.string(), z.array(z.looseObject({ name: z.string().optional() })))
          .parse(await call("GET", path));
        counts[kind] = (list[kind] ?? []).filter(({ name }) => name !== REGION.externalNetwork.name).length;
      }
      return counts;
    },
  };
}
