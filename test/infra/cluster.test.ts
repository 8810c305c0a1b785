/** The graph that the program declares: types, names, parents, order, secrets, options. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { parse } from "yaml";
import { deriveHostKeys } from "../../infra/plan/host/hostKey.ts";
import { type RecordedGraph, type Registered, recordCluster } from "./recordedGraph.ts";
import { KEY_PAIR, loadExample, OTHER_KEY_PAIR, RELEASE, SEED } from "./stacks/exampleConfig.ts";

const shortType = ({ type }: Registered): string => type.split(":").at(-1) ?? type;

/** `Port cluster-edge-1-port < cluster-edge-1`, a line a resource. */
const tree = ({ resources }: RecordedGraph): readonly string[] =>
  resources.map((resource) => `${shortType(resource)} ${resource.name} < ${resource.parent ?? "stack"}`).sort();

const nodeTree = (node: string): readonly string[] => [
  `EdgeNode cluster-${node} < cluster`,
  `Port cluster-${node}-port < cluster-${node}`,
  `Instance cluster-${node} < cluster-${node}`,
  `PublicAddress cluster-${node}-management < cluster-${node}`,
  `FloatingIp cluster-${node}-management < cluster-${node}-management`,
  `FloatingIpAssociate cluster-${node}-management-association < cluster-${node}-management`,
  `HostKeyReplacement cluster-${node}-host-key < cluster-${node}`,
  ...["offer", "confirm"].map((step) => `Command cluster-${node}-host-key-${step} < cluster-${node}-host-key`),
  `AgentDeployment cluster-${node}-agent < cluster-${node}`,
  ...["prepare", "config", "install"].map((step) => `Command cluster-${node}-agent-${step} < cluster-${node}-agent`),
  ...["runtime", "release"].map((copy) => `CopyToRemote cluster-${node}-agent-${copy} < cluster-${node}-agent`),
];

