/** A stack's configuration: every key, its type, its default. Durations are parsed to microseconds, addresses to numbers. */
import { z } from "zod";
import { agentConfigSchema } from "../../agent/config/schema/document.ts";
import { peerLink as documentPeerLink } from "../../agent/config/schema/peerLink.ts";
import { states } from "../../agent/config/schema/states.ts";
import { sharedCheck } from "./checkFields.ts";
import { openstack, ovh } from "./cloudSchema.ts";
import { asInDocument } from "./documentField.ts";
import { cidr, ipv4, named, noted, ports, priority, secret, secretText, text } from "./fields.ts";
import { makeSeed } from "./seed.ts";
import { vip } from "./vipSchema.ts";

export type { KeyRingConfig, VipConfig } from "./vipSchema.ts";

const network = z.strictObject({
  /** The private network between the nodes, /8 to /28. Changing it replaces everything on it. */
  cidr: cidr("write a private network such as 10.25.0.0/24"),
  /** Name of the network in the cloud. Default: project and stack. */
  name: text("write the network's name in the cloud, or leave the key out").optional(),
  /** The router's address, the nodes' default gateway. Default: the first of the network. */
  gateway: ipv4("write an address of the network, or leave the key out for its first").optional(),
  /** Bytes. Default: the cloud's. */
  mtu: noted(z.int().min(576).max(9216), "write a number of bytes from 576 to 9216, or leave the key out").optional(),
  /** OVH: the vRack that the project must be in; it is attached where it is in none. Default: as it is. */
  vrack: noted(
    z.string().regex(/^pn-\d+$/, { error: "is no vRack's name" }),
    "write the vRack's name, such as pn-123456, or leave the key out",
  ).optional(),
  /** OVH: the VLAN of the project's vRack that carries the network; 0 is the untagged one. Default: the cloud chooses. */
  vlan: noted(z.int().min(0).max(4000), "write the VLAN's number, 0 to 4000, or leave the key out").optional(),
  /** Whether the cloud answers DHCP. Without it the image must take its address from the config drive. */
  dhcp: noted(z.boolean(), "write true or false").default(true),
  /** Resolvers the cloud tells the nodes about. */
  dnsNameservers: noted(z.array(ipv4("write an address")), "write a list of addresses").default([]),
});

const bastion = z.strictObject({
  /** Name or address of the host that SSH goes through. */
  host: text("write the host's name or address"),
  port: noted(z.int().min(1).max(65_535), "write a port from 1 to 65535, or leave the key out for 22").default(22),
  user: text("write the user that logs in there"),
  /** `ssh-ed25519 AAAA...`: without it anybody could be the bastion, so one of the two is needed. */
  hostKey: text("write the line of the host's .pub file, or use hostKeyFile").optional(),
  hostKeyFile: text("write the path of a .pub file").optional(),
});

const ssh = z.strictObject({
  /** The image's own user, which cloud-init gives the key to and which may `sudo` without a password. */
  user: text("write the image's own user, such as debian"),
  /** The operators' key pair: the public half is on a node from its birth, the private one deploys the agent. */
  publicKey: text("write the line of your .pub file, or use publicKeyFile").optional(),
  publicKeyFile: text("write the path of a .pub file").optional(),
  privateKey: secretText("set it with: pulumi config set --secret --path ssh.privateKey < KEYFILE").optional(),
  privateKeyFile: text("write the path of the private key").optional(),
  /** Networks that SSH is allowed from; the bastion's own address among them when there is one. */
  allowFrom: noted(
    z.array(cidr("write a network such as 198.51.100.0/24, or one address as 198.51.100.7/32")).min(1),
    "list the networks you work from, such as [198.51.100.0/24]",
  ),
  /**
   * How the nodes are reached: a floating IP for each, their private addresses (through the bastion, or a VPN), or those on
   * the external network, which they have where a VIP has a failover IP. Default: the last where there is it, else the first.
   */
  via: noted(z.enum(["floatingIp", "private", "public"]), "write floatingIp, private or public").optional(),
  bastion: noted(bastion, "write { host, user, hostKey }").optional(),
  /** 32 random octets or more, made once for a stack: what the nodes' SSH host keys and the agents' keys are derived from. */
  hostKeySeed: secretText(makeSeed("ssh.hostKeySeed")).optional(),
  hostKeySeedFile: text("write the path of a file with the seed").optional(),
});

const flavor = () => text("write a flavor of the cloud; `openstack flavor list` names them");
const imageId = () =>
  noted(
    z.guid({ error: "is not an image's id; a name could mean another image tomorrow" }),
    "write the image's UUID; `openstack image list` shows it",
  );
const availabilityZone = () => text("write a zone of the region, or leave the key out");

const defaults = z.strictObject({
  /** Size of a node. Like the image it counts when a node is born: an existing one is never resized by it. */
  flavor: flavor().optional(),
  /** The image of a node. It counts when a node is born: an existing one is never rebuilt by it. */
  imageId: imageId().optional(),
  /** The network with public addresses; the private one gets a router to it. */
  externalNetwork: text("write the external network's name, such as Ext-Net").optional(),
  availabilityZone: availabilityZone().optional(),
  /** Whether nodes must be on different hosts, or should be. */
  serverGroupPolicy: noted(
    z.enum(["anti-affinity", "soft-anti-affinity"]),
    "write anti-affinity or soft-anti-affinity",
  ).default("anti-affinity"),
});

