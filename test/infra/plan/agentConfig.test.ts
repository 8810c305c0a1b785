/** The nodes' agent.json, as the agent itself reads it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { checkedAgentConfig } from "../../../agent/config/checkedDocument.ts";
import type { AgentConfig } from "../../../agent/config/schema/document.ts";
import { NO_FACTS } from "../../../infra/plan/agent/cloudFacts.ts";
import { planCluster } from "../../../infra/plan/cluster.ts";
import { exampleConfig, loadExample, withValue } from "../stacks/exampleConfig.ts";

type Config = Readonly<Record<string, unknown>>;

const documents = (config?: Config): ReadonlyMap<string, string> => {
  const { stack, prefix, ssh } = loadExample(config);
  return new Map(
    planCluster(stack, prefix, ssh.hostKeySeed).nodes.map((node) => [node.name, node.document(NO_FACTS).text]),
  );
};

const parsed = (node: string, config?: Config): AgentConfig =>
  checkedAgentConfig.parse(JSON.parse(documents(config).get(node) ?? ""));

/** The first virtual router of a node, of VRRP. */
const vrrpOf = (node: string, config?: Config) => {
  const router = parsed(node, config).virtualRouters[0];
  assert.equal(router?.protocol, "vrrp");
  return router;
};

/** The first virtual router of a node, of CARP. */
const carpOf = (node: string, config?: Config) => {
  const router = parsed(node, config).virtualRouters[0];
  assert.equal(router?.protocol, "carp");
  return router;
};

const withVip = (vip: Config, config: Config = exampleConfig()): Config => ({ ...config, vips: { web: vip } });

const CARP = { address: "10.25.0.10", protocol: "carp", virtualRouterId: 1, authentication: "s3cret" };

