/** The calls that both clouds are put: what the program's provider does with its resources, what operators do besides, and refusals. */
import { at, type CloudCaller, textAt } from "../../cloud/cloudCaller.ts";
import { PUBLIC_KEY } from "../../cloud/publicKey.ts";

/** One call and its answer. */
export interface Exchange {
  readonly call: string;
  readonly status: number;
  readonly body: unknown;
}

/** A cloud being asked: calls are recorded under names in which no id appears. */
class Interviewer {
  readonly exchanges: Exchange[] = [];
  readonly caller: CloudCaller;

  constructor(caller: CloudCaller) {
    this.caller = caller;
  }

  /** One call; `name` says what is asked, for a path full of ids. */
  async ask(name: string, method: string, path: string, body?: unknown, microversion?: string): Promise<unknown> {
    const headers: Record<string, string> =
      microversion === undefined ? {} : { "X-OpenStack-Nova-API-Version": microversion };
    const answer = await this.caller.call(method, path, body, headers);
    this.exchanges.push({ call: name, status: answer.status, body: answer.body });
    return answer.body;
  }

  /** Makes something, and gives its id. */
  async make(collection: string, kind: string, attributes: Record<string, unknown>): Promise<string> {
    const { name } = attributes;
    const body = await this.ask(
      typeof name === "string" ? `make ${kind} ${name}` : `make ${kind}`,
      "POST",
      `/network/v2.0/${collection}`,
      {
        [kind]: attributes,
      },
    );
    return textAt(body, kind, "id");
  }
}

interface Made {
  readonly networkId: string;
  readonly subnetId: string;
  readonly routerId: string;
  readonly groupId: string;
  readonly vipId: string;
  readonly portId: string;
  readonly floatingId: string;
}

const NOWHERE = "00000000-0000-4000-8000-000000000000";

/** Asks a cloud everything, and leaves it as it was. */
export async function interview(caller: CloudCaller): Promise<readonly Exchange[]> {
  const cloud = new Interviewer(caller);
  await askWhatThereIs(cloud);
  const made = await askForNetworks(cloud);
  await askForRefusals(cloud, made);
  await askForServer(cloud, made);
  await askToTakeAway(cloud, made);
  return cloud.exchanges;
}

async function askWhatThereIs(cloud: Interviewer): Promise<void> {
  const lists = {
    "external networks": "/network/v2.0/networks?router:external=true",
    "network by name": "/network/v2.0/networks?name=Ext-Net",
    ports: "/network/v2.0/ports",
    "security groups": "/network/v2.0/security-groups",
    flavors: "/compute/v2.1/flavors/detail",
    "a flavor": "/compute/v2.1/flavors/1",
    images: "/image/v2/images?name=debian-12",
    servers: "/compute/v2.1/servers/detail",
    "key pairs": "/compute/v2.1/os-keypairs",
    "server groups": "/compute/v2.1/os-server-groups",
  };
  for (const [name, path] of Object.entries(lists)) await cloud.ask(name, "GET", path);
}

