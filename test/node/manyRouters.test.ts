/** Many virtual routers on one node: what happens to one costs the kernel what it concerns, and disturbs no other. */
import assert from "node:assert/strict";
import type { LinkAddress } from "../../agent/interfaces/kernel.ts";
import { AgentNode } from "../../agent/node/node.ts";
import type { NodeReport } from "../../agent/virtualRouter/report.ts";
import { configOf, type VrrpDocument } from "../support/documents.ts";
import { ethernet, FakeKernel } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, Segment } from "./segment.ts";
import { story } from "./stories.ts";

const SECOND = 1_000_000;
const ADDRESSES_EACH = 20;
const DRAINED = { demotion: 0, held: "drained" } as const;

/** Counts what a node asks of it. */
class CountingKernel extends FakeKernel {
  calls = 0;

  override addAddress(linkIndex: number, address: LinkAddress): void {
    this.calls += 1;
    super.addAddress(linkIndex, address);
  }

  override renewAddress(linkIndex: number, address: LinkAddress): void {
    this.calls += 1;
    super.renewAddress(linkIndex, address);
  }

  override removeAddress(linkIndex: number, address: LinkAddress): void {
    this.calls += 1;
    super.removeAddress(linkIndex, address);
  }
}

const nameOf = (index: number): string => (index === 0 ? "web" : `v${index}`);

function routers(count: number, changes: Partial<VrrpDocument>): Partial<VrrpDocument>[] {
  return Array.from({ length: count }, (_, index) => ({
    name: nameOf(index),
    virtualRouterId: 1 + index,
    addresses: Array.from({ length: ADDRESSES_EACH }, (_unused, place) => `10.26.${place}.${1 + index}/32`),
    ...changes,
  }));
}

interface Counted extends NodeMachine {
  readonly kernel: CountingKernel;
}

function counted(number: number, count: number, priority: number): Counted {
  const kernel = new CountingKernel([ethernet(`10.25.0.1${number}`)]);
  const reports: NodeReport[] = [];
  const [web = {}, ...others] = routers(count, { priority });
  const reactor = new AgentNode(configOf(number, web, ...others), kernel, (report) => reports.push(report));
  return { kernel, reports, reactor };
}

/** Two nodes with so many virtual routers, the first one master of all. */
function group(count: number): { readonly segment: Segment; readonly nodes: readonly [Counted, Counted] } {
  const nodes = [counted(1, count, 200), counted(2, count, 100)] as const;
  const segment = new Segment(nodes);
  for (const { reactor } of nodes) reactor.start(0);
  segment.run(5 * SECOND);
  return { segment, nodes };
}

function rolesOf({ reactor }: NodeMachine, { nowMicros }: Segment): string[] {
  return [
    ...new Set(reactor.status(nowMicros).virtualRouters.map(({ role, held }) => `${role} ${held ? "held" : "-"}`)),
  ];
}

describe("node: many virtual routers", () => {
  it("hand all of them over, each address set once by the successor and taken off once", () => {
    const count = 25;
    const { segment, nodes } = group(count);
    const [drained, successor] = nodes;
    for (const { kernel } of nodes) kernel.calls = 0;
    const claims = Array.from({ length: count }, (_, index) => [nameOf(index), DRAINED] as const);
    drained.reactor.setEligibilities(new Map(claims), segment.nowMicros);
    segment.run(SECOND);
    assert.deepEqual(rolesOf(drained, segment), ["initialize -"]);
    assert.deepEqual(rolesOf(successor, segment), ["master held"]);
    assert.equal(drained.kernel.calls, count * ADDRESSES_EACH);
    assert.equal(successor.kernel.calls, count * ADDRESSES_EACH);
  });

  it("let one of them go, and touch no address of another", () => {
    const { segment, nodes } = group(20);
    const [drained] = nodes;
    segment.takeDeeds(drained);
    drained.reactor.setEligibilities(new Map([["v7", DRAINED]]), segment.nowMicros);
    segment.run(SECOND);
    const changes = story(segment.takeDeeds(drained)).filter((line) => /^(add|remove)/.test(line));
    assert.deepEqual(
      changes.sort(),
      Array.from({ length: ADDRESSES_EACH }, (_, place) => `remove 10.26.${place}.8/32`).sort(),
    );
  });

  it("renew the leases of each in its own time", () => {
    const { segment, nodes } = group(5);
    const [master] = nodes;
    master.kernel.calls = 0;
    segment.run(30 * SECOND);
    // The default lease of 6 s is renewed after a quarter.
    assert.equal(master.kernel.calls, 20 * 5 * ADDRESSES_EACH);
    assert.deepEqual(rolesOf(master, segment), ["master held"]);
  });

  it("put back what somebody took from one of them, and announce that", () => {
    const { segment, nodes } = group(20);
    const [master] = nodes;
    segment.takeDeeds(master);
    master.kernel.drop(2, "10.26.3.8/32");
    master.reactor.networkChanged(segment.nowMicros);
    const lines = story(segment.takeDeeds(master));
    assert.deepEqual(
      lines.filter((line) => line.startsWith("add")),
      ["add 10.26.3.8/32"],
    );
    assert.ok(lines.includes("announce 10.26.3.8"));
  });
});

describe("node: an address that goes from one virtual router to another", () => {
  it("stays, and is the new one's from then on: the old one that ends later takes nothing off", () => {
    // It resigns for ten seconds, since nobody takes over; the new one is master after four.
    const slow = { advertisementInterval: "10s" } as const;
    const machine = machineWith(configOf(1, { priority: 200, ...slow }), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(40 * SECOND);
    machine.reactor.reconfigure(configOf(1, { name: "shop", virtualRouterId: 11, priority: 200 }), segment.nowMicros);
    segment.run(5 * SECOND);
    segment.takeDeeds(machine);
    const roles = (): string[] =>
      machine.reactor.status(segment.nowMicros).virtualRouters.map(({ name, role }) => `${name} ${role}`);
    assert.deepEqual(roles(), ["shop master", "web resigning"]);
    segment.run(20 * SECOND);
    assert.deepEqual(roles(), ["shop master"]);
    assert.ok(!story(segment.takeDeeds(machine)).some((line) => line.startsWith("remove")));
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32"]);
  });
});
