/**
 * The first of the articles that this project starts from, as a stack on OVH's double: CARP with vhid 1 and skews of 1 and 50
 * on a private network of the vRack, a ping that demotes, and a failover IP that leads to the master.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type LabSettings, REGION } from "../../../lab/settings/settings.ts";
import { CHECKOUT } from "../../../toolchain/places.ts";
import type { Play } from "../scene/world.ts";

const EXAMPLE = join(CHECKOUT, "docs", "examples", "ovh-failover-ip.yaml");

export const VIP = "edge";
/** One that the lab's region has. */
export const FAILOVER_IP = "198.51.100.10";
/** In the place of 8.8.8.8, which the article pings: an address of the lab's client host. */
export const PING_TARGET = "203.0.113.8";

/** What must be seen nowhere: the group's password. */
export const plantedPassword = (): string => randomBytes(9).toString("hex");

/** The example, with what only this lab can know. */
export function seedPlay(settings: LabSettings, password: string): Play {
  const api = (host: string): string => `http://${host}:${settings.apiPort}/ovh/1.0`;
  const example = parse(readFileSync(EXAMPLE, "utf8")) as { readonly config: Readonly<Record<string, unknown>> };
  const own = ["network", "nodes", "vips", "services"].map(
    (key) => [key, example.config[`vip-failover:${key}`]] as const,
  );
  const edit: Play["edit"] = (document, { environment }) => {
    const set = (path: readonly (string | number)[], value: unknown): void => {
      const [section, ...rest] = path;
      document.setIn(["config", `vip-failover:${String(section)}`, ...rest], document.createNode(value));
    };
    for (const [key, value] of own) set([key], value);
    set(["allowPlainHttp"], true);
    set(["network", "vrack"], "pn-100042");
    set(["ovh"], {
      endpoint: api("127.0.0.1"),
      agentEndpoint: api(REGION.client.address),
      project: environment["OVH_CLOUD_PROJECT_SERVICE"],
      credentials: "create",
    });
    set(["ssh", "via"], "public");
    set(["vips", VIP, "public"], { failoverIp: FAILOVER_IP });
    set(["vips", VIP, "track", "uplink"], {
      ping: PING_TARGET,
      every: "500ms",
      timeout: "400ms",
      rise: 2,
      fall: 2,
      demote: 60,
    });
    document.deleteIn(["config", "vip-failover:vips", VIP, "authentication"]);
    set(["services"], [{ protocol: "tcp", port: 80, from: ["0.0.0.0/0"] }]);
  };
  return { edit, secrets: { [`vips.${VIP}.authentication`]: password } };
}