async function askForNetworks(cloud: Interviewer): Promise<Made> {
  const listed = await cloud.caller.done("GET", "/network/v2.0/networks?router:external=true");
  const externalId = textAt(listed, "networks", 0, "id");
  const networkId = await cloud.make("networks", "network", { name: "cmp", description: "compared", mtu: 1400 });
  await cloud.ask("tag network", "PUT", `/network/v2.0/networks/${networkId}/tags`, { tags: ["edge"] });
  const subnetId = await cloud.make("subnets", "subnet", {
    name: "cmp",
    network_id: networkId,
    cidr: "10.45.0.0/24",
    ip_version: 4,
    enable_dhcp: false,
    allocation_pools: [{ start: "10.45.0.200", end: "10.45.0.250" }],
    dns_nameservers: ["192.0.2.53"],
  });
  const routerId = await cloud.make("routers", "router", {
    name: "cmp",
    external_gateway_info: { network_id: externalId },
  });
  await cloud.ask("add interface", "PUT", `/network/v2.0/routers/${routerId}/add_router_interface`, {
    subnet_id: subnetId,
  });
  const groupId = await cloud.make("security-groups", "security_group", { name: "cmp", description: "compared" });
  await askForRules(cloud, groupId);
  const vipId = await cloud.make("ports", "port", {
    name: "cmp-vip",
    network_id: networkId,
    fixed_ips: [{ subnet_id: subnetId, ip_address: "10.45.0.10" }],
    security_groups: [],
  });
  const portId = await cloud.make("ports", "port", {
    name: "cmp-edge",
    network_id: networkId,
    fixed_ips: [{ subnet_id: subnetId, ip_address: "10.45.0.11" }],
    security_groups: [groupId],
    allowed_address_pairs: [{ ip_address: "10.45.0.10" }],
  });
  const pairs = [{ ip_address: "10.45.0.10" }, { ip_address: "10.45.0.0/28" }];
  await cloud.ask("change pairs", "PUT", `/network/v2.0/ports/${portId}`, { port: { allowed_address_pairs: pairs } });
  const floatingId = await cloud.make("floatingips", "floatingip", { floating_network_id: externalId });
  await cloud.ask("lead floating IP", "PUT", `/network/v2.0/floatingips/${floatingId}`, {
    floatingip: { port_id: vipId },
  });
  await cloud.caller.resourceBecomes("floatingips", "floatingip", floatingId, "ACTIVE");
  const routersPorts = at(await cloud.caller.done("GET", `/network/v2.0/ports?device_id=${routerId}`), "ports");
  await cloud.caller.resourceBecomes("ports", "port", textAt(routersPorts, 0, "id"), "ACTIVE");
  const made = { networkId, subnetId, routerId, groupId, vipId, portId, floatingId };
  await askForAll(cloud, made, "made");
  return made;
}

const RULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "vrrp by name": { protocol: "vrrp", remote_ip_prefix: "10.45.0.0/24" },
  "the same by number": { protocol: "112", remote_ip_prefix: "10.45.0.0/24" },
  "112 from anywhere": { protocol: 112 },
  "a port": { protocol: "tcp", port_range_min: 22, port_range_max: 22 },
  "the same port again": { protocol: "tcp", port_range_min: 22, port_range_max: 22 },
  "ports the wrong way round": { protocol: "tcp", port_range_min: 23, port_range_max: 22 },
  ping: { protocol: "icmp", port_range_min: 8, port_range_max: 0 },
  "ports of a protocol without": { protocol: "vrrp", port_range_min: 1, port_range_max: 2 },
  "a prefix that is none": { protocol: "tcp", remote_ip_prefix: "10.45.0.0/33" },
  "everything in IPv6": { ethertype: "IPv6" },
  "a protocol that is none": { protocol: "carp" },
};

async function askForRules(cloud: Interviewer, groupId: string): Promise<void> {
  for (const [name, rule] of Object.entries(RULES)) {
    const whole = { security_group_id: groupId, direction: "ingress", ethertype: "IPv4", ...rule };
    await cloud.ask(`rule: ${name}`, "POST", "/network/v2.0/security-group-rules", { security_group_rule: whole });
  }
}

/** Each resource by its id. */
async function askForAll(cloud: Interviewer, made: Made, when: string): Promise<void> {
  const paths = {
    network: `networks/${made.networkId}`,
    subnet: `subnets/${made.subnetId}`,
    router: `routers/${made.routerId}`,
    "security group": `security-groups/${made.groupId}`,
    "VIP port": `ports/${made.vipId}`,
    "node port": `ports/${made.portId}`,
    "floating IP": `floatingips/${made.floatingId}`,
    "the router's ports": `ports?device_id=${made.routerId}`,
    "ports of the network": `ports?network_id=${made.networkId}&device_owner=`,
  };
  for (const [name, path] of Object.entries(paths)) await cloud.ask(`${name}, ${when}`, "GET", `/network/v2.0/${path}`);
}

