/** The nodes' agent.json, as the agent itself reads it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { agentConfigSchema } from "../../../agent/config/document.ts";
import { agentConfig, renderAgentConfig } from "../../../infra/plan/agentConfig.ts";
import { planCluster } from "../../../infra/plan/cluster.ts";
import { loadExample, withValue } from "../exampleConfig.ts";

const documents = (config?: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> => {
  const { stack, prefix } = loadExample(config);
  return new Map(planCluster(stack, prefix).nodes.map((node) => [node.name, node.agentConfig]));
};

describe("agent.json", () => {
  it("is this text", () => {
    assert.equal(
      documents().get("edge-1"),
      `{
  "version": 1,
  "node": "edge-1",
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
      ]
    }
  ]
}
`,
    );
  });

  it("has the same election on every member, and each one's own side of it", () => {
    const parsed = [...documents().values()].map((text) => agentConfigSchema.parse(JSON.parse(text)).virtualRouters[0]);
    const [backup, master] = parsed;
    assert.deepEqual([master?.sourceAddress, master?.peers], ["10.25.0.11", ["10.25.0.12"]]);
    assert.deepEqual([backup?.sourceAddress, backup?.peers], ["10.25.0.12", ["10.25.0.11"]]);
    assert.deepEqual([backup?.priority, master?.priority], [100, 200]);
    for (const shared of ["virtualRouterId", "advertisementInterval", "addresses", "preempt"] as const) {
      assert.deepEqual(backup?.[shared], master?.[shared]);
    }
  });

  it("of the others does not change with one node's priority, even when the order does", () => {
    const three = withValue("nodes.edge-3", { priority: 50 });
    const before = documents(three);
    const after = documents(withValue("nodes.edge-3.priority", 230, three));
    const changed = [...after.keys()].filter((node) => before.get(node) !== after.get(node));
    assert.deepEqual(changed, ["edge-3"]);
  });

  it("leaves out a VIP that the node takes no part in", () => {
    const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20, priorities: { "edge-3": 50 } };
    const texts = documents(withValue("vips.mail", mail, withValue("nodes.edge-3", {})));
    const names = (node: string) =>
      agentConfigSchema.parse(JSON.parse(texts.get(node) ?? "")).virtualRouters.map(({ name }) => name);
    assert.deepEqual(names("edge-1"), ["mail", "web"]);
    assert.deepEqual(names("edge-3"), ["mail"]);
  });

  it("is accepted by the agent, whatever good cluster it comes from", () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 5 });
    const interval = fc.integer({ min: 1, max: 4095 }).map((centiseconds) => centiseconds * 10_000);
    fc.assert(
      fc.property(
        members,
        interval,
        fc.boolean(),
        fc.integer({ min: 1, max: 255 }),
        (numbers, advertisementIntervalMicros, preempt, virtualRouterId) => {
          const vip = {
            name: "web",
            address: "10.25.0.200",
            virtualRouterId,
            advertisementIntervalMicros,
            preempt,
            members: numbers.map((number) => ({
              name: `edge-${number}`,
              address: `10.25.0.${number}`,
              priority: number,
            })),
          };
          for (const { name, priority } of vip.members) {
            const text = renderAgentConfig(agentConfig(name, [vip]));
            const [router] = agentConfigSchema.parse(JSON.parse(text)).virtualRouters;
            assert.equal(router?.priority, priority);
            assert.equal(router.advertisementInterval, advertisementIntervalMicros);
            assert.equal(router.peers.length, numbers.length - 1);
          }
        },
      ),
    );
  });
});
