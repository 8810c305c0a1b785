import assert from "node:assert/strict";
import { stackOutputs } from "../../lab/drills/outputs.ts";
import { nodeNames, subjectOf } from "../../lab/drills/subject.ts";

const outputs = stackOutputs.parse({
  vips: {
    web: {
      address: "10.25.0.10",
      publicAddress: "203.0.113.100",
      portId: "p",
      virtualRouterId: 10,
      protocol: "vrrp",
      masterToBe: "edge-1",
      nodes: [
        { name: "edge-1", address: "10.25.0.11", priority: 200 },
        { name: "edge-2", address: "10.25.0.12", priority: 100 },
      ],
    },
  },
  nodes: { "edge-1": { id: "id-1", address: "10.25.0.11" }, "edge-2": { id: "id-2", address: "10.25.0.12" } },
  agent: { version: "0.1.0", sha256: "0" },
});

const status = {
  servers: [
    { id: "id-1", name: "prefix-edge-1", status: "ACTIVE", addresses: [] },
    { id: "id-2", name: "prefix-edge-2", status: "ACTIVE", addresses: [] },
  ],
};

describe("the subject of a drill", () => {
  it("is the stack's VIP with the servers of its nodes", () => {
    const subject = subjectOf(outputs);
    assert.equal(subject.vip, "web");
    assert.equal(subject.publicAddress, "203.0.113.100");
    assert.equal(subject.masterToBe, "edge-1");
    assert.deepEqual(
      [...subject.servers],
      [
        ["edge-1", "id-1"],
        ["edge-2", "id-2"],
      ],
    );
  });

  it("is refused by name when there is no such VIP, with those there are", () => {
    assert.throws(() => subjectOf(outputs, "mail"), /no VIP named "mail"/);
  });

  it("knows a node by the host name that its server answers with", () => {
    const nodeOf = nodeNames(outputs, status);
    assert.equal(nodeOf("prefix-edge-2"), "edge-2");
    assert.equal(nodeOf("stranger"), "stranger");
  });
});