const node = z.strictObject({
  /** In every VIP's election, unless the VIP says otherwise; without it the node takes part only where a VIP names it. */
  priority: priority().optional(),
  /** On the private network. Default: from the node's name, see plan/addresses.ts. */
  address: ipv4("write an address of the network, or leave the key out").optional(),
  flavor: flavor().optional(),
  imageId: imageId().optional(),
  availabilityZone: availabilityZone().optional(),
});

const service = z.strictObject({
  protocol: noted(z.enum(["tcp", "udp", "icmp"]), "write tcp, udp or icmp"),
  port: ports().optional(),
  /** Networks that may reach the service; [0.0.0.0/0] is everybody. */
  from: noted(
    z.array(cidr("write a network such as 0.0.0.0/0")).min(1),
    "list the networks, [0.0.0.0/0] for everybody",
  ),
});

const peerLink = z.strictObject({
  /** Whether the agents keep connections to each other: a dead peer is then seen in milliseconds. */
  enabled: noted(z.boolean(), "write true or false").default(true),
  port: asInDocument(documentPeerLink.shape.port).optional(),
  heartbeat: asInDocument(documentPeerLink.shape.heartbeat).optional(),
  missed: asInDocument(documentPeerLink.shape.missed).optional(),
});

const agentKeys = z.strictObject({
  /**
   * Which keys the agents share. Raised by one, they change, and no node refuses another meanwhile. 0: VRRP is signed,
   * and still accepted without a signature.
   */
  number: noted(
    z.int().min(0).max(1_000_000),
    "write a whole number: 1 for a new stack, one more to change the keys",
  ).default(0),
  /** Seeds other than `ssh.hostKeySeed`, each from a number on. */
  seeds: secret(
    z.record(z.string(), secretText(makeSeed("agentKeys.seeds.NUMBER"))),
    `write { NUMBER: SEED }; ${makeSeed("agentKeys.seeds.NUMBER")}`,
  ).default({}),
});

const metrics = z.strictObject({
  port: noted(z.int().min(1).max(65_535), "write a port from 1 to 65535, or leave the key out for 9112").default(9112),
  /** Networks that may read them. Default: nobody but the nodes themselves. */
  allowFrom: noted(
    z.array(cidr("write a network such as 10.25.0.0/24")),
    "list the networks that may read them",
  ).default([]),
});

/** The keys below `vip-failover:`. */
export const stackSchema = z.strictObject({
  network: noted(network, "write { cidr: 10.25.0.0/24 }"),
  // Somebody may have put a key where the map belongs: never shown as a whole.
  ssh: secret(ssh, "write { user, publicKeyFile, privateKeyFile, allowFrom }"),
  /** OVH's API: for failover IPs and vRacks. */
  ovh: secret(ovh, "write { project, credentials }").optional(),
  /** OpenStack's API as the agents use it, for floating IPs that they move. */
  openstack: secret(openstack, "write { authUrl, applicationCredential: { id, secret } }").optional(),
  /** Whether the clouds' APIs may be `http://` beyond this machine: for labs. */
  allowPlainHttp: noted(
    z.stringbool({ truthy: ["true"], falsy: ["false"] }),
    "write true in a lab, or leave the key out",
  ).default(false),
  defaults: noted(defaults, "write { flavor, imageId, externalNetwork }"),
  nodes: named(noted(node, "write { priority: 200 }"), "write { edge-1: { priority: 200 }, edge-2: ... }"),
  vips: named(
    noted(vip, "write { address, protocol, virtualRouterId }"),
    "write { web: { address, protocol, virtualRouterId } }",
  ),
  /** VIPs that are all on one node, whichever that is. */
  syncGroups: noted(
    z.record(
      z.string(),
      noted(z.array(text("write the name of a VIP")), "write a list of VIPs, such as [outside, inside]"),
    ),
    "write { GROUP: [VIP, VIP] }",
  ).default({}),
  /** Checks that several VIPs track, by the name they call them. */
  checks: noted(z.record(z.string(), sharedCheck()), "write { uplink: { ping: 192.0.2.1 } }").default({}),
  /** States of a node, as ifstated has them; the same on every node. */
  states: asInDocument(states).optional(),
  /** How the agents reach each other beside their protocol. */
  peerLink: noted(peerLink, "write { heartbeat: 100ms }").prefault({}),
  /** Keys that the agents share, for the peer link and for VRRP. */
  agentKeys: noted(agentKeys, "write { number: 1 }").prefault({}),
  /** Where every node serves its metrics, on its private address. Absent: nowhere. */
  metrics: noted(metrics, "write { allowFrom: [10.25.0.0/24] }, or leave the key out").optional(),
  /** Syslog facility of the agents' log. */
  logFacility: asInDocument(agentConfigSchema.shape.logFacility.unwrap()).optional(),
  /** What the world may reach on the nodes and their VIPs beside SSH. Default: nothing. */
  services: noted(
    z.array(noted(service, "write { protocol, port, from }")),
    "write a list of { protocol, port, from }",
  ).default([]),
});

export type StackConfig = z.output<typeof stackSchema>;

export type NetworkConfig = StackConfig["network"];
export type SshConfig = StackConfig["ssh"];

export type AgentKeysConfig = StackConfig["agentKeys"];
export type DefaultsConfig = StackConfig["defaults"];

export type NodeConfig = StackConfig["nodes"][string];
export type ServiceConfig = StackConfig["services"][number];
