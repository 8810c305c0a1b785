/** Refusals of priorities, candidates and VIPs. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { withValue } from "../stacks/exampleConfig.ts";
import { refused, said, table } from "./table.ts";

const mail = { address: "10.25.0.20", protocol: "vrrp", virtualRouterId: 20 };

describe("a stack's configuration refuses a priority [8.3.2-a:-]", () => {
  const resigns = "is what a master sends to resign, so nobody can be configured with it";
  table("write a whole number from 1 to 254; the highest of a VIP's nodes is its master", [
    refused("nodes.edge-1.priority", 0, resigns),
    refused(
      "nodes.edge-1.priority",
      255,
      "is the priority of the address's owner; here the VIP's own port owns the address, no node does",
    ),
    refused("nodes.edge-1.priority", 256, "does not fit the one byte that VRRP has for it"),
    refused("nodes.edge-1.priority", -1, "is below 1"),
    refused("nodes.edge-1.priority", 1.5, "is a fraction, where a whole number is needed"),
    refused("nodes.edge-1.priority", "high", "is text, where a number is needed"),
    refused("nodes.edge-1.priority", "200", "is text, where a number is needed"),
    refused("nodes.edge-1.priority", null, "is nothing, where a number is needed"),
    refused("vips.web.priorities", { "edge-2": 0 }, resigns, "vips.web.priorities.edge-2 = 0"),
  ]);

  const nobody = 'is also the priority of edge-1 for VIP "web": nothing would say which of them is master';
  table("give every node of a VIP its own priority; the highest is its master", [
    refused("nodes.edge-2.priority", 200, nobody),
    refused("vips.web.priorities", { "edge-2": 200 }, nobody, "vips.web.priorities.edge-2 = 200"),
  ]);

  const nowhere = "names a node that there is none of";
  table("did you mean edge-1?", [
    refused("vips.web.priorities", { "edge-3": 50 }, nowhere, "vips.web.priorities.edge-3"),
  ]);
  table("use one of: edge-1, edge-2", [
    refused("vips.web.priorities", { gateway: 50 }, nowhere, "vips.web.priorities.gateway"),
  ]);
});

describe("a stack's configuration refuses a cluster without candidates", () => {
  table("write { edge-1: { priority: 200 }, edge-2: ... }", [
    refused("nodes", {}, "is empty"),
    refused("nodes", undefined, "is missing"),
    refused("nodes", "edge-1", "is text, where a map is needed"),
  ]);
  table("write { web: { address, protocol, virtualRouterId } }", [
    refused("vips", {}, "is empty"),
    refused("vips", undefined, "is missing"),
  ]);
  table("name at least two nodes", [
    refused(
      "nodes",
      { "edge-1": { priority: 200 } },
      "has one node, and nobody to take over from it",
      "nodes = edge-1",
    ),
  ]);
  const idle = "is missing, and no VIP names the node: it would hold nothing";
  table("give it a priority, or remove the node", [refused("nodes.edge-3", {}, idle, "nodes.edge-3.priority")]);

  it("a VIP that only one node has a priority for", () => {
    const why = "leaves the VIP without two candidates: only edge-1 has a priority for it";
    assert.deepEqual(said(withValue("nodes.edge-2", {})), [
      `vips.web.priorities | ${why} | give the nodes a priority of their own, or name two of them here`,
    ]);
  });
});

describe("a stack's configuration refuses a VIP", () => {
  table("write a whole number from 1 to 255 that no other virtual router of the network has", [
    refused("vips.web.virtualRouterId", 0, "is below 1"),
    refused("vips.web.virtualRouterId", 256, "is above 255"),
    refused("vips.web.virtualRouterId", undefined, "is missing"),
  ]);
  table("write another number from 1 to 255", [
    refused(
      "vips.mail",
      { ...mail, virtualRouterId: 10 },
      'is already the id of VIP "web": the two elections would take each other\'s advertisements for their own',
      "vips.mail.virtualRouterId = 10",
    ),
    refused(
      "vips.mail",
      { ...mail, virtualRouterId: 10, protocol: "carp", authentication: "s3cret" },
      'is already the id of VIP "web": VRRP and CARP share IP protocol 112 and derive the same virtual MAC from it',
      "vips.mail.virtualRouterId = 10",
    ),
  ]);
  table("write a duration such as 1s or 100ms", [
    refused("vips.web.advertisementInterval", "15ms", "is not in steps of 10ms, in which the protocol counts"),
    refused("vips.web.advertisementInterval", "0ms", "is outside 10ms to 40950ms, what the protocol can say"),
    refused("vips.web.advertisementInterval", "41s", "is outside 10ms to 40950ms, what the protocol can say"),
    refused("vips.web.advertisementInterval", "1", "is not a number and a unit"),
    refused("vips.web.advertisementInterval", 1, "is a whole number, where text is needed"),
  ]);
  table("write vrrp or carp", [
    refused("vips.web.protocol", "hsrp", "is none of: vrrp, carp"),
    refused("vips.web.protocol", undefined, "is missing"),
  ]);
  table("write true or false", [refused("vips.web.preempt", "no", "is text, where true or false is needed")]);
});
