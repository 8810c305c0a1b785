/** Priorities, roll-out order, allowed pairs and security rules. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { allowedPairs } from "../../../infra/plan/allowedPairs.ts";
import { rolloutOrder } from "../../../infra/plan/rollout.ts";
import { securityRules } from "../../../infra/plan/securityRules.ts";
import { electorate, membersOf, skewOf } from "../../../infra/values/priorities.ts";

const nodeName = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const priority = fc.integer({ min: 1, max: 254 });
const nodes = fc
  .uniqueArray(fc.record({ name: nodeName, priority: fc.option(priority, { nil: undefined }) }), {
    selector: ({ name }) => name,
  })
  .filter(({ length }) => length > 1);

describe("the members of a VIP", () => {
  const own = [{ name: "edge-1", priority: 200 }, { name: "edge-2", priority: 100 }, { name: "edge-3" }];

  it("are the nodes that have a priority, the master-to-be first", () => {
    assert.deepEqual(membersOf(own), [own[0], own[1]]);
  });

  it("have the priority that the VIP gives them, over their own", () => {
    assert.deepEqual(membersOf(own, { "edge-2": 250, "edge-3": 50 }), [
      { name: "edge-2", priority: 250 },
      { name: "edge-1", priority: 200 },
      { name: "edge-3", priority: 50 },
    ]);
  });

  it("of CARP are in the order of their skews, 254 less the priority", () => {
    const members = electorate(own, { priorities: {}, skews: { "edge-2": 1, "edge-3": 254 } });
    assert.deepEqual(
      members.map(({ name, priority }) => [name, skewOf(priority)]),
      [
        ["edge-2", 1],
        ["edge-1", 54],
        ["edge-3", 254],
      ],
    );
  });

  it("are the same in the same order, however the nodes are listed", () => {
    fc.assert(
      fc.property(nodes, (list) => {
        assert.deepEqual(membersOf(list), membersOf(list.toReversed()));
      }),
    );
  });

  it("are of a node called like something every object has, too", () => {
    assert.deepEqual(membersOf([{ name: "constructor", priority: 7 }], {}), [{ name: "constructor", priority: 7 }]);
  });
});

describe("the order of a roll-out", () => {
  const order = (vips: readonly Readonly<Record<string, number>>[]): readonly string[] => {
    const list = [{ name: "edge-1" }, { name: "edge-2" }, { name: "edge-3" }];
    return rolloutOrder(
      list,
      vips.map((priorities) => ({ members: membersOf(list, priorities) })),
    ).map(({ name }) => name);
  };

  it("with one VIP goes from the lowest priority to the highest", () => {
    assert.deepEqual(order([{ "edge-1": 100, "edge-2": 200, "edge-3": 50 }]), ["edge-3", "edge-1", "edge-2"]);
  });

  it("with several begins with the node that is master of none", () => {
    const web = { "edge-1": 254, "edge-2": 100, "edge-3": 200 };
    const mail = { "edge-1": 100, "edge-2": 150, "edge-3": 120 };
    assert.deepEqual(order([web, mail]), ["edge-3", "edge-2", "edge-1"]);
  });

  it("never puts a master before a node that is master of less", () => {
    fc.assert(
      fc.property(nodes, nodes, (list, others) => {
        const vips = [membersOf(list), membersOf(list, Object.fromEntries(others.map(({ name }) => [name, 254])))];
        const masterOf = (name: string) => vips.filter(([first]) => first?.name === name).length;
        const counts = rolloutOrder(
          list,
          vips.map((members) => ({ members })),
        ).map(({ name }) => masterOf(name));
        assert.deepEqual(
          counts,
          counts.toSorted((a, b) => a - b),
        );
        assert.equal(counts.length, list.length);
      }),
    );
  });
});

describe("the allowed pairs of a node", () => {
  const plain = { routedAddresses: [], virtualRouterId: 1, virtualMac: false };
  const members = [
    { name: "edge-1", priority: 2 },
    { name: "edge-2", priority: 1 },
  ];

  it("are the addresses of the VIPs it is a member of, and no other", () => {
    const pairs = (node: string) =>
      allowedPairs(node, [
        { ...plain, networkAddresses: ["10.25.0.10"], members: [{ name: "edge-1", priority: 2 }] },
        { ...plain, networkAddresses: ["10.25.0.20", "10.25.0.21"], members },
      ]).map(({ address }) => address);
    assert.deepEqual(pairs("edge-1"), ["10.25.0.10", "10.25.0.20", "10.25.0.21"]);
    assert.deepEqual(pairs("edge-2"), ["10.25.0.20", "10.25.0.21"]);
    assert.deepEqual(pairs("edge-3"), []);
  });

  it("name the virtual router's MAC where that is what answers", () => {
    const vip = {
      routedAddresses: [],
      networkAddresses: ["10.25.0.10"],
      virtualRouterId: 255,
      virtualMac: true,
      members,
    };
    assert.deepEqual(allowedPairs("edge-1", [vip]), [{ address: "10.25.0.10", mac: "00:00:5e:00:01:ff" }]);
  });
});

describe("the security rules", () => {
  const everybody = { kind: "cidr", cidr: "0.0.0.0/0" } as const;

  it("without services let in SSH from where it is allowed and VRRP from the members", () => {
    assert.deepEqual(securityRules(["198.51.100.0/24"], []), [
      { name: "egress", direction: "egress", remote: everybody },
      {
        name: "ssh-from-198.51.100.0-24",
        direction: "ingress",
        protocol: "tcp",
        ports: { min: 22, max: 22 },
        remote: { kind: "cidr", cidr: "198.51.100.0/24" },
      },
      { name: "vrrp", direction: "ingress", protocol: "vrrp", remote: { kind: "members" } },
    ]);
  });

  it("name a service by what passes, so that a change is a new rule beside the old one", () => {
    const from = ["0.0.0.0/0"];
    const names = securityRules(
      [],
      [
        { protocol: "tcp", port: { min: 80, max: 80 }, from },
        { protocol: "udp", port: { min: 8000, max: 8010 }, from },
        { protocol: "icmp", from },
      ],
    ).map(({ name }) => name);
    assert.deepEqual(names, [
      "egress",
      "icmp-from-0.0.0.0-0",
      "tcp-80-from-0.0.0.0-0",
      "udp-8000-8010-from-0.0.0.0-0",
      "vrrp",
    ]);
  });

  it("let the agents to each other and their metrics to those who may read them", () => {
    const metrics = { port: 9112, allowFrom: ["10.25.0.0/24"] };
    const rules = securityRules([], [], { peerLinkPort: 4112, metrics });
    assert.deepEqual(
      rules.filter(({ protocol }) => protocol === "tcp"),
      [
        {
          name: "metrics-9112-from-10.25.0.0-24",
          direction: "ingress",
          protocol: "tcp",
          ports: { min: 9112, max: 9112 },
          remote: { kind: "cidr", cidr: "10.25.0.0/24" },
        },
        {
          name: "peer-link-4112",
          direction: "ingress",
          protocol: "tcp",
          ports: { min: 4112, max: 4112 },
          remote: { kind: "members" },
        },
      ],
    );
  });

  it("have no rule twice, however often it is asked for", () => {
    const service = { protocol: "tcp", port: { min: 80, max: 80 }, from: ["0.0.0.0/0", "0.0.0.0/0"] } as const;
    const names = securityRules(["10.0.0.0/8", "10.0.0.0/8"], [service, service]).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("have none twice under two names either, which Neutron refuses in the middle of an up", () => {
    const from = ["198.51.100.0/24"];
    const port = { min: 22, max: 22 };
    const rules = securityRules(from, [{ protocol: "tcp", port, from }], {
      metrics: { port: 22, allowFrom: from },
    });
    const contents = rules.map((rule) => JSON.stringify({ ...rule, name: "" }));
    assert.deepEqual([...new Set(contents)], contents);
    // The first keeps its name, so that a living rule is not replaced.
    assert.ok(rules.some(({ name }) => name === "ssh-from-198.51.100.0-24"));
  });
});
