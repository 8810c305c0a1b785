/** The graph on OVH Public Cloud: the vRack, ports on the external network, failover IPs, and who owns what of them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkedAgentConfig } from "../../agent/config/checkedDocument.ts";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import { type CloudAnswer, type RecordedGraph, recordCluster } from "./recordedGraph.ts";
import { loadExample, withValue } from "./stacks/exampleConfig.ts";
import { ovhConfig, PLANTED, PROJECT } from "./stacks/ovhConfig.ts";

const GET_VRACK = "ovh:CloudProject/getVRack:getVRack";
/** Of flavors and regions what OVH says of those that are fit. */
const FIT: Readonly<Record<string, Record<string, unknown>>> = {
  "ovh:CloudProject/getFailoverIpAttach:getFailoverIpAttach": { continentCode: "EU" },
  "ovh:CloudProject/getFlavors:getFlavors": { flavors: [] },
  "ovh:CloudProject/getRegion:getRegion": { continentCode: "EU" },
};
const attached: CloudAnswer = (type) => (type === GET_VRACK ? { id: "pn-100042" } : (FIT[type] ?? {}));
const detached: CloudAnswer = (type) => {
  // As the engine hands on what a provider says.
  const details = "OVHcloud API error (status code 404): Client::NotFound";
  if (type === GET_VRACK) throw Object.assign(new Error(details), { details });
  return FIT[type] ?? {};
};

const documentOf = (graph: RecordedGraph, node: string): AgentConfig => {
  const { inputs } = graph.one("remote:Command", `cluster-${node}-agent-config`);
  return checkedAgentConfig.parse(JSON.parse(String(inputs["stdin"])));
};

/** What is not secret of everything that was registered. */
const inTheOpen = ({ resources }: RecordedGraph): string =>
  JSON.stringify(
    resources.map(({ inputs, secretInputs }) =>
      Object.entries(inputs).filter(([key]) => !secretInputs.some((path) => path.split(".")[0] === key)),
    ),
  );

