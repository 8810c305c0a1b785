/** The graph of clusters that differ from the example: without a way out, on OVH, with several VIPs, aliases, metrics. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { recordCluster } from "./recordedGraph.ts";
import { loadExample, withValue } from "./stacks/exampleConfig.ts";

describe("a cluster", () => {
  it("without a way out has no router, no gateway, and is managed over its own network", async () => {
    const config = { ...withValue("vips.web.public", undefined, withValue("ssh.via", "private")), services: [] };
    const graph = await recordCluster(loadExample(withValue("defaults.externalNetwork", undefined, config)));
    assert.deepEqual([...graph.ofType("Router"), ...graph.ofType("FloatingIp")], []);
    assert.equal(graph.one("Subnet", "cluster-network-subnet").inputs["noGateway"], true);
    const { host } = graph.one("remote:Command", "cluster-edge-1-agent-prepare").inputs["connection"] as {
      host: string;
    };
    assert.equal(host, "10.25.0.11");
    assert.deepEqual((graph.outputs.nodes as Record<string, unknown>)["edge-1"], {
      id: "cluster-edge-1-id",
      address: "10.25.0.11",
    });
    assert.ok(!("publicAddress" in (graph.outputs.vips as { web: object }).web));
  });

  it("on OVH says which VLAN of the vRack it is on, in text", async () => {
    const graph = await recordCluster(loadExample(withValue("network.vlan", 42)));
    assert.deepEqual(graph.one(":Network", "cluster-network").inputs["valueSpecs"], {
      "provider:network_type": "vrack",
      "provider:segmentation_id": "42",
    });
  });

  it("of several VIPs allows each node those it may hold, and only those", async () => {
    const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20, priorities: { "edge-3": 50 } };
    const config = withValue("vips.mail", mail, withValue("nodes.edge-3", {}));
    const graph = await recordCluster(loadExample(config));
    const pairs = (node: string) => graph.one("Port", `cluster-${node}-port`).inputs["allowedAddressPairs"];
    assert.deepEqual(pairs("edge-1"), [{ ipAddress: "10.25.0.20" }, { ipAddress: "10.25.0.10" }]);
    assert.deepEqual(pairs("edge-3"), [{ ipAddress: "10.25.0.20" }]);
  });

  it("reserves and allows an alias of the private network with its VIP, and leads the world to the VIP itself", async () => {
    const alias = [{ address: "10.25.0.20" }, { address: "203.0.113.10", interface: "ens4" }];
    const graph = await recordCluster(loadExample(withValue("vips.web.alias", alias)));
    const subnetId = "cluster-network-subnet-id";
    assert.deepEqual(graph.one("Port", "cluster-vip-web-port").inputs["fixedIps"], [
      { subnetId, ipAddress: "10.25.0.10" },
      { subnetId, ipAddress: "10.25.0.20" },
    ]);
    assert.deepEqual(graph.one("Port", "cluster-edge-1-port").inputs["allowedAddressPairs"], [
      { ipAddress: "10.25.0.10" },
      { ipAddress: "10.25.0.20" },
    ]);
    const association = graph.one("FloatingIpAssociate", "cluster-vip-web-public-association");
    assert.equal(association.inputs["fixedIp"], "10.25.0.10");
  });

  it("allows a VIP with a virtual MAC from that one", async () => {
    const graph = await recordCluster(loadExample(withValue("vips.web.virtualMac", true)));
    assert.deepEqual(graph.one("Port", "cluster-edge-1-port").inputs["allowedAddressPairs"], [
      { ipAddress: "10.25.0.10", macAddress: "00:00:5e:00:01:0a" },
    ]);
  });

  it("lets the metrics be read from where it is said, and without a peer link nobody in for it", async () => {
    const metrics = { port: 9200, allowFrom: ["10.25.0.0/24"] };
    const config = { ...withValue("peerLink.enabled", false), metrics };
    const names = (await recordCluster(loadExample(config))).ofType("SecGroupRule").map(({ name }) => name);
    assert.ok(names.includes("cluster-security-group-metrics-9200-from-10.25.0.0-24"));
    assert.ok(!names.some((name) => name.includes("peer-link")));
  });
});