describe("the cluster's graph", () => {
  let graph: RecordedGraph;
  before(async () => {
    graph = await recordCluster(loadExample());
  });

  it("is these resources, each under its component", () => {
    const expected = [
      "EdgeCluster cluster < stack",
      "PrivateNetwork cluster-network < cluster",
      "Network cluster-network < cluster-network",
      "Subnet cluster-network-subnet < cluster-network",
      "Router cluster-network-router < cluster-network",
      "RouterInterface cluster-network-router-interface < cluster-network",
      "VirtualIp cluster-vip-web < cluster",
      "Port cluster-vip-web-port < cluster-vip-web",
      "PublicAddress cluster-vip-web-public < cluster-vip-web",
      "FloatingIp cluster-vip-web-public < cluster-vip-web-public",
      "FloatingIpAssociate cluster-vip-web-public-association < cluster-vip-web-public",
      "SecurityGroup cluster-security-group < cluster",
      "SecGroup cluster-security-group < cluster-security-group",
      ...["egress", "vrrp", "peer-link-4112", "ssh-from-198.51.100.0-24", "tcp-80-from-0.0.0.0-0"].map(
        (rule) => `SecGroupRule cluster-security-group-${rule} < cluster-security-group`,
      ),
      "ServerGroup cluster-server-group < cluster",
      "Keypair cluster-key-pair < cluster",
      ...nodeTree("edge-1"),
      ...nodeTree("edge-2"),
    ];
    assert.deepEqual(tree(graph), expected.sort());
  });

  it("names everything in the cloud after project and stack", () => {
    const names = graph.resources
      .filter(({ inputs }) => typeof inputs["name"] === "string")
      .map(({ inputs }) => inputs["name"]);
    assert.deepEqual([...new Set(names)].sort(), [
      "vip-failover-test",
      "vip-failover-test-edge-1",
      "vip-failover-test-edge-2",
      "vip-failover-test-vip-web",
    ]);
  });

  it("makes a network with port security, and a subnet whose own pool is out of the way", () => {
    assert.deepEqual(graph.one(":Network", "cluster-network").inputs, {
      name: "vip-failover-test",
      portSecurityEnabled: true,
    });
    assert.deepEqual(graph.one("Subnet", "cluster-network-subnet").inputs, {
      name: "vip-failover-test",
      networkId: "cluster-network-id",
      cidr: "10.25.0.0/24",
      ipVersion: 4,
      enableDhcp: true,
      allocationPools: [{ start: "10.25.0.224", end: "10.25.0.254" }],
      dnsNameservers: [],
      gatewayIp: "10.25.0.1",
    });
  });

  it("lets in SSH, VRRP and the peer link from the members and the services, and nothing else", () => {
    const rules = graph.ofType("SecGroupRule").map(({ inputs }) => {
      const { direction, protocol, portRangeMin, portRangeMax, remoteIpPrefix, remoteGroupId, securityGroupId } =
        inputs;
      assert.equal(securityGroupId, "cluster-security-group-id");
      return [direction, protocol, portRangeMin, portRangeMax, remoteIpPrefix ?? remoteGroupId];
    });
    assert.deepEqual(rules.sort(), [
      ["egress", undefined, undefined, undefined, "0.0.0.0/0"],
      ["ingress", "tcp", 22, 22, "198.51.100.0/24"],
      ["ingress", "tcp", 4112, 4112, "cluster-security-group-id"],
      ["ingress", "tcp", 80, 80, "0.0.0.0/0"],
      ["ingress", "vrrp", undefined, undefined, "cluster-security-group-id"],
    ]);
    assert.equal(graph.one("SecGroup", "cluster-security-group").inputs["deleteDefaultRules"], true);
  });

  it("reserves the VIP's address with a port that is nobody's", () => {
    const { inputs } = graph.one("Port", "cluster-vip-web-port");
    assert.deepEqual(inputs, {
      name: "vip-failover-test-vip-web",
      networkId: "cluster-network-id",
      fixedIps: [{ subnetId: "cluster-network-subnet-id", ipAddress: "10.25.0.10" }],
      noSecurityGroups: true,
    });
    const attached = graph.ofType("Instance").flatMap(({ inputs: { networks } }) => networks);
    assert.ok(!JSON.stringify(attached).includes("cluster-vip-web-port"));
  });

  it("allows a node's port its own address, exactly the VIPs it may hold, and the group's traffic", () => {
    assert.deepEqual(graph.one("Port", "cluster-edge-1-port").inputs, {
      name: "vip-failover-test-edge-1",
      networkId: "cluster-network-id",
      fixedIps: [{ subnetId: "cluster-network-subnet-id", ipAddress: "10.25.0.11" }],
      securityGroupIds: ["cluster-security-group-id"],
      allowedAddressPairs: [{ ipAddress: "10.25.0.10" }],
    });
  });

  it("associates a floating IP with the VIP's port, once the way out is there", () => {
    assert.equal(graph.one("FloatingIp", "cluster-vip-web-public").inputs["pool"], "Ext-Net");
    assert.equal(graph.one("FloatingIp", "cluster-vip-web-public").inputs["portId"], undefined);
    const association = graph.one("FloatingIpAssociate", "cluster-vip-web-public-association");
    assert.deepEqual(association.inputs, {
      floatingIp: "public-of-cluster-vip-web-public",
      portId: "cluster-vip-web-port-id",
    });
    assert.ok(association.dependencies.includes("cluster-network-router-interface"));
  });

  it("makes a machine that no later word of the configuration rebuilds, resizes or starts", () => {
    const instance = graph.one("Instance", "cluster-edge-1");
    const { userData, ...rest } = instance.inputs;
    assert.deepEqual(rest, {
      name: "vip-failover-test-edge-1",
      imageId: "b5e3e2f0-5f0e-4d0c-9d1a-0a2f6c1d7a11",
      flavorName: "edge.small",
      keyPair: "vip-failover-test",
      networks: [{ port: "cluster-edge-1-port-id" }],
      configDrive: true,
      schedulerHints: [{ group: "cluster-server-group-id" }],
      stopBeforeDestroy: true,
    });
    assert.match(String(userData), /^#cloud-config\n/);
    for (const kept of ["imageId", "imageName", "flavorName", "userData", "keyPair", "schedulerHints", "powerState"]) {
      assert.ok(instance.ignoreChanges.includes(kept), kept);
    }
    assert.deepEqual(graph.one("ServerGroup", "cluster-server-group").inputs["policies"], ["anti-affinity"]);
  });

  it("deletes first what cannot be there twice", () => {
    const first = graph.resources.filter(({ deleteBeforeReplace }) => deleteBeforeReplace).map(shortType);
    assert.deepEqual([...new Set(first)].sort(), [
      "FloatingIpAssociate",
      "Instance",
      "Keypair",
      "Port",
      "RouterInterface",
      "Subnet",
    ]);
    assert.ok(graph.ofType("Command").every(({ deleteBeforeReplace }) => !deleteBeforeReplace));
  });

  it("keeps keys secret, in inputs and in state", () => {
    const instance = graph.one("Instance", "cluster-edge-1");
    assert.ok(instance.secretInputs.includes("userData"));
    assert.ok(instance.additionalSecretOutputs.includes("userData"));
    for (const { name, secretInputs } of [...graph.ofType("remote:Command"), ...graph.ofType("CopyToRemote")]) {
      assert.ok(
        secretInputs.some((path) => path === "connection" || path === "connection.privateKey"),
        name,
      );
    }
    for (const { name, inputs, secretInputs } of graph.resources) {
      const open = Object.entries(inputs).filter(([key]) => !secretInputs.includes(key));
      assert.ok(!JSON.stringify(open).includes("PRIVATE KEY"), `${name} shows a private key`);
    }
  });

  it("keeps the agents' configuration secret, and shows it without what is", () => {
    for (const node of ["edge-1", "edge-2"]) {
      const { inputs, secretInputs } = graph.one("remote:Command", `cluster-${node}-agent-config`);
      assert.ok(secretInputs.includes("stdin"));
      const { peerLink } = JSON.parse(String(inputs["stdin"])) as { peerLink: { key: string } };
      assert.match(peerLink.key, /^[0-9a-f]{64}$/);
      for (const { name, inputs: all, secretInputs: hidden } of graph.resources) {
        const open = Object.entries(all).filter(([key]) => !hidden.includes(key));
        assert.ok(!JSON.stringify(open).includes(peerLink.key), `${name} shows the peer link's key`);
      }
    }
  });

  it("expects the host key that a node was born with once, over the connection that replaces it", () => {
    for (const { name, inputs } of graph.resources) {
      const { hostKey } = (inputs["connection"] ?? {}) as { hostKey?: string };
      const [, node] = /^cluster-(edge-\d)-/.exec(name) ?? [];
      if (hostKey === undefined || node === undefined) continue;
      const { first, permanent } = deriveHostKeys(SEED, ["vip-failover-test", node]);
      assert.equal(hostKey, (name.endsWith("-host-key-offer") ? first : permanent).publicKey, name);
      const userData = parse(String(graph.one("Instance", `cluster-${node}`).inputs["userData"])) as {
        ssh_keys: Record<string, string>;
      };
      assert.deepEqual(userData.ssh_keys, { ed25519_private: first.privateKey, ed25519_public: first.publicKey });
    }
    const offer = graph.one("remote:Command", "cluster-edge-1-host-key-offer");
    const { permanent } = deriveHostKeys(SEED, ["vip-failover-test", "edge-1"]);
    assert.equal(offer.inputs["stdin"], permanent.privateKey);
    assert.ok(offer.secretInputs.includes("stdin"));
    const confirm = graph.one("remote:Command", "cluster-edge-1-host-key-confirm");
    assert.ok(confirm.dependencies.includes(offer.name));
    for (const { inputs } of [offer, confirm]) assert.deepEqual(inputs["triggers"], ["cluster-edge-1-id"]);
  });

  it("expects of every node its permanent host key, and of the bastion its own", () => {
    for (const node of ["edge-1", "edge-2"]) {
      const connection = graph.one("remote:Command", `cluster-${node}-agent-install`).inputs["connection"];
      assert.deepEqual(connection, {
        host: `public-of-cluster-${node}-management`,
        port: 22,
        user: "debian",
        privateKey: KEY_PAIR.privateKey,
        hostKey: deriveHostKeys(SEED, ["vip-failover-test", node]).permanent.publicKey,
        dialErrorLimit: 60,
        perDialTimeout: 15,
        proxy: {
          host: "127.0.0.1",
          port: 12222,
          user: "bastion",
          privateKey: KEY_PAIR.privateKey,
          hostKey: OTHER_KEY_PAIR.publicKey,
          dialErrorLimit: 60,
          perDialTimeout: 15,
        },
      });
    }
  });

  it("has outputs of the documented shape", () => {
    assert.deepEqual(graph.outputs, {
      vips: {
        web: {
          address: "10.25.0.10",
          publicAddress: "public-of-cluster-vip-web-public",
          portId: "cluster-vip-web-port-id",
          protocol: "vrrp",
          virtualRouterId: 10,
          nodes: [
            { name: "edge-1", address: "10.25.0.11", priority: 200 },
            { name: "edge-2", address: "10.25.0.12", priority: 100 },
          ],
          masterToBe: "edge-1",
        },
      },
      nodes: {
        "edge-1": {
          id: "cluster-edge-1-id",
          address: "10.25.0.11",
          publicAddress: "public-of-cluster-edge-1-management",
        },
        "edge-2": {
          id: "cluster-edge-2-id",
          address: "10.25.0.12",
          publicAddress: "public-of-cluster-edge-2-management",
        },
      },
      agent: { version: RELEASE.version, sha256: RELEASE.sha256 },
    });
  });
});