async function askForRefusals(cloud: Interviewer, made: Made): Promise<void> {
  const port = (attributes: Record<string, unknown>) => ({ port: { network_id: made.networkId, ...attributes } });
  const fixed = (address: string) => ({ fixed_ips: [{ subnet_id: made.subnetId, ip_address: address }] });
  const refusals: readonly (readonly [string, string, string, unknown?])[] = [
    ["unknown network", "GET", `/network/v2.0/networks/${NOWHERE}`],
    ["unknown port", "GET", `/network/v2.0/ports/${NOWHERE}`],
    ["unknown floating IP", "DELETE", `/network/v2.0/floatingips/${NOWHERE}`],
    ["unknown server", "GET", `/compute/v2.1/servers/${NOWHERE}`],
    ["unknown flavor", "GET", "/compute/v2.1/flavors/nothing"],
    ["unknown image", "GET", `/image/v2/images/${NOWHERE}`],
    ["address taken", "POST", "/network/v2.0/ports", port(fixed("10.45.0.10"))],
    ["address outside", "POST", "/network/v2.0/ports", port(fixed("10.46.0.10"))],
    ["address that is none", "POST", "/network/v2.0/ports", port(fixed("10.45.0.300"))],
    [
      "pair without port security",
      "POST",
      "/network/v2.0/ports",
      port({ port_security_enabled: false, allowed_address_pairs: [{ ip_address: "10.45.0.10" }] }),
    ],
    [
      "pair that is none",
      "PUT",
      `/network/v2.0/ports/${made.portId}`,
      { port: { allowed_address_pairs: [{ ip_address: "vip" }] } },
    ],
    [
      "the same pair twice",
      "PUT",
      `/network/v2.0/ports/${made.portId}`,
      { port: { allowed_address_pairs: [{ ip_address: "10.45.0.10" }, { ip_address: "10.45.0.10" }] } },
    ],
    ["MAC that is none", "POST", "/network/v2.0/ports", port({ mac_address: "fa:16" })],
    ["unknown attribute", "POST", "/network/v2.0/networks", { network: { name: "x", colour: "red" } }],
    [
      "overlapping subnet",
      "POST",
      "/network/v2.0/subnets",
      { subnet: { network_id: made.networkId, cidr: "10.45.0.0/25", ip_version: 4 } },
    ],
    [
      "subnet that is none",
      "POST",
      "/network/v2.0/subnets",
      { subnet: { network_id: made.networkId, cidr: "10.47.0.0/33", ip_version: 4 } },
    ],
    ["network in use", "DELETE", `/network/v2.0/networks/${made.networkId}`],
    ["subnet in use", "DELETE", `/network/v2.0/subnets/${made.subnetId}`],
    ["group in use", "DELETE", `/network/v2.0/security-groups/${made.groupId}`],
    ["router in use", "DELETE", `/network/v2.0/routers/${made.routerId}`],
    [
      "floating IP to a port elsewhere",
      "PUT",
      `/network/v2.0/floatingips/${made.floatingId}`,
      { floatingip: { port_id: NOWHERE } },
    ],
    [
      "server of unknown flavor",
      "POST",
      "/compute/v2.1/servers",
      { server: { name: "x", imageRef: NOWHERE, flavorRef: "nothing", networks: [{ port: made.portId }] } },
    ],
  ];
  for (const [name, method, path, body] of refusals) await cloud.ask(name, method, path, body);
}

