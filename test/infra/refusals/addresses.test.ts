/** Refusals of networks, addresses and names. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, withValue } from "../stacks/exampleConfig.ts";
import { refused, said, table } from "./table.ts";

const mail = { address: "10.25.0.10", protocol: "vrrp", virtualRouterId: 20 };

describe("a stack's configuration refuses an address", () => {
  const taken = (address: string, owner: string): string =>
    `is not written down, and the default ${address} is already that of ${owner}`;
  table("write an address of the network that is free", [
    refused("vips.web.address", "10.26.0.10", "is outside the network 10.25.0.0/24"),
    refused("vips.web.address", "10.25.0.0", "is the network address of 10.25.0.0/24"),
    refused("vips.web.address", "10.25.0.255", "is the broadcast address of 10.25.0.0/24"),
    refused("vips.web.address", "10.25.0.1", taken("10.25.0.1", 'VIP "web"'), "network.gateway"),
    refused("vips.web.address", "10.25.0.11", taken("10.25.0.11", 'VIP "web"'), "nodes.edge-1.address"),
    refused(
      "vips.web.address",
      "10.25.0.230",
      "is one of 10.25.0.224 to 10.25.0.254, which the cloud takes for itself",
    ),
    refused("nodes.edge-1.address", "10.25.0.10", 'is already that of VIP "web"'),
    refused("nodes.edge-2.address", "10.25.0.11", taken("10.25.0.11", 'node "edge-2"'), "nodes.edge-1.address"),
    refused("nodes.edge-1.address", "10.24.0.11", "is outside the network 10.25.0.0/24"),
    refused("network.gateway", "10.25.0.10", "is already that of the gateway", 'vips.web.address = "10.25.0.10"'),
    refused("network.gateway", "10.24.0.1", "is outside the network 10.25.0.0/24"),
    refused("vips.mail", mail, 'is already that of VIP "web"', 'vips.mail.address = "10.25.0.10"'),
  ]);
  table("write one address of the network, such as 10.25.0.10; it is allowed on its nodes' ports as just that /32", [
    refused("vips.web.address", "0.0.0.0/0", "is a range, not one address"),
    refused("vips.web.address", "10.25.0.10/32", "is a range, not one address"),
    refused("vips.web.address", "10.25.0.300", "is not an IPv4 address"),
    refused("vips.web.address", undefined, "is missing"),
  ]);
});

describe("a stack's configuration refuses a network", () => {
  table("write a private network such as 10.25.0.0/24", [
    refused("network.cidr", "10.25.0.0", "is not an IPv4 network in CIDR notation"),
    refused("network.cidr", "10.25.0.0/33", "is not an IPv4 network in CIDR notation"),
    refused("network.cidr", "fd00::/64", "is not an IPv4 network in CIDR notation"),
    refused("network.cidr", "10.25.0.7/24", "has bits set behind its prefix: the network is 10.25.0.0/24"),
    refused("network.cidr", undefined, "is missing"),
  ]);
  table("write a private network such as 10.25.0.0/24", [
    refused("network.cidr", "127.1.0.0/24", "is loopback (127.0.0.0/8): no packet comes from there"),
    refused("network.cidr", "224.0.1.0/24", "is multicast (224.0.0.0/4): no packet comes from there"),
    refused("network.cidr", "169.254.0.0/16", "is link-local (169.254.0.0/16): no packet comes from there"),
    refused("network.cidr", "0.25.0.0/24", 'is "this network" (0.0.0.0/8): no packet comes from there'),
    refused("network.cidr", "250.0.0.0/8", "is reserved (240.0.0.0/4): no packet comes from there"),
  ]);
  table("write a network such as 198.51.100.0/24, or one address as 198.51.100.7/32", [
    refused(
      "ssh.allowFrom",
      ["127.0.0.1/32"],
      "is loopback (127.0.0.0/8): no packet comes from there",
      'ssh.allowFrom[0] = "127.0.0.1/32"',
    ),
  ]);
  table("write an address", [
    refused(
      "network.dnsNameservers",
      ["127.0.0.53"],
      "is loopback (127.0.0.0/8), which no host can have",
      'network.dnsNameservers[0] = "127.0.0.53"',
    ),
  ]);
  table("write a number of bytes from 576 to 9216, or leave the key out", [
    refused("network.mtu", 100, "is below 576"),
    refused("network.mtu", 65_535, "is above 9216"),
  ]);
  table("write the VLAN's number, 0 to 4000, or leave the key out", [
    refused("network.vlan", -1, "is below 0"),
    refused("network.vlan", 4001, "is above 4000"),
  ]);
  table("write true or false", [refused("network.dhcp", "yes", "is text, where true or false is needed")]);

  const SIZES = "write a network of /8 to /28, such as 10.25.0.0/24";
  it("too small for nodes", () => {
    const problem = `network.cidr = "10.25.0.8/29" | has no room for nodes | ${SIZES}`;
    assert.ok(said(withValue("network.cidr", "10.25.0.8/29")).includes(problem));
  });
  it("larger than any private one", () => {
    const problem = `network.cidr = "8.0.0.0/6" | is larger than any private network | ${SIZES}`;
    assert.ok(said(withValue("network.cidr", "8.0.0.0/6")).includes(problem));
  });
});

describe("a stack's configuration refuses a name", () => {
  const hosts = "has a name that cannot be a host's";
  const node = { priority: 10 };
  table("use lower-case letters, digits and inner dashes, such as edge-1", [
    refused("nodes.Edge_3", node, hosts, "nodes.Edge_3"),
    refused("nodes.-edge", node, hosts, "nodes.-edge"),
    refused("nodes.edge-", node, hosts, "nodes.edge-"),
  ]);
  const long = "e".repeat(46);
  table("use at most 45 letters", [
    refused(
      `nodes.${long}`,
      node,
      'has a name of 46 letters; with "vip-failover-test-" before it a host name\'s 63 are too few',
      `nodes.${long}`,
    ),
  ]);
  it("of a VIP too", () => {
    const [first] = said({ ...exampleConfig(), vips: { "web.1": exampleConfig().vips.web } });
    assert.equal(first, `vips.web.1 | ${hosts} | use lower-case letters, digits and inner dashes, such as edge-1`);
  });
});

describe("a stack's configuration refuses what a node is made from", () => {
  table("write the image's UUID; `openstack image list` shows it", [
    refused("defaults.imageId", "debian-12", "is not an image's id; a name could mean another image tomorrow"),
    refused("nodes.edge-1.imageId", "latest", "is not an image's id; a name could mean another image tomorrow"),
    refused("defaults.imageId", undefined, "is missing, and so it is for edge-1, edge-2"),
  ]);
  table("write a flavor of the cloud; `openstack flavor list` names them", [
    refused("defaults.flavor", undefined, "is missing, and so it is for edge-1, edge-2"),
    refused("defaults.flavor", "", "is empty"),
  ]);
  table("write anti-affinity or soft-anti-affinity", [
    refused("defaults.serverGroupPolicy", "affinity", "is none of: anti-affinity, soft-anti-affinity"),
  ]);
});
