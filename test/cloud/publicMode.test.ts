/** Servers with a card on the external network beside a private one, as OVH's public mode has them. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { at, textAt } from "./cloudCaller.ts";
import { CloudUnderTest } from "./cloudUnderTest.ts";

describe("a server in public mode", () => {
  let cloud: CloudUnderTest;
  let serverId: string;
  let insidePort: string;
  let outsidePort: string;
  before(async () => {
    cloud = await CloudUnderTest.start();
    const { networkId, externalId } = await cloud.madeSegment();
    const group = await cloud.made("security-groups", "security_group", { name: "edge" });
    await cloud.made("security-group-rules", "security_group_rule", {
      security_group_id: group,
      direction: "ingress",
      ethertype: "IPv4",
      protocol: "tcp",
      port_range_min: 22,
      port_range_max: 22,
      remote_ip_prefix: "203.0.113.0/24",
    });
    insidePort = await cloud.made("ports", "port", { network_id: networkId, security_groups: [group] });
    outsidePort = await cloud.made("ports", "port", {
      network_id: externalId,
      security_groups: [group],
      fixed_ips: [{ ip_address: "203.0.113.142" }],
    });
    serverId = await cloud.activeServer({ name: "edge-1", networks: [{ port: insidePort }, { port: outsidePort }] });
  });
  after(() => cloud.end());

  it("has a port of the project's own on the external network, with its address, gateway and groups", () => {
    const plan = cloud.hypervisor.plan?.ports.find(({ id }) => id === outsidePort);
    assert.deepEqual(plan?.addresses, [{ address: "203.0.113.142", prefixLength: 24, gateway: "203.0.113.1" }]);
    assert.deepEqual(
      plan.security?.allowedPairs.map(({ cidr }) => cidr),
      ["203.0.113.142/32"],
    );
    const ssh = {
      direction: "ingress",
      family: 4,
      protocol: 6,
      ports: { min: 22, max: 22 },
      remote: ["203.0.113.0/24"],
    };
    assert.deepEqual(
      plan.security.rules.filter(({ direction }) => direction === "ingress"),
      [ssh],
    );
  });

  it("shows both addresses", async () => {
    const addresses = at(await cloud.server(serverId), "addresses");
    assert.equal(textAt(addresses, "Ext-Net", 0, "addr"), "203.0.113.142");
    assert.match(textAt(addresses, "edge", 0, "addr"), /^10\.25\.0\./);
  });

  it("keeps the address when the server is made anew", async () => {
    await cloud.done("DELETE", `/compute/v2.1/servers/${serverId}`);
    await cloud.serverBecomes(serverId, "gone");
    assert.equal(at(await cloud.shown("ports", "port", outsidePort), "device_id"), "");
    serverId = await cloud.activeServer({ name: "edge-1", networks: [{ port: insidePort }, { port: outsidePort }] });
    assert.equal(textAt(at(await cloud.server(serverId), "addresses"), "Ext-Net", 0, "addr"), "203.0.113.142");
  });

  it("is told of both cards by its config drive", () => {
    const text = cloud.record(serverId)?.configDrive["openstack/latest/network_data.json"] ?? "";
    const data: unknown = JSON.parse(text);
    const { macAddress } = cloud.cloud.snapshot().ports.find(({ id }) => id === outsidePort) ?? {};
    assert.equal(at(data, "links", 1, "ethernet_mac_address"), macAddress);
    assert.deepEqual(at(data, "networks", 1), {
      id: "network1",
      type: "ipv4",
      link: `tap${outsidePort.slice(0, 11)}`,
      ip_address: "203.0.113.142",
      netmask: "255.255.255.0",
      network_id: cloud.cloud.snapshot().networks.find(({ external }) => external)?.id,
      routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: "203.0.113.1" }],
      services: [],
    });
  });
});
