/**
 * Neutron's configuration: ML2 with Linux bridges and vxlan between hosts, security groups by iptables, and the first
 * host as the network node.
 */
import { join } from "node:path";
import { EXTERNAL_DEVICE, hostAddress } from "../settings/networks.ts";
import { portOf } from "../settings/places.ts";
import {
  behindGateway,
  type ConfigurationFile,
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

/** The name that the external network's wire has in Neutron. */
export const PHYSICAL_NETWORK = "external";
/** Where the routers are. */
export const NETWORK_NODE = 1;

const VXLAN_GROUP = "239.1.1.1";
/** The agents filter a port this long after a change at the latest. */
const POLLING_SECONDS = 1;
const REPORT_SECONDS = 10;

type Where = Pick<Setting, "places">;
const dir = ({ places }: Where): string => join(places.etc, "neutron");
export const neutronConf = (where: Where): string => join(dir(where), "neutron.conf");
export const ml2Conf = (where: Where): string => join(dir(where), "ml2_conf.ini");
export const bridgeAgentConf = (where: Where, number: number): string =>
  join(dir(where), computeHostName(number), "linuxbridge_agent.ini");
export const routerAgentConf = (where: Where, number: number): string =>
  join(dir(where), computeHostName(number), "l3_agent.ini");

export function neutronConfiguration(setting: Setting): readonly ConfigurationFile[] {
  return [
    { path: neutronConf(setting), text: renderIni(server(setting)) },
    { path: ml2Conf(setting), text: renderIni(ml2) },
    ...hostNumbers(setting).map((number) => ({
      path: bridgeAgentConf(setting, number),
      text: renderIni(bridgeAgent(number)),
    })),
    { path: routerAgentConf(setting, NETWORK_NODE), text: renderIni(routerAgent(NETWORK_NODE)) },
  ];
}

const server = (setting: Setting): Ini => ({
  DEFAULT: {
    use_stderr: true,
    bind_host: "127.0.0.1",
    bind_port: portOf("network"),
    core_plugin: "ml2",
    service_plugins: "router",
    auth_strategy: "keystone",
    api_paste_config: "/etc/neutron/api-paste.ini",
    state_path: join(setting.places.data, "neutron"),
    api_workers: 1,
    rpc_workers: 1,
    rpc_state_report_workers: 0,
    global_physnet_mtu: 1500,
    notify_nova_on_port_status_changes: true,
    notify_nova_on_port_data_changes: true,
    interface_driver: "linuxbridge",
    max_allowed_address_pair: 20,
    transport_url: queueUrl(setting),
  },
  // Services are root already: no sudo on the way to it.
  agent: { root_helper: "env", report_interval: REPORT_SECONDS },
  // Zed counts Linux bridges as experimental, and starts them only when told so.
  experimental: { linuxbridge: true },
  database: database("neutron"),
  oslo_concurrency: locks(setting),
  oslo_messaging_rabbit: queueRetries,
  oslo_messaging_notifications: noNotifications,
  oslo_middleware: behindGateway,
  quotas: unlimited(
    "quota_network",
    "quota_subnet",
    "quota_port",
    "quota_router",
    "quota_floatingip",
    "quota_security_group",
    "quota_security_group_rule",
  ),
  nova: { ...credentials(setting, "nova"), endpoint_type: "internal" },
  placement: { ...credentials(setting, "placement"), endpoint_type: "internal" },
  keystone_authtoken: tokenCheck(setting, "neutron"),
});

const ml2: Ini = {
  ml2: {
    type_drivers: ["local", "flat", "vxlan"],
    tenant_network_types: "vxlan",
    mechanism_drivers: "linuxbridge",
    extension_drivers: "port_security",
  },
  ml2_type_flat: { flat_networks: PHYSICAL_NETWORK },
  ml2_type_vxlan: { vni_ranges: "1000:1999", vxlan_group: VXLAN_GROUP },
  securitygroup: { enable_security_group: true, enable_ipset: true },
};

const bridgeAgent = (number: number): Ini => ({
  DEFAULT: { host: computeHostName(number) },
  linux_bridge:
    number === NETWORK_NODE ? { physical_interface_mappings: `${PHYSICAL_NETWORK}:${EXTERNAL_DEVICE}` } : {},
  vxlan: { enable_vxlan: true, local_ip: hostAddress(number), vxlan_group: VXLAN_GROUP, l2_population: false },
  agent: { polling_interval: POLLING_SECONDS },
  securitygroup: { firewall_driver: "iptables", enable_security_group: true, enable_ipset: true },
});

const routerAgent = (number: number): Ini => ({
  DEFAULT: {
    host: computeHostName(number),
    interface_driver: "linuxbridge",
    agent_mode: "legacy",
    enable_metadata_proxy: false,
  },
});
