/** The examples of the documentation: each is a configuration that the program takes and the agents accept. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { checkedAgentConfig } from "../../agent/config/checkedDocument.ts";
import type { AgentConfig } from "../../agent/config/schema/document.ts";
import { possibleFacts } from "../../infra/plan/agent/cloudFacts.ts";
import { stackSchema } from "../../infra/schema/schema.ts";
import { vip } from "../../infra/schema/vipSchema.ts";
import { SEED } from "./stacks/exampleConfig.ts";
import { loadYaml, planOf } from "./yamlStack.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "docs", "examples");
const REFERENCE = join(EXAMPLES, "..", "configuration.md");

const OTHER_SEED = "9fK2xTq7LmW0bYzR4sUe1JhVdC8nGp5aQoXi3EtBk6M=";

/** What the comments of a file tell the operator to set. */
const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "carp-pair": { "vips.edge.authentication": "xxx" },
  "ovh-failover-ip": { "vips.edge.authentication": "xxx" },
  "ovh-floating-ip": { "openstack.applicationCredential.secret": "xxx" },
  "ovh-routed-block": {},
  "vrrp-pair": {},
  everything: {
    "vips.outside.authentication.keys.1": "0a".repeat(32),
    "vips.voice.authentication": "s3cret",
    "agentKeys.seeds.3": OTHER_SEED,
  },
};

/** What the cloud could give out. */
const POSSIBLE = possibleFacts(["edge-1", "edge-2"], ["web", "edge"]);

const planned = (name: string) =>
  planOf(loadYaml(join(EXAMPLES, `${name}.yaml`), "example", { "ssh.hostKeySeed": SEED, ...(SECRETS[name] ?? {}) }));

const documentsOf = (name: string): ReadonlyMap<string, AgentConfig> =>
  new Map(
    planned(name).nodes.map(
      (node) => [node.name, checkedAgentConfig.parse(JSON.parse(node.document(POSSIBLE).text))] as const,
    ),
  );

describe("the examples", () => {
  it("are those this test knows, and all are planned", () => {
    const names = readdirSync(EXAMPLES).map((file) => file.replace(/\.yaml$/, ""));
    assert.deepEqual(names.sort(), Object.keys(SECRETS).sort());
    for (const name of names) assert.equal(documentsOf(name).size, 2);
  });

  it("carp-pair is hostname.carp0 and the demotion of ifstated.conf", () => {
    const sides = [...documentsOf("carp-pair").values()].map(({ node, virtualRouters: [router], checks }) => {
      assert.equal(router?.protocol, "carp");
      const { virtualRouterId, advertisementBase, advertisementSkew, password, preempt, track } = router;
      assert.deepEqual([virtualRouterId, advertisementBase, password, preempt], [1, 1, "xxx", true]);
      assert.deepEqual(router.addresses[0]?.address, "10.25.0.10/32");
      assert.deepEqual(track, { "edge.uplink": 1 });
      const uplink = checks["edge.uplink"];
      assert.equal(uplink?.kind, "ping");
      assert.deepEqual([uplink.every, uplink.timeout, uplink.fall], [10_000_000, 1_000_000, 1]);
      return [node, advertisementSkew];
    });
    assert.deepEqual(sides.sort(), [
      ["edge-1", 1],
      ["edge-2", 50],
    ]);
    assert.equal(planned("carp-pair").vips[0]?.masterToBe, "edge-1");
  });

  it("vrrp-pair is the guide's two keepalived.conf, its VIP port and its floating IP", () => {
    const sides = [...documentsOf("vrrp-pair").values()].map(({ virtualRouters: [router] }) => {
      assert.equal(router?.protocol, "vrrp");
      assert.deepEqual([router.virtualRouterId, router.announcement.refresh], [123, 10_000_000]);
      return [router.sourceAddress, router.peers.join(), router.priority];
    });
    assert.deepEqual(sides.sort(), [
      ["10.0.0.130", "10.0.0.131", 110],
      ["10.0.0.131", "10.0.0.130", 100],
    ]);
    const { vips, nodes } = planned("vrrp-pair");
    assert.deepEqual([vips[0]?.address, vips[0]?.public], ["10.0.0.136", { kind: "floatingIp", pool: "external" }]);
    for (const { allowedPairs } of nodes) assert.deepEqual(allowedPairs, [{ address: "10.0.0.136" }]);
  });

  it("ovh-failover-ip is the same pair with its failover IP, and needs no script", () => {
    for (const {
      virtualRouters: [router],
      ovh,
    } of documentsOf("ovh-failover-ip").values()) {
      assert.equal(router?.protocol, "carp");
      assert.equal([1, 50].includes(router.advertisementSkew), true);
      assert.deepEqual(
        router.publicAddresses.map(({ address }) => address),
        ["198.51.100.10"],
      );
      assert.ok(ovh !== undefined && "clientId" in ovh.credentials);
    }
  });

  it("ovh-routed-block has the block's own gateway and no router", () => {
    const { network, nodes, vips } = planned("ovh-routed-block");
    assert.deepEqual([network.gateway, network.externalNetwork, network.vlan], ["198.51.100.30", undefined, 0]);
    assert.deepEqual(vips[0]?.networkAddresses, ["198.51.100.17"]);
    for (const { allowedPairs } of nodes) assert.deepEqual(allowedPairs, [{ address: "198.51.100.17" }]);
  });

  it("everything has every key that a VIP and the agents' side of a stack can have", () => {
    const text = readFileSync(join(EXAMPLES, "everything.yaml"), "utf8");
    const agents = ["agentKeys", "syncGroups", "checks", "states", "peerLink", "metrics", "logFacility"];
    for (const key of [...Object.keys(vip.shape), ...agents]) assert.match(text, new RegExp(`\\b${key}:`), key);
  });
});

describe("the reference", () => {
  it("names every key of the configuration", () => {
    const text = readFileSync(REFERENCE, "utf8");
    const keys = [...Object.keys(stackSchema.shape), ...Object.keys(vip.shape)];
    for (const key of keys) assert.match(text, new RegExp(`\\b${key}\\b`), key);
  });
});
