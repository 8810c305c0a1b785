/**
 * What a real OpenStack must hold before anybody can use it: the services' own users and addresses, the lab's project
 * and user, flavors, images and the external network. Each is made when it is missing, so every start may ask for it.
 */
import { z } from "zod";
import { UserError } from "../../toolchain/userError.ts";
import type { ExternalNetworkDefinition } from "../cloud/birth.ts";
import type { Credentials, FlavorDefinition, ImageDefinition } from "../cloud/state/context.ts";
import { type ApiClient, adminLogin, openApiClient, tokenFor } from "./apiClient.ts";
import { SERVICE_PROJECT, SERVICE_USERS, type ServiceUser, type Setting } from "./configuration/common.ts";
import { PHYSICAL_NETWORK } from "./configuration/neutron.ts";
import { API_NAMES, type ApiName, directUrl, publicUrl } from "./settings/places.ts";

/** Keystone's domain of everything. */
const DOMAIN = "default";
/** The role that users of public clouds have. */
const USER_ROLE = "member";
const SERVICE_ROLE = "admin";

/** The name and the type that each service has in the catalog. */
const CATALOG: Readonly<Record<ApiName, { readonly name: "keystone" | ServiceUser; readonly type: string }>> = {
  identity: { name: "keystone", type: "identity" },
  network: { name: "neutron", type: "network" },
  compute: { name: "nova", type: "compute" },
  image: { name: "glance", type: "image" },
  placement: { name: "placement", type: "placement" },
};

/** Keystone bootstraps its operator, itself and the region from this environment; arguments can be seen by others. */
export const bootstrapEnvironment = (setting: Setting): Readonly<Record<string, string>> => ({
  OS_BOOTSTRAP_USERNAME: "admin",
  OS_BOOTSTRAP_PASSWORD: setting.secrets.admin,
  OS_BOOTSTRAP_PROJECT_NAME: "admin",
  OS_BOOTSTRAP_ROLE_NAME: SERVICE_ROLE,
  OS_BOOTSTRAP_SERVICE_NAME: CATALOG.identity.name,
  OS_BOOTSTRAP_REGION_ID: setting.region,
  OS_BOOTSTRAP_PUBLIC_URL: publicUrl("identity", setting.gateway),
  OS_BOOTSTRAP_INTERNAL_URL: directUrl("identity"),
  OS_BOOTSTRAP_ADMIN_URL: directUrl("identity"),
});

const rows = z.array(z.object({ id: z.string() }));
const endpoints = z.object({
  endpoints: z.array(z.object({ id: z.string(), service_id: z.string(), interface: z.string(), url: z.string() })),
});

/** Makes what Keystone has to know, and returns the operator's session. */
export async function giveIdentities(setting: Setting, user: Credentials): Promise<ApiClient> {
  const { places, secrets } = setting;
  const admin = await openApiClient(places, adminLogin(secrets));
  const serviceProject = await ensure(admin, "project", SERVICE_PROJECT, { domain_id: DOMAIN });
  const serviceRole = await ensure(admin, "role", SERVICE_ROLE, {});
  for (const name of SERVICE_USERS) {
    const id = await ensure(admin, "user", name, { domain_id: DOMAIN, password: secrets.service });
    await admin.call("identity", "PUT", `/v3/projects/${serviceProject}/users/${id}/roles/${serviceRole}`);
  }
  await fillCatalog(admin, setting);
  const project = await ensure(admin, "project", user.projectName, { domain_id: DOMAIN });
  const id = await ensure(admin, "user", user.userName, { domain_id: DOMAIN, password: user.password });
  const role = await ensure(admin, "role", USER_ROLE, {});
  await admin.call("identity", "PUT", `/v3/projects/${project}/users/${id}/roles/${role}`);
  // A password that is set again ends all sessions and application credentials of its user: only when it must be.
  if ((await tokenFor(places, user)) === undefined) {
    await admin.call("identity", "PATCH", `/v3/users/${id}`, { user: { password: user.password } });
  }
  return admin;
}

/** The id of the one with this name, which is made when there is none. */
async function ensure(
  admin: ApiClient,
  kind: "project" | "user" | "role",
  name: string,
  rest: Readonly<Record<string, string>>,
): Promise<string> {
  const found = z
    .record(z.string(), z.unknown())
    .parse(await admin.call("identity", "GET", `/v3/${kind}s?name=${encodeURIComponent(name)}`));
  const [first] = rows.parse(found[`${kind}s`]);
  if (first !== undefined) return first.id;
  return idOf(await admin.call("identity", "POST", `/v3/${kind}s`, { [kind]: { name, ...rest } }), kind);
}

