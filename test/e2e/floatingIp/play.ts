/** The example of a floating IP that the agents move, as a stack on the lab: nodes with private addresses only, reached as over a VPN. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { logIn } from "../../../lab/settings/operator.ts";
import { type LabSettings, ovhEndpoint, REGION } from "../../../lab/settings/settings.ts";
import { CHECKOUT } from "../../../toolchain/places.ts";
import type { Play, World } from "../scene/world.ts";

const EXAMPLE = join(CHECKOUT, "docs", "examples", "ovh-floating-ip.yaml");
export const VIP = "web";

/** The example, with what only this lab can know. */
export function floatingIpPlay(settings: LabSettings): Play {
  const example = parse(readFileSync(EXAMPLE, "utf8")) as { readonly config: Readonly<Record<string, unknown>> };
  const edit: Play["edit"] = (document, { environment }) => {
    const set = (path: readonly string[], value: unknown): void => {
      const [section, ...rest] = path;
      document.setIn(["config", `vip-failover:${section ?? ""}`, ...rest], document.createNode(value));
    };
    for (const key of ["network", "nodes", "vips"]) set([key], example.config[`vip-failover:${key}`]);
    set(["network", "vrack"], REGION.ovh.vrack.name);
    set(["ovh"], { endpoint: ovhEndpoint(settings.apiPort), project: environment["OVH_CLOUD_PROJECT_SERVICE"] });
    set(["ssh", "via"], "private");
    // What somebody led elsewhere by hand stays there for a minute otherwise.
    set(["vips", VIP, "public", "takeBackAfter"], "2s");
  };
  return { edit, secrets: {} };
}

const made = z.object({ application_credential: z.object({ id: z.string(), secret: z.string() }) });

/** Makes the agents' credential as an operator would, and writes it into the stack. @returns its secret */
export async function configureCredential(world: World): Promise<string> {
  const { settings } = world;
  const operator = await logIn(settings.apiPort, world.password);
  const path = `identity/v3/users/${operator.userId}/application_credentials`;
  const asked = { application_credential: { name: "failover-agents" } };
  const { id, secret } = made.parse(await operator.call("POST", path, asked)).application_credential;
  const authUrl = `http://${REGION.client.address}:${settings.apiPort}/identity/v3`;
  await world.configure(["allowPlainHttp"], true);
  await world.configure(["openstack"], { authUrl, applicationCredential: { id } });
  await world.configureSecret("openstack.applicationCredential.secret", secret);
  return secret;
}
