/** What the hypervisor is told of a state. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { newState } from "../../lab/cloud/birth.ts";
import { regionPlan } from "../../lab/cloud/conductor/regionPlan.ts";
import { floatingIps } from "../../lab/cloud/neutron/floatingIps.ts";
import { networks } from "../../lab/cloud/neutron/networks.ts";
import { addPort, bindPort, OWNER } from "../../lab/cloud/neutron/portRecords.ts";
import { routers } from "../../lab/cloud/neutron/routers.ts";
import { addRule } from "../../lab/cloud/neutron/securityGroupRules.ts";
import { securityGroups } from "../../lab/cloud/neutron/securityGroups.ts";
import { subnets } from "../../lab/cloud/neutron/subnets.ts";
import type { CloudState, Port, SecurityGroupRule, Server } from "../../lab/cloud/state/state.ts";
import type { FilterRule, PortPlan } from "../../lab/host/region.ts";
import { EXTERNAL_NETWORK } from "./cloudUnderTest.ts";

/** A region of two servers with a VIP between them, on paper. */
class Region {
  readonly state: CloudState = newState(EXTERNAL_NETWORK, 0);
  readonly externalId = this.state.networks[0]?.id ?? "";
  readonly network = networks.create(this.state, networks.createSchema.parse({ name: "edge", mtu: 1400 }), 0);
  readonly subnet = subnets.create(
    this.state,
    subnets.createSchema.parse({ network_id: this.network.id, cidr: "10.25.0.0/24" }),
    0,
  );
  readonly group = securityGroups.create(this.state, securityGroups.createSchema.parse({ name: "edge" }), 0);

  port(last: number, pairs: readonly string[] = [], extra: Partial<Port> = {}): Port {
    const port = addPort(this.state, 0, {
      networkId: this.network.id,
      fixedIps: [{ subnetId: this.subnet.id, ipAddress: `10.25.0.${last}` }],
      portSecurityEnabled: true,
      securityGroupIds: [this.group.id],
      allowedAddressPairs: (macAddress) => pairs.map((ipAddress) => ({ ipAddress, macAddress })),
    });
    return Object.assign(port, extra);
  }

  server(name: string, ports: readonly Port[], extra: Partial<Server> = {}): Server {
    const server: Server = {
      id: `id of ${name}`,
      number: 1,
      name,
      description: null,
      imageId: "image",
      flavorId: "flavor",
      keyName: null,
      configDriveAsked: true,
      configDrive: { "openstack/latest/meta_data.json": "{}" },
      metadata: {},
      tags: [],
      serverGroupId: null,
      host: "compute-1",
      portIds: ports.map(({ id }) => id),
      ownPortIds: [],
      power: "on",
      generation: 1,
      vm: { kind: "active" },
      task: null,
      createdAt: 0,
      updatedAt: 0,
      launchedAt: 0,
      ...extra,
    };
    this.state.servers.push(server);
    for (const { id } of ports) bindPort(this.state, id, server.id, 0);
    return server;
  }

  rule(rule: Partial<SecurityGroupRule>): void {
    addRule(this.state, 0, { securityGroupId: this.group.id, direction: "ingress", ethertype: "IPv4", ...rule });
  }

  portPlan(port: Port): PortPlan {
    const plan = regionPlan(this.state).ports.find(({ id }) => id === port.id);
    assert.ok(plan !== undefined, `port ${port.id} is not in the plan`);
    return plan;
  }

  ingress(port: Port): readonly FilterRule[] {
    return (this.portPlan(port).security?.rules ?? []).filter(({ direction }) => direction === "ingress");
  }
}