describe("agent.json", () => {
  it("is this text", () => {
    const text = documents().get("edge-1") ?? "";
    assert.equal(
      text.replaceAll(/"(key|secret|digestKey)": "[0-9a-f]{64}"/g, '"$1": "KEY"'),
      `{
  "version": 1,
  "node": "edge-1",
  "digestKey": "KEY",
  "virtualRouters": [
    {
      "name": "web",
      "protocol": "vrrp",
      "virtualRouterId": 10,
      "priority": 200,
      "advertisementInterval": "1s",
      "preempt": true,
      "sourceAddress": "10.25.0.11",
      "peers": [
        "10.25.0.12"
      ],
      "addresses": [
        "10.25.0.10/32"
      ],
      "authentication": {
        "mode": "enforce",
        "active": 1,
        "keys": [
          {
            "id": 1,
            "secret": "KEY"
          },
          {
            "id": 2,
            "secret": "KEY"
          }
        ]
      }
    }
  ],
  "peerLink": {
    "listen": [
      "10.25.0.11"
    ],
    "key": "KEY",
    "otherKeys": [
      {
        "number": 2,
        "key": "KEY"
      }
    ],
    "peers": [
      {
        "node": "edge-2",
        "paths": [
          "10.25.0.12"
        ]
      }
    ]
  }
}
`,
    );
  });

  it("has the same election on every member, and each one's own side of it", () => {
    const [backup, master] = [vrrpOf("edge-2"), vrrpOf("edge-1")];
    assert.deepEqual([master.sourceAddress, master.peers], ["10.25.0.11", ["10.25.0.12"]]);
    assert.deepEqual([backup.sourceAddress, backup.peers], ["10.25.0.12", ["10.25.0.11"]]);
    assert.deepEqual([backup.priority, master.priority], [100, 200]);
    for (const shared of ["virtualRouterId", "advertisementInterval", "addresses", "preempt"] as const) {
      assert.deepEqual(backup[shared], master[shared]);
    }
  });

  it("of the others does not change with one node's priority, even when the order does", () => {
    const three = withValue("nodes.edge-3", { priority: 50 });
    const before = documents(three);
    const after = documents(withValue("nodes.edge-3.priority", 230, three));
    const changed = [...after.keys()].filter((node) => before.get(node) !== after.get(node));
    assert.deepEqual(changed, ["edge-3"]);
  });

  it("leaves out a VIP that the node takes no part in, and the peers of it", () => {
    const mail = {
      address: "10.25.0.20",
      protocol: "vrrp",
      virtualRouterId: 20,
      priorities: { "edge-2": 90, "edge-3": 50 },
    };
    const nodes = { "edge-1": { priority: 200 }, "edge-2": { priority: 100 }, "edge-3": {}, "edge-4": {} };
    const web = { ...exampleConfig().vips.web, priorities: { "edge-4": 10 } };
    const config = {
      ...exampleConfig(),
      nodes,
      vips: { mail: { ...mail, priorities: { "edge-3": 50, "edge-2": 90 } }, web },
    };
    const names = (node: string) => parsed(node, config).virtualRouters.map(({ name }) => name);
    const peers = (node: string) => parsed(node, config).peerLink?.peers.map((peer) => peer.node);
    assert.deepEqual(names("edge-1"), ["mail", "web"]);
    assert.deepEqual(names("edge-3"), ["mail"]);
    assert.deepEqual(peers("edge-3"), ["edge-1", "edge-2"]);
    assert.deepEqual(peers("edge-4"), ["edge-1", "edge-2"]);
    assert.deepEqual(peers("edge-1"), ["edge-2", "edge-3", "edge-4"]);
  });

  it("is accepted by the agent, whatever good cluster it comes from", () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 5 });
    const interval = fc.integer({ min: 1, max: 4095 }).map((centiseconds) => `${centiseconds * 10}ms`);
    fc.assert(
      fc.property(
        members,
        interval,
        fc.boolean(),
        fc.constantFrom("vrrp", "carp"),
        (numbers, every, preempt, protocol) => {
          const nodes = Object.fromEntries(numbers.map((number) => [`edge-${number}`, { priority: number }]));
          const own = protocol === "carp" ? { authentication: "s3cret" } : { advertisementInterval: every };
          const vip = { address: "10.25.0.200", protocol, virtualRouterId: 7, preempt, ...own };
          for (const number of numbers) {
            const [router] = parsed(`edge-${number}`, { ...withVip(vip), nodes }).virtualRouters;
            assert.equal(router?.protocol === "carp" ? 254 - router.advertisementSkew : router?.priority, number);
            assert.equal(router?.peers.length, numbers.length - 1);
            assert.equal(router.preempt, preempt);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("agent.json of a CARP VIP", () => {
  it("has a skew that follows from the priority, or the one that is written, and the password", () => {
    const config = withVip({ ...CARP, skews: { "edge-1": 1 }, advertisementBase: 2, dialect: "ucarp" });
    const [first, second] = [carpOf("edge-1", config), carpOf("edge-2", config)];
    assert.deepEqual([first.advertisementSkew, second.advertisementSkew], [1, 154]);
    assert.deepEqual([first.advertisementBase, first.dialect, first.password], [2, "ucarp", "s3cret"]);
    assert.deepEqual([first.virtualRouterId, first.peers], [1, ["10.25.0.12"]]);
  });
});

describe("agent.json of a VRRP VIP with authentication", () => {
  const [first, second] = ["0a".repeat(32), "0b".repeat(32)];
  const authenticationOf = (authentication: unknown) =>
    vrrpOf("edge-1", withValue("vips.web.authentication", authentication)).authentication;

  it("enforces a key that stands alone", () => {
    assert.deepEqual(authenticationOf(first), {
      mode: "enforce",
      keys: [{ id: 1, secret: first }],
      active: 1,
      replay: "time",
    });
  });

  it("goes from one key to another in two steps that every member understands at any time", () => {
    const steps = [
      { keys: { 1: first } },
      { keys: { 1: first, 2: second }, active: 1 },
      { keys: { 1: first, 2: second }, active: 2 },
      { keys: { 2: second } },
    ].map(authenticationOf);
    for (const [index, older] of steps.slice(0, -1).entries()) {
      const newer = steps[index + 1];
      const known = (ring: typeof older) => ring?.keys.map(({ id }) => id) ?? [];
      assert.ok(newer !== undefined && known(newer).includes(older?.active ?? 0), "a changed node hears the others");
      assert.ok(known(older).includes(newer.active), "the others hear a changed node");
    }
  });
});

describe("agent.json says what a VIP says in the document's words:", () => {
  it("delays, multicast, lease, announcement, accept mode, hooks", () => {
    const router = vrrpOf(
      "edge-1",
      withVip({
        ...exampleConfig().vips.web,
        preemptDelay: "30s",
        startupDelay: "10s",
        multicast: true,
        minimumTtl: 254,
        lease: "off",
        announcement: { burst: 3 },
        acceptMode: false,
        hooks: { up: "/usr/local/bin/on-master", down: ["/usr/local/bin/on-backup", "web"], timeout: "5s" },
      }),
    );
    assert.deepEqual([router.preemptDelay, router.startupDelay, router.minimumTtl], [30_000_000, 10_000_000, 254]);
    assert.deepEqual([router.multicast, router.lease, router.acceptMode], [true, "off", false]);
    assert.equal(router.announcement.burst, 3);
    assert.deepEqual(router.hooks.up, ["/usr/local/bin/on-master"]);
    assert.deepEqual(router.hooks.down, ["/usr/local/bin/on-backup", "web"]);
    assert.equal(router.hooks.timeout, 5_000_000);
  });

  it("aliases, on its own or another interface", () => {
    const alias = [{ address: "10.25.0.20" }, { address: "203.0.113.10", interface: "ens4", preferredSource: true }];
    const { addresses } = vrrpOf("edge-1", withValue("vips.web.alias", alias));
    assert.deepEqual(
      addresses.map(({ address, interface: link, preferredSource }) => [address, link, preferredSource]),
      [
        ["10.25.0.10/32", undefined, false],
        ["10.25.0.20/32", undefined, false],
        ["203.0.113.10/32", "ens4", true],
      ],
    );
  });

  it("checks: its own under its name, shared ones under theirs", () => {
    const track = {
      uplink: { ping: "192.0.2.1", every: "10s", rise: 2, fall: 2, demote: 110 },
      service: { http: "http://127.0.0.1/health", every: "2s", demote: "all" },
      disk: "all",
    };
    const config = withValue("vips.web.track", track, {
      ...exampleConfig(),
      checks: { disk: { file: "/run/disk-ok" } },
    });
    const { checks, virtualRouters } = parsed("edge-2", config);
    assert.deepEqual(Object.keys(checks).sort(), ["disk", "web.service", "web.uplink"]);
    assert.deepEqual(virtualRouters[0]?.track, { disk: "all", "web.service": "all", "web.uplink": 110 });
    const uplink = checks["web.uplink"];
    assert.equal(uplink?.kind, "ping");
    assert.deepEqual([uplink.ping, uplink.every], ["192.0.2.1", 10_000_000]);
  });
});

describe("agent.json of a whole stack", () => {
  it("has the sync groups of its VIPs, where metrics are served and where the log goes", () => {
    const inside = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20 };
    const config = {
      ...withValue("vips.inside", inside),
      syncGroups: { gateway: ["web", "inside"] },
      metrics: { port: 9200 },
      logFacility: "local3",
    };
    const { syncGroups, metrics, logFacility } = parsed("edge-2", config);
    assert.deepEqual(syncGroups, [{ name: "gateway", members: ["inside", "web"] }]);
    assert.deepEqual(metrics, { listen: "10.25.0.12", port: 9200 });
    assert.equal(logFacility, "local3");
  });

  it("has one key of the peer link on every node of a stack, another in another stack, none where it is off", () => {
    const key = (node: string, config?: Config) => parsed(node, config).peerLink?.key;
    assert.equal(key("edge-1"), key("edge-2"));
    const { stack, ssh } = loadExample();
    const other = planCluster(stack, "vip-failover-other", ssh.hostKeySeed).nodes[0]?.document(NO_FACTS).text ?? "";
    assert.ok(!other.includes(key("edge-1") ?? "-"));
    assert.equal(key("edge-1", withValue("peerLink.enabled", false)), undefined);
  });

  it("has one key of the digests on every node of a stack, another in another stack, and none of it in what is shown", () => {
    const key = parsed("edge-1").digestKey ?? "";
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(key, parsed("edge-2", withValue("peerLink.enabled", false)).digestKey);
    const { stack, prefix, ssh } = loadExample();
    const [document] = planCluster(stack, "vip-failover-other", ssh.hostKeySeed).nodes;
    assert.ok(!(document?.document(NO_FACTS).text ?? key).includes(key));
    for (const { document: of } of planCluster(stack, prefix, ssh.hostKeySeed).nodes) {
      assert.ok(of(NO_FACTS).text.includes(key) && !of(NO_FACTS).shown.includes(key));
    }
  });

  it("has the peer link's timing as it is written", () => {
    const { peerLink } = parsed("edge-1", withValue("peerLink", { heartbeat: "50ms", missed: 4, port: 5112 }));
    assert.deepEqual([peerLink?.heartbeat, peerLink?.missed, peerLink?.port], [50_000, 4, 5112]);
  });
});
