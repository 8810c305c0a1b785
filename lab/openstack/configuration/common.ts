/** What the configurations of several services have in common. */
import { join } from "node:path";
import { CONTROL_ADDRESS } from "../settings/networks.ts";
import { DATABASE_SOCKET, directUrl, MEMCACHED, type Places, QUEUE_PORT } from "../settings/places.ts";
import type { Secrets } from "../settings/secrets.ts";
import type { Ini } from "./ini.ts";

/** What configurations depend on. */
export interface Setting {
  readonly places: Places;
  readonly secrets: Secrets;
  readonly region: string;
  /** The gateway's address as clients know it, without a slash at the end. */
  readonly gateway: string;
  readonly computeHosts: number;
}

/** A file below the folder of configurations. */
export interface ConfigurationFile {
  readonly path: string;
  readonly text: string;
}

/** The user of a service in Keystone, and its name. */
export type ServiceUser = "placement" | "glance" | "neutron" | "nova";
export const SERVICE_USERS: readonly ServiceUser[] = ["placement", "glance", "neutron", "nova"];
/** What each is called in the catalog. */
const SERVICE_TYPES: Readonly<Record<ServiceUser, string>> = {
  placement: "placement",
  glance: "image",
  neutron: "network",
  nova: "compute",
};
export const SERVICE_PROJECT = "service";

/** Compute hosts are named as those of the doubles are. */
export const computeHostName = (number: number): string => `compute-${number}`;
export const hostNumbers = ({ computeHosts }: Pick<Setting, "computeHosts">): readonly number[] =>
  Array.from({ length: computeHosts }, (_, index) => index + 1);

/** The database knows its root by the socket's other end: there is no password. */
export const databaseUrl = (schema: string): string =>
  `mysql+pymysql://root@localhost/${schema}?unix_socket=${DATABASE_SOCKET}&charset=utf8`;

export const database = (schema: string): Ini[string] => ({
  connection: databaseUrl(schema),
  max_pool_size: 5,
  max_overflow: 20,
});

export const queueUrl = ({ secrets }: Pick<Setting, "secrets">): string =>
  `rabbit://${QUEUE_USER}:${secrets.queue}@${CONTROL_ADDRESS}:${QUEUE_PORT}/`;
export const QUEUE_USER = "openstack";

/** Services start while the queue still does, and must not sleep over its coming. */
export const queueRetries: Ini[string] = {
  rabbit_retry_interval: 1,
  rabbit_retry_backoff: 0,
  rabbit_interval_max: 1,
};

/** How a service logs in to Keystone. */
export const credentials = ({ secrets, region }: Setting, user: ServiceUser): Ini[string] => ({
  auth_url: directUrl("identity"),
  auth_type: "password",
  username: user,
  password: secrets.service,
  project_name: SERVICE_PROJECT,
  user_domain_name: "Default",
  project_domain_name: "Default",
  region_name: region,
});

/** How a service asks Keystone about its callers. */
export const tokenCheck = (setting: Setting, user: ServiceUser): Ini[string] => ({
  www_authenticate_uri: `${setting.gateway}/identity`,
  memcached_servers: `${MEMCACHED.address}:${MEMCACHED.port}`,
  interface: "internal",
  // Without it no credential with access rules is good for anything.
  service_type: SERVICE_TYPES[user],
  ...credentials(setting, user),
});

export const cache: Ini[string] = {
  enabled: true,
  backend: "dogpile.cache.memcached",
  memcache_servers: `${MEMCACHED.address}:${MEMCACHED.port}`,
};

export const locks = ({ places }: Pick<Setting, "places">): Ini[string] => ({
  lock_path: join(places.run, "lock"),
});

/** Links that a service gives must lead through the gateway, which says so in X-Forwarded headers. */
export const behindGateway: Ini[string] = { enable_proxy_headers_parsing: true };

/** Nobody listens to notifications. */
export const noNotifications: Ini[string] = { driver: "noop" };

/** A lab has no use for quotas. */
export const unlimited = (...names: readonly string[]): Ini[string] =>
  Object.fromEntries(names.map((name) => [name, -1]));
