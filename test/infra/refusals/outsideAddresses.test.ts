/** Refusals of addresses that are not the private network's: failover IPs, routed ones, aliases on another interface. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { exampleConfig, withValue } from "../stacks/exampleConfig.ts";
import { ovhConfig } from "../stacks/ovhConfig.ts";
import { said } from "./table.ts";

const ovh = (path: string, value: unknown) => said(withValue(path, value, ovhConfig()));
const PUBLIC = "write a public address, such as 198.51.100.10";
const OUTSIDE = "nobody outside could reach it";

describe("a stack's configuration refuses a failover IP", () => {
  for (const [address, what] of [
    ["192.168.7.1", "private (192.168.0.0/16)"],
    ["172.31.0.1", "private (172.16.0.0/12)"],
    ["100.64.0.1", "shared by carriers (100.64.0.0/10)"],
    ["169.254.169.254", "link-local (169.254.0.0/16)"],
  ]) {
    it(`that is ${what}`, () => {
      assert.deepEqual(ovh("vips.web.public.failoverIp", address), [
        `vips.web.public.failoverIp = "${address}" | is ${what}: ${OUTSIDE} | ${PUBLIC}`,
      ]);
    });
  }

  it("that is the private network's, its gateway's among them", () => {
    for (const address of ["10.25.0.1", "10.25.0.10", "10.25.0.200"]) {
      assert.deepEqual(ovh("vips.web.public.failoverIp", address), [
        `vips.web.public.failoverIp = "${address}" | is of the private network 10.25.0.0/24: ${OUTSIDE} | ${PUBLIC}`,
      ]);
    }
  });

  it("that no host can have", () => {
    for (const [address, what] of [
      ["127.0.0.1", "loopback (127.0.0.0/8)"],
      ["224.0.0.18", "multicast (224.0.0.0/4)"],
      ["255.255.255.255", "reserved (240.0.0.0/4)"],
      ["0.0.0.0", '"this network" (0.0.0.0/8)'],
    ]) {
      const remedy = "write one address of the project's Additional IPs, such as 198.51.100.10";
      assert.deepEqual(ovh("vips.web.public.failoverIp", address), [
        `vips.web.public.failoverIp = "${address}" | is ${what}, which no host can have | ${remedy}`,
      ]);
    }
  });
});

describe("a stack's configuration refuses an alias on an interface of its own", () => {
  const alias = (address: string, more: object = {}) => ({ address, interface: "ens4", ...more });
  const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20 };

  it("that is of the private network, where nothing would reserve or allow it", () => {
    assert.deepEqual(said(withValue("vips.web.alias", [alias("10.25.0.40")])), [
      'vips.web.alias[0].address = "10.25.0.40" | is of the private network 10.25.0.0/24, and names an interface of its own | leave interface out: the address is then reserved in the cloud and allowed on the nodes\' ports',
    ]);
  });

  it("that two VIPs have, or one twice", () => {
    const web = withValue("vips.web.alias", [alias("203.0.113.10")]);
    assert.deepEqual(said(withValue("vips.mail", { ...mail, alias: [alias("203.0.113.10")] }, web)), [
      'vips.mail.alias[0].address = "203.0.113.10" | is that of VIP "web" already: two masters would hold it | give each VIP its own',
    ]);
    assert.deepEqual(said(withValue("vips.web.alias", [alias("203.0.113.10"), alias("203.0.113.10")])), [
      'vips.web.alias[1].address = "203.0.113.10" | is one of this VIP\'s already | list it once',
    ]);
    assert.deepEqual(ovh("vips.web.alias", [alias("198.51.100.10")]), [
      'vips.web.alias[0].address = "198.51.100.10" | is one of this VIP\'s already | list it once',
    ]);
  });

  it("that no host can have, and takes one of any other network", () => {
    assert.deepEqual(said(withValue("vips.web.alias", [alias("224.0.0.18")])), [
      'vips.web.alias[0].address = "224.0.0.18" | is multicast (224.0.0.0/4), which no host can have | write one address, such as 203.0.113.10',
    ]);
    for (const address of ["203.0.113.10", "10.26.0.1", "192.168.1.1"]) {
      assert.deepEqual(said(withValue("vips.web.alias", [alias(address)], exampleConfig())), []);
    }
  });
});

describe("a stack's configuration takes", () => {
  it("a private network that is TEST-NET-1, with a failover IP: no address of it is invented", () => {
    const network = withValue("network.cidr", "192.0.2.0/24", ovhConfig());
    for (const address of ["192.0.2.10", "192.0.2.1", "192.0.2.2"]) {
      const gateway = withValue("network.gateway", "192.0.2.100", network);
      assert.deepEqual(said(withValue("vips.web.address", address, gateway)), []);
    }
  });

  it("more nodes than a /24 has addresses", () => {
    const wide = withValue("network.cidr", "10.25.0.0/16", ovhConfig());
    const named = Array.from({ length: 300 }, (_, index) => [`edge-${index + 1}`, {}] as const);
    const nodes = Object.fromEntries(named);
    // A group has 254 priorities at most, so the nodes are of two.
    const halves = [named.slice(0, 150), named.slice(150)].map((half) =>
      Object.fromEntries(half.map(([name], index) => [name, index + 1])),
    );
    const web = { address: "10.25.0.10", protocol: "carp", authentication: "s3cret" };
    const vips = {
      web: { ...web, virtualRouterId: 1, priorities: halves[0], public: { failoverIp: "198.51.100.10" } },
      mail: {
        ...web,
        address: "10.25.0.9",
        virtualRouterId: 2,
        priorities: halves[1],
        public: { failoverIp: "198.51.100.11" },
      },
    };
    assert.deepEqual(said({ ...wide, nodes, vips }), []);
  });
});