describe("a cluster on OVH", () => {
  it("gives every node a port on the external network, first, and the private network no router", async () => {
    const graph = await recordCluster(loadExample(ovhConfig()), attached);
    assert.deepEqual([...graph.ofType("Router"), ...graph.ofType("FloatingIp")], []);
    assert.equal(graph.one("Subnet", "cluster-network-subnet").inputs["noGateway"], true);
    assert.deepEqual(graph.one(":Port", "cluster-edge-1-public-port").inputs, {
      name: "vip-failover-test-edge-1-public",
      networkId: "getNetwork:getNetwork-id",
      securityGroupIds: ["cluster-security-group-id"],
    });
    assert.deepEqual(graph.one("Instance", "cluster-edge-1").inputs["networks"], [
      { port: "cluster-edge-1-public-port-id" },
      { port: "cluster-edge-1-port-id" },
    ]);
    const { host } = graph.one("remote:Command", "cluster-edge-1-agent-prepare").inputs["connection"] as {
      host: string;
    };
    assert.equal(host, "203.0.113.101");
    assert.deepEqual((graph.outputs.nodes as Record<string, unknown>)["edge-1"], {
      id: "cluster-edge-1-id",
      address: "10.25.0.11",
      publicAddress: "203.0.113.101",
    });
  });

  it("looks at a failover IP and owns nothing of it; the agents are told what they need, and no more", async () => {
    const graph = await recordCluster(loadExample(ovhConfig()), attached);
    assert.deepEqual(graph.ofType("FailoverIpAttach"), []);
    assert.equal((graph.outputs.vips as { web: { publicAddress: string } }).web.publicAddress, "198.51.100.10");
    const { virtualRouters, ovh, openstack, peerLink } = documentOf(graph, "edge-1");
    const [web] = virtualRouters;
    assert.deepEqual(web?.addresses.at(-1), {
      address: "198.51.100.10/32",
      beside: "203.0.113.101",
      preferredSource: false,
    });
    assert.deepEqual(
      web.publicAddresses.map(({ kind, address }) => [kind, address]),
      [["ovhFailoverIp", "198.51.100.10"]],
    );
    assert.deepEqual(ovh, {
      endpoint: "https://eu.api.ovh.com/1.0",
      project: PROJECT,
      credentials: { applicationKey: "ak", ...PLANTED },
      source: "203.0.113.101",
    });
    assert.equal(openstack, undefined);
    assert.deepEqual(peerLink?.listen, ["10.25.0.11", "203.0.113.101"]);
    assert.deepEqual(peerLink.peers, [{ node: "edge-2", paths: ["10.25.0.12", "203.0.113.102"] }]);
  });

  it("shows no secret of the agents' access", async () => {
    const graph = await recordCluster(loadExample(ovhConfig()), attached);
    for (const secret of Object.values(PLANTED)) assert.ok(!inTheOpen(graph).includes(secret), secret);
    const made = withValue("ovh.credentials", "create", ovhConfig());
    assert.ok(!inTheOpen(await recordCluster(loadExample(made), attached)).includes("made secret"));
  });

  it("makes the agents an account that can do two calls on the project", async () => {
    const config = withValue("ovh.endpoint", "ovh-ca", withValue("ovh.credentials", "create", ovhConfig()));
    const graph = await recordCluster(loadExample(config), attached);
    assert.equal(graph.one("APIOAuth2Client", "cluster-agent-account").inputs["flow"], "CLIENT_CREDENTIALS");
    const { inputs } = graph.one("Iam/policy:Policy", "cluster-agent-account-policy");
    assert.deepEqual(
      [inputs["allows"], inputs["resources"], inputs["identities"]],
      [
        ["publicCloudProject:apiovh:ip/failover/get", "publicCloudProject:apiovh:ip/failover/attach"],
        [`urn:v1:ca:resource:publicCloudProject:${PROJECT}`],
        ["urn:v1:eu:identity:credential:xx/oauth2-EU.made"],
      ],
    );
    assert.deepEqual(documentOf(graph, "edge-2").ovh?.credentials, {
      clientId: "EU.made",
      clientSecret: "made secret",
      tokenUrl: "https://ca.ovh.com/auth/oauth2/token",
    });
  });

  it("attaches the project to the vRack only when it is in none, and remembers that it did", async () => {
    const there = await recordCluster(loadExample(ovhConfig()), attached);
    assert.deepEqual(there.ofType("Vrack/cloudProject:CloudProject"), []);
    const stash = there.one("Stash", "cluster-network-vrack-ours");
    assert.deepEqual([stash.inputs["input"], stash.ignoreChanges], [false, ["input"]]);
    const graph = await recordCluster(loadExample(ovhConfig()), detached);
    assert.deepEqual(graph.one("Vrack/cloudProject:CloudProject", "cluster-network-vrack").inputs, {
      serviceName: "pn-100042",
      projectId: PROJECT,
    });
    assert.ok(graph.one(":Network", "cluster-network").dependencies.includes("cluster-network-vrack"));
    const later: CloudAnswer = (type) => (type === "pulumi:index:Stash" ? { output: true } : attached(type, ""));
    const again = await recordCluster(loadExample(ovhConfig()), later);
    assert.equal(again.ofType("Vrack/cloudProject:CloudProject").length, 1, "this stack's own stays declared");
  });

  it("allows a routed address on the nodes' ports, and reserves it where it is one of the network", async () => {
    const outside = withValue(
      "network.vlan",
      0,
      withValue("vips.web.public", { routed: "198.51.100.17" }, ovhConfig()),
    );
    const graph = await recordCluster(loadExample(withValue("ssh.via", "private", outside)), attached);
    assert.deepEqual(graph.one("Port", "cluster-edge-1-port").inputs["allowedAddressPairs"], [
      { ipAddress: "10.25.0.10" },
      { ipAddress: "198.51.100.17" },
    ]);
    const addresses = documentOf(graph, "edge-1").virtualRouters[0]?.addresses.map(({ address }) => address);
    assert.deepEqual(addresses, ["10.25.0.10/32", "198.51.100.17/32"]);
    const inside = withValue("vips.web.public.routed", "10.25.0.20", outside);
    const reserved = await recordCluster(loadExample(withValue("ssh.via", "private", inside)), attached);
    assert.equal((reserved.one("Port", "cluster-vip-web-port").inputs["fixedIps"] as unknown[]).length, 2);
  });
});

describe("a floating IP that the agents move", () => {
  it("is made, and associated by nobody but them", async () => {
    const moved = {
      address: "10.25.0.20",
      protocol: "vrrp",
      virtualRouterId: 20,
      public: { floatingIp: { move: "agent" }, takeBackAfter: "5s" },
    };
    const openstack = { authUrl: "https://192.0.2.1/v3/", applicationCredential: { id: "ac", secret: "planted" } };
    const graph = await recordCluster(
      loadExample({ ...withValue("ssh.via", "private", withValue("vips.moved", moved)), openstack }),
    );
    const floatingIp = graph.one("FloatingIp", "cluster-vip-moved-public");
    assert.deepEqual(floatingIp.ignoreChanges, ["portId", "fixedIp"]);
    assert.ok(floatingIp.dependencies.includes("cluster-network-router-interface"));
    assert.ok(!graph.ofType("FloatingIpAssociate").some(({ name }) => name.includes("moved")));
    const document = documentOf(graph, "edge-1");
    assert.deepEqual(document.openstack, {
      authUrl: "https://192.0.2.1/v3",
      region: "RegionLocal",
      applicationCredential: { id: "ac", secret: "planted" },
      source: "10.25.0.11",
    });
    const router = document.virtualRouters.find(({ name }) => name === "moved");
    assert.deepEqual(router?.publicAddresses, [
      { kind: "openstackFloatingIp", address: "203.0.113.150", takeBackAfter: 5_000_000, onWitnessLoss: "hold" },
    ]);
    assert.ok(!inTheOpen(graph).includes("planted"));
    assert.equal((graph.outputs.vips as { moved: { publicAddress: string } }).moved.publicAddress, "203.0.113.150");
  });
});
