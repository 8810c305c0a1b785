/** Nova's configuration. */
import { join } from "node:path";
import { directUrl, portOf } from "../settings/places.ts";
import {
  behindGateway,
  type ConfigurationFile,
  cache,
  computeHostName,
  credentials,
  database,
  hostNumbers,
  locks,
  noNotifications,
  queueRetries,
  queueUrl,
  type Setting,
  tokenCheck,
  unlimited,
} from "./common.ts";
import { type Ini, renderIni } from "./ini.ts";

/** Servers share the host's memory and processors, and its disk: what they ask for limits nothing. */
const OVERCOMMIT = 1000;
const REPORT_SECONDS = 10;
/** How long a server's start waits for Neutron to say that its ports are wired: seconds, but on a machine with more to do. */
const PLUGGING_SECONDS = 120;

type Where = Pick<Setting, "places">;
const dir = ({ places }: Where): string => join(places.etc, "nova");
export const novaConf = (where: Where): string => join(dir(where), "nova.conf");
/** Apart, because compute hosts must not know of databases. */
export const novaDatabaseConf = (where: Where): string => join(dir(where), "database.conf");
/** What one compute host adds. */
export const novaHostDir = (where: Where, number: number): string => join(dir(where), `${computeHostName(number)}.d`);

/** What templates of a cell's addresses become is the configuration's: so that the database knows no password. */
export const CELL_ADDRESSES = {
  queue: "{scheme}://{username}:{password}@{hostname}:{port}/",
  cell0: "{scheme}://{username}@{hostname}/nova_cell0?{query}",
  cell1: "{scheme}://{username}@{hostname}/{path}?{query}",
} as const;

export function novaConfiguration(setting: Setting, computeDriver: string): readonly ConfigurationFile[] {
  const policy = join(dir(setting), "policy.yaml");
  return [
    { path: novaConf(setting), text: renderIni(nova(setting, computeDriver, policy)) },
    {
      path: novaDatabaseConf(setting),
      text: renderIni({ api_database: database("nova_api"), database: database("nova_cell1") }),
    },
    // As public clouds do: a server may have a port on the external network.
    { path: policy, text: '"network:attach_external_network": "@"\n' },
    ...hostNumbers(setting).map((number) => ({
      path: join(novaHostDir(setting, number), "host.conf"),
      text: renderIni({ DEFAULT: { host: computeHostName(number) } }),
    })),
  ];
}

const nova = (setting: Setting, computeDriver: string, policy: string): Ini => ({
  DEFAULT: {
    use_stderr: true,
    my_ip: "127.0.0.1",
    state_path: join(setting.places.data, "nova"),
    instances_path: join(setting.places.data, "nova", "instances"),
    enabled_apis: "osapi_compute",
    osapi_compute_listen: "127.0.0.1",
    osapi_compute_listen_port: portOf("compute"),
    osapi_compute_workers: 1,
    transport_url: queueUrl(setting),
    compute_driver: computeDriver,
    report_interval: REPORT_SECONDS,
    // Two of an anti-affinity group that begin on one host at the same moment would each find the other there, and both be
    // sent away: with as many hosts as servers one of them would have nowhere left to go.
    max_concurrent_builds: 1,
    resume_guests_state_on_host_boot: true,
    allow_resize_to_same_host: true,
    force_config_drive: true,
    vif_plugging_timeout: PLUGGING_SECONDS,
    vif_plugging_is_fatal: true,
    cpu_allocation_ratio: OVERCOMMIT,
    ram_allocation_ratio: OVERCOMMIT,
    disk_allocation_ratio: OVERCOMMIT,
    reserved_host_cpus: 0,
    reserved_host_memory_mb: 0,
    reserved_host_disk_mb: 0,
  },
  api: {
    auth_strategy: "keystone",
    glance_link_prefix: `${setting.gateway}/image`,
  },
  wsgi: { api_paste_config: "/etc/nova/api-paste.ini" },
  quota: unlimited("instances", "cores", "ram", "key_pairs", "metadata_items", "server_groups", "server_group_members"),
  conductor: { workers: 1 },
  scheduler: { workers: 1 },
  filter_scheduler: {
    enabled_filters: [
      "ComputeFilter",
      "ComputeCapabilitiesFilter",
      "ImagePropertiesFilter",
      "ServerGroupAntiAffinityFilter",
      "ServerGroupAffinityFilter",
    ],
  },
  glance: { api_servers: directUrl("image") },
  neutron: { ...credentials(setting, "neutron"), service_metadata_proxy: false },
  placement: credentials(setting, "placement"),
  service_user: credentials(setting, "nova"),
  cinder: credentials(setting, "nova"),
  vnc: { enabled: false },
  oslo_concurrency: locks(setting),
  oslo_messaging_rabbit: queueRetries,
  oslo_messaging_notifications: noNotifications,
  oslo_middleware: behindGateway,
  oslo_policy: { policy_file: policy },
  cache,
  keystone_authtoken: tokenCheck(setting, "nova"),
});