async function askForServer(cloud: Interviewer, made: Made): Promise<void> {
  const { caller } = cloud;
  await cloud.ask("make key pair", "POST", "/compute/v2.1/os-keypairs", {
    keypair: { name: "cmp", public_key: PUBLIC_KEY },
  });
  await cloud.ask("the same key pair again", "POST", "/compute/v2.1/os-keypairs", {
    keypair: { name: "cmp", public_key: PUBLIC_KEY },
  });
  const group = await cloud.ask("make server group", "POST", "/compute/v2.1/os-server-groups", {
    server_group: { name: "cmp", policies: ["anti-affinity"] },
  });
  const groupId = textAt(group, "server_group", "id");
  const body = await cloud.ask("make server", "POST", "/compute/v2.1/servers", {
    server: {
      name: "cmp",
      imageRef: caller.defaults.imageId,
      flavorRef: caller.defaults.flavorId,
      key_name: "cmp",
      networks: [{ port: made.portId }],
      config_drive: true,
      metadata: { role: "edge" },
      user_data: Buffer.from("#cloud-config\n").toString("base64"),
    },
    "os:scheduler_hints": { group: groupId },
  });
  const id = textAt(body, "server", "id");
  await caller.serverBecomes(id, "ACTIVE");
  await askAboutServer(cloud, id, made);
  await cloud.ask("delete server", "DELETE", `/compute/v2.1/servers/${id}`);
  await caller.serverBecomes(id, "gone");
  await cloud.ask("node port, after its server", "GET", `/network/v2.0/ports/${made.portId}`);
  await cloud.ask("delete server group", "DELETE", `/compute/v2.1/os-server-groups/${groupId}`);
  await cloud.ask("delete key pair", "DELETE", "/compute/v2.1/os-keypairs/cmp");
}

async function askAboutServer(cloud: Interviewer, id: string, made: Made): Promise<void> {
  const { caller } = cloud;
  const server = `/compute/v2.1/servers/${id}`;
  const act = (name: string, action: Record<string, unknown>) => cloud.ask(name, "POST", `${server}/action`, action);
  await cloud.ask("server", "GET", server);
  await cloud.ask("server, as of 2.67", "GET", server, undefined, "2.67");
  await cloud.ask("its cards", "GET", `${server}/os-interface`);
  await cloud.ask("its port", "GET", `/network/v2.0/ports/${made.portId}`);
  await cloud.ask("its port, deleted under it", "DELETE", `/network/v2.0/networks/${made.networkId}`);
  await cloud.ask("rename", "PUT", server, { server: { name: "cmp-renamed" } });
  await cloud.ask("change metadata", "POST", `${server}/metadata`, { metadata: { epoch: "2" } });
  await cloud.ask("forget metadata", "DELETE", `${server}/metadata/role`);
  await act("start a running server", { "os-start": null });
  await act("stop", { "os-stop": null });
  await caller.serverBecomes(id, "SHUTOFF");
  await cloud.ask("stopped server", "GET", server);
  await act("stop a stopped server", { "os-stop": null });
  await act("soft reboot of a stopped server", { reboot: { type: "SOFT" } });
  await act("start", { "os-start": null });
  await caller.serverBecomes(id, "ACTIVE");
  await act("an action that is none", { fly: null });
  await act("resize to the same size", { resize: { flavorRef: caller.defaults.flavorId } });
  await cloud.ask("server at the end", "GET", server);
}

async function askToTakeAway(cloud: Interviewer, made: Made): Promise<void> {
  await cloud.ask("delete floating IP", "DELETE", `/network/v2.0/floatingips/${made.floatingId}`);
  for (const id of [made.portId, made.vipId]) await cloud.ask("delete port", "DELETE", `/network/v2.0/ports/${id}`);
  await cloud.ask("remove interface", "PUT", `/network/v2.0/routers/${made.routerId}/remove_router_interface`, {
    subnet_id: made.subnetId,
  });
  await cloud.ask("delete router", "DELETE", `/network/v2.0/routers/${made.routerId}`);
  await cloud.ask("delete security group", "DELETE", `/network/v2.0/security-groups/${made.groupId}`);
  await cloud.ask("delete subnet", "DELETE", `/network/v2.0/subnets/${made.subnetId}`);
  await cloud.ask("delete network", "DELETE", `/network/v2.0/networks/${made.networkId}`);
  const left = await cloud.caller.done("GET", "/network/v2.0/ports");
  const ports = at(left, "ports");
  if (!Array.isArray(ports) || ports.length > 0) throw new Error(`ports are left: ${JSON.stringify(ports)}`);
}