const idOf = (answer: unknown, kind: string): string =>
  z.object({ [kind]: z.object({ id: z.string() }) }).parse(answer)[kind]?.id ?? "";

/** Services reach each other directly, everybody else through the gateway, whose port may be another at each start. */
async function fillCatalog(admin: ApiClient, { region, gateway }: Setting): Promise<void> {
  const services = z
    .object({ services: z.array(z.object({ id: z.string(), type: z.string() })) })
    .parse(await admin.call("identity", "GET", "/v3/services")).services;
  const known = endpoints.parse(await admin.call("identity", "GET", "/v3/endpoints")).endpoints;
  for (const api of API_NAMES) {
    const { name, type } = CATALOG[api];
    const service =
      services.find((candidate) => candidate.type === type)?.id ??
      idOf(await admin.call("identity", "POST", "/v3/services", { service: { name, type } }), "service");
    for (const side of ["public", "internal", "admin"] as const) {
      const url = side === "public" ? publicUrl(api, gateway) : directUrl(api);
      const there = known.find((candidate) => candidate.service_id === service && candidate.interface === side);
      const endpoint = { service_id: service, interface: side, region_id: region, url };
      if (there === undefined) await admin.call("identity", "POST", "/v3/endpoints", { endpoint });
      else if (there.url !== url) await admin.call("identity", "PATCH", `/v3/endpoints/${there.id}`, { endpoint });
    }
  }
}

/** Makes the flavors that Nova does not have. */
export async function giveFlavors(admin: ApiClient, flavors: readonly FlavorDefinition[]): Promise<void> {
  for (const { id, name, vcpus, ramMib, diskGib } of flavors) {
    if (await admin.exists("compute", `/v2.1/flavors/${encodeURIComponent(id)}`)) continue;
    const flavor = { id, name, vcpus, ram: ramMib, disk: diskGib, "os-flavor-access:is_public": true };
    await admin.call("compute", "POST", "/v2.1/flavors", { flavor });
  }
}

/** What an image holds: the machines are made of the lab's own base image, whatever a server was told. */
const PLACEHOLDER = Buffer.from("The lab makes its servers of an image of its own.\n");

/** Makes the images that Glance does not have, or not whole. */
export async function giveImages(admin: ApiClient, images: readonly ImageDefinition[]): Promise<void> {
  for (const { id, name } of images) {
    if (!(await admin.exists("image", `/v2/images/${id}`))) {
      const formats = { disk_format: "raw", container_format: "bare" };
      await admin.call("image", "POST", "/v2/images", { id, name, visibility: "public", ...formats });
    }
    const { status } = z.object({ status: z.string() }).parse(await admin.call("image", "GET", `/v2/images/${id}`));
    if (status === "queued") await admin.upload("image", `/v2/images/${id}/file`, PLACEHOLDER);
  }
}

const networks = z.object({ networks: rows });
const subnets = z.object({ subnets: z.array(z.object({ cidr: z.string(), gateway_ip: z.string().nullable() })) });

/** Makes the external network. @throws UserError when an earlier life of this lab had another one */
export async function giveExternalNetwork(admin: ApiClient, external: ExternalNetworkDefinition): Promise<void> {
  const { name, cidr, gateway, pool } = external;
  const query = `name=${encodeURIComponent(name)}&router%3Aexternal=true`;
  const [found] = networks.parse(await admin.call("network", "GET", `/v2.0/networks?${query}`)).networks;
  const id = found?.id ?? idOf(await admin.call("network", "POST", "/v2.0/networks", newNetwork(name)), "network");
  const [subnet] = subnets.parse(await admin.call("network", "GET", `/v2.0/subnets?network_id=${id}`)).subnets;
  if (subnet === undefined) {
    const ends = { gateway_ip: gateway, allocation_pools: [pool] };
    const made = { network_id: id, name, ip_version: 4, cidr, enable_dhcp: false, ...ends };
    await admin.call("network", "POST", "/v2.0/subnets", { subnet: made });
  } else if (subnet.cidr !== cidr || subnet.gateway_ip !== gateway) {
    throw new UserError(
      `Neutron has the external network ${name} as ${subnet.cidr} with gateway ${String(subnet.gateway_ip)}, and the lab's now is ${cidr} with ${gateway}`,
      "take the lab down with its state to start with an empty cloud",
    );
  }
}

const newNetwork = (name: string) => ({
  network: {
    name,
    "router:external": true,
    "provider:network_type": "flat",
    "provider:physical_network": PHYSICAL_NETWORK,
  },
});