describe("the region's plan", () => {
  it("of an empty cloud has the external segment and nothing else", () => {
    const region = newState(EXTERNAL_NETWORK, 0);
    const plan = regionPlan(region);
    assert.deepEqual(plan, {
      segments: [{ id: region.networks[0]?.id, kind: "external", mtu: 1500 }],
      ports: [],
      routers: [],
      servers: [],
      routes: [],
    });
  });

  it("has segments with their MTU, and ports with addresses, prefix length and gateway", () => {
    const region = new Region();
    const port = region.port(11);
    region.server("edge-1", [port]);
    const plan = regionPlan(region.state);
    assert.deepEqual(plan.segments[1], { id: region.network.id, kind: "tenant", mtu: 1400 });
    port.portSecurityEnabled = false;
    assert.deepEqual(region.portPlan(port), {
      id: port.id,
      segmentId: region.network.id,
      mac: port.macAddress,
      addresses: [{ address: "10.25.0.11", prefixLength: 24, gateway: "10.25.0.1" }],
      adminUp: true,
    });
    region.subnet.gatewayIp = null;
    assert.deepEqual(region.portPlan(port).addresses, [{ address: "10.25.0.11", prefixLength: 24 }]);
  });

  it("leaves out ports that no server has, such as a VIP's", () => {
    const region = new Region();
    const vip = region.port(10);
    region.server("edge-1", [region.port(11)]);
    assert.ok(!regionPlan(region.state).ports.some(({ id }) => id === vip.id));
  });

  it("leaves out servers that are being deleted or have no host, with their ports", () => {
    const region = new Region();
    region.server("going", [region.port(11)], { task: { kind: "deleting" } });
    region.server("nowhere", [], { host: null });
    const { servers, ports } = regionPlan(region.state);
    assert.deepEqual([servers, ports], [[], []]);
  });

  it("has a server's cards in their order, its power, disk and drive", () => {
    const region = new Region();
    const [one, two] = [region.port(11), region.port(12)];
    const server = region.server("edge-1", [two, one], { power: "off", generation: 3 });
    assert.deepEqual(regionPlan(region.state).servers, [
      {
        id: server.id,
        name: "edge-1",
        imageId: "image",
        power: "off",
        portIds: [two.id, one.id],
        configDrive: server.configDrive,
        generation: 3,
      },
    ]);
  });

  it("takes a port down with its network", () => {
    const region = new Region();
    const [one, two] = [region.port(11, [], { adminStateUp: false }), region.port(12)];
    region.server("edge-1", [one, two]);
    assert.deepEqual([region.portPlan(one).adminUp, region.portPlan(two).adminUp], [false, true]);
    region.network.adminStateUp = false;
    assert.equal(region.portPlan(two).adminUp, false);
  });

  it("allows a port its own addresses and its pairs, each with its MAC", () => {
    const region = new Region();
    const port = region.port(11, ["10.25.0.10", "10.25.1.7/24"]);
    port.allowedAddressPairs.push({ ipAddress: "10.25.0.12", macAddress: "00:00:5e:00:01:0a" });
    region.server("edge-1", [port]);
    assert.deepEqual(region.portPlan(port).security?.allowedPairs, [
      { cidr: "10.25.0.11/32", mac: port.macAddress },
      { cidr: "10.25.0.10/32", mac: port.macAddress },
      { cidr: "10.25.1.0/24", mac: port.macAddress },
      { cidr: "10.25.0.12/32", mac: "00:00:5e:00:01:0a" },
    ]);
  });

  it("says nothing of security where there is none", () => {
    const region = new Region();
    const port = region.port(11, [], { portSecurityEnabled: false, securityGroupIds: [] });
    region.server("edge-1", [port]);
    assert.equal(region.portPlan(port).security, undefined);
  });

  it("lets everything out and nothing in with a new group", () => {
    const region = new Region();
    const port = region.port(11);
    region.server("edge-1", [port]);
    assert.deepEqual(region.portPlan(port).security?.rules, [
      { direction: "egress", family: 4 },
      { direction: "egress", family: 6 },
    ]);
  });

  it("resolves a group to its members' addresses and pairs, of the rule's family", () => {
    const region = new Region();
    const [one, two] = [region.port(11, ["10.25.0.10"]), region.port(12, ["10.25.0.10", "fd00::10"])];
    region.server("edge-1", [one]);
    region.server("edge-2", [two]);
    region.rule({ protocol: "vrrp", remoteGroupId: region.group.id });
    assert.deepEqual(region.ingress(one), [
      {
        direction: "ingress",
        family: 4,
        protocol: 112,
        remote: ["10.25.0.10/32", "10.25.0.11/32", "10.25.0.12/32"],
      },
    ]);
    region.rule({ ethertype: "IPv6", remoteGroupId: region.group.id });
    assert.deepEqual(region.ingress(one)[1], { direction: "ingress", family: 6, remote: ["fd00::10/128"] });
  });

  it("matches nobody with a group without members", () => {
    const region = new Region();
    const nobody = securityGroups.create(region.state, securityGroups.createSchema.parse({ name: "nobody" }), 0);
    const port = region.port(11);
    region.server("edge-1", [port]);
    region.rule({ remoteGroupId: nobody.id });
    assert.deepEqual(region.ingress(port), [{ direction: "ingress", family: 4, remote: [] }]);
  });

  const rules: readonly [Partial<SecurityGroupRule>, Partial<FilterRule>][] = [
    [
      { protocol: "tcp", portRangeMin: 22, portRangeMax: 22 },
      { protocol: 6, ports: { min: 22, max: 22 } },
    ],
    [
      { protocol: "17", portRangeMin: 1, portRangeMax: 9 },
      { protocol: 17, ports: { min: 1, max: 9 } },
    ],
    [{ protocol: "112" }, { protocol: 112 }],
    [
      { protocol: "icmp", portRangeMin: 8, portRangeMax: 0 },
      { protocol: 1, ports: { min: 8, max: 0 } },
    ],
    [{ remoteIpPrefix: "198.51.100.7/24" }, { remote: ["198.51.100.0/24"] }],
    [{ remoteIpPrefix: "0.0.0.0/0" }, { remote: ["0.0.0.0/0"] }],
  ];
  for (const [rule, expected] of rules) {
    it(`makes of ${JSON.stringify(rule)} ${JSON.stringify(expected)}`, () => {
      const region = new Region();
      const port = region.port(11);
      region.server("edge-1", [port]);
      region.rule(rule);
      assert.deepEqual(region.ingress(port), [{ direction: "ingress", family: 4, ...expected }]);
    });
  }

  it("means every code of an ICMP type without one", () => {
    const region = new Region();
    const port = region.port(11);
    region.server("edge-1", [port]);
    region.rule({ protocol: "icmp", portRangeMin: 3 });
    assert.deepEqual(
      region.ingress(port).map(({ ports }) => ports),
      Array.from({ length: 16 }, (_, code) => ({ min: 3, max: code })),
    );
  });

  it("names a rule once that two groups have", () => {
    const region = new Region();
    const twin = securityGroups.create(region.state, securityGroups.createSchema.parse({ name: "twin" }), 0);
    const port = region.port(11, [], { securityGroupIds: [region.group.id, twin.id] });
    region.server("edge-1", [port]);
    assert.equal(region.portPlan(port).security?.rules.length, 2);
  });

  it("has a router with its gateway, its interfaces, and the floating IPs of addresses behind it", () => {
    const region = new Region();
    const gateway = { external_gateway_info: { network_id: region.externalId, enable_snat: false } };
    const router = routers.create(region.state, routers.createSchema.parse({ name: "edge", ...gateway }), 0);
    const card = addPort(region.state, 0, {
      networkId: region.network.id,
      fixedIps: [{ subnetId: region.subnet.id, ipAddress: "10.25.0.1" }],
      deviceId: router.id,
      deviceOwner: OWNER.routerInterface,
    });
    const vip = region.port(10);
    const asked = { floating_network_id: region.externalId, port_id: vip.id };
    floatingIps.create(region.state, floatingIps.createSchema.parse(asked), 0);
    const outside = region.state.ports.find(({ deviceOwner }) => deviceOwner === OWNER.gateway);
    assert.deepEqual(regionPlan(region.state).routers, [
      {
        id: router.id,
        external: {
          segmentId: region.externalId,
          address: "203.0.113.100",
          prefixLength: 24,
          mac: outside?.macAddress,
          snat: false,
        },
        interfaces: [
          {
            portId: card.id,
            segmentId: region.network.id,
            address: "10.25.0.1",
            prefixLength: 24,
            mac: card.macAddress,
          },
        ],
        floatingIps: [{ floating: "203.0.113.101", fixed: "10.25.0.10" }],
      },
    ]);
    assert.deepEqual(regionPlan(region.state).routes, [{ destination: "10.25.0.0/24", via: "203.0.113.100" }]);
    router.adminStateUp = false;
    const { routers: none, routes } = regionPlan(region.state);
    assert.deepEqual([none, routes], [[], []]);
  });

  it("is the same for the same state, and leaves it alone", () => {
    const region = new Region();
    region.server("edge-1", [region.port(11, ["10.25.0.10"])]);
    const before = structuredClone(region.state);
    assert.deepEqual(regionPlan(region.state), regionPlan(region.state));
    assert.deepEqual(region.state, before);
  });
});
