/** Sync groups of two nodes on two segments, VRRP outside and CARP inside: whatever happens, one node has both addresses. */
import assert from "node:assert/strict";
import { carp, nodeWith, vrrp } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { type Machine, machineWith, type NodeMachine, Segment } from "./segment.ts";
import { transitions } from "./stories.ts";

const SECOND = 1_000_000;
const OUTSIDE = "10.25.0.10/32";
const INSIDE = "10.26.0.10/32";
const [ETH_OUTSIDE, ETH_INSIDE] = [2, 3];

interface Setting {
  readonly preempt?: boolean;
  readonly crossed?: boolean;
  readonly grouped?: boolean;
}

/** Of the two nodes the first is preferred on both segments, unless `crossed`: then each on one. */
function configured(number: 1 | 2, { preempt = true, crossed = false, grouped = true }: Setting = {}) {
  const isPreferred = number === 1;
  const outside = vrrp(number, { name: "outside", priority: isPreferred ? 200 : 100, preempt });
  const inside = carp(number, {
    name: "inside",
    virtualRouterId: 20,
    sourceAddress: `10.26.0.1${number}`,
    peers: [`10.26.0.1${3 - number}`],
    addresses: [INSIDE],
    advertisementSkew: isPreferred === crossed ? 100 : 0,
    preempt,
  });
  const syncGroups = grouped ? [{ name: "gateway", members: ["outside", "inside"] }] : [];
  return nodeWith(number, { syncGroups }, outside, inside);
}

function node(number: 1 | 2, setting: Setting): NodeMachine {
  const second = { ...ethernet(`10.26.0.1${number}`), index: ETH_INSIDE, name: "eth1" };
  return machineWith(configured(number, setting), ethernet(`10.25.0.1${number}`), second);
}

function pair(setting: Setting = {}) {
  const [one, two] = [node(1, setting), node(2, setting)];
  const segment = new Segment([one, two]);
  for (const { reactor } of [one, two]) reactor.start(0);
  segment.run(20 * SECOND);
  return { one, two, segment };
}

const held = ({ kernel }: Machine): string[] =>
  kernel
    .addresses()
    .filter((address) => address.endsWith("/32"))
    .sort();

function plug({ kernel, reactor }: NodeMachine, linkIndex: number, running: boolean, nowMicros: number): void {
  kernel.change(linkIndex, (link) => ({ ...link, running }));
  reactor.networkChanged(nowMicros);
}

function assertAllAt(machine: NodeMachine, other: NodeMachine): void {
  assert.deepEqual(held(machine), [OUTSIDE, INSIDE]);
  assert.deepEqual(held(other), []);
}

describe("sync groups: two nodes", () => {
  it("begin with both addresses on the preferred node", () => {
    const { one, two } = pair();
    assertAllAt(one, two);
  });

  for (const [what, linkIndex] of [
    ["VRRP's", ETH_OUTSIDE],
    ["CARP's", ETH_INSIDE],
  ] as const) {
    it(`move both when ${what} link is lost, and back when it returns`, () => {
      const { one, two, segment } = pair();
      plug(one, linkIndex, false, segment.nowMicros);
      segment.run(5 * SECOND);
      assertAllAt(two, one);
      plug(one, linkIndex, true, segment.nowMicros);
      segment.run(10 * SECOND);
      assertAllAt(one, two);
      // Again, with what the first time left in everybody's memory.
      plug(one, linkIndex, false, segment.nowMicros);
      segment.run(5 * SECOND);
      assertAllAt(two, one);
    });

    it(`leave both where they are when ${what} link returns and nobody preempts`, () => {
      const { one, two, segment } = pair({ preempt: false });
      const [master, backup] = held(one).length > 0 ? [one, two] : [two, one];
      plug(master, linkIndex, false, segment.nowMicros);
      segment.run(5 * SECOND);
      plug(master, linkIndex, true, segment.nowMicros);
      segment.run(20 * SECOND);
      assertAllAt(backup, master);
    });

    it(`do not let a backup without ${what} link take the other address`, () => {
      const { one, two, segment } = pair();
      plug(two, linkIndex, false, segment.nowMicros);
      one.reactor.shutdown(segment.nowMicros);
      segment.run(10 * SECOND);
      assert.deepEqual(held(two), []);
      plug(two, linkIndex, true, segment.nowMicros);
      segment.run(5 * SECOND);
      assert.deepEqual(held(two), [OUTSIDE, INSIDE]);
    });
  }

  it("move both at once: the second does not wait for its own timer", () => {
    const { two, segment } = pair();
    two.reactor.dispatch({ kind: "succeed" }, "inside", segment.nowMicros);
    assert.deepEqual(held(two), [OUTSIDE, INSIDE]);
  });

  it("are not taken and given back for as long as one segment is cut and the other is whole", () => {
    const { one, two, segment } = pair();
    segment.passes = (source) => source.startsWith("10.26.");
    segment.run(20 * SECOND);
    // On the segment that is cut each part has a master; the other keeps the better one.
    assert.deepEqual([held(one), held(two)], [[OUTSIDE, INSIDE], [OUTSIDE]]);
    const changes = () => transitions([...one.reports, ...two.reports]).length;
    const count = changes();
    segment.run(60 * SECOND);
    assert.equal(changes(), count);
    segment.passes = () => true;
    segment.run(10 * SECOND);
    assertAllAt(one, two);
  });

  it("take over when the other dies, whose timer is first, and whatever each was before", () => {
    const { one, two, segment } = pair();
    for (const running of [false, true]) {
      plug(one, ETH_OUTSIDE, running, segment.nowMicros);
      segment.run(10 * SECOND);
    }
    assertAllAt(one, two);
    segment.passes = () => false;
    segment.run(4 * SECOND);
    assert.deepEqual(held(two), [OUTSIDE, INSIDE]);
    assert.ok(
      !transitions(two.reports)
        .slice(-2)
        .some((line) => line.includes("handover") && line.includes("resigning")),
    );
  });

  it("move both when a check holds back one, and when an operator hands over one", () => {
    const { one, two, segment } = pair();
    one.reactor.setEligibilities(new Map([["inside", { demotion: 0, held: "check-failed" }]]), segment.nowMicros);
    segment.run(5 * SECOND);
    assertAllAt(two, one);
    one.reactor.setEligibilities(new Map(), segment.nowMicros);
    segment.run(10 * SECOND);
    assertAllAt(one, two);
    one.reactor.dispatch({ kind: "hand-over" }, "outside", segment.nowMicros);
    segment.run(10 * SECOND);
    assertAllAt(two, one);
  });

  it("agree in the end though each node is preferred on one segment, and then change no more", () => {
    const { one, two, segment } = pair({ crossed: true });
    const before = [held(one), held(two)];
    assert.deepEqual(before.map(({ length }) => length).sort(), [0, 2]);
    const changes = () => transitions([...one.reports, ...two.reports]).length;
    const count = changes();
    segment.run(60 * SECOND);
    assert.equal(changes(), count);
    assert.deepEqual([held(one), held(two)], before);
  });

  it("hand both over at a planned stop, each as its protocol does", () => {
    const { one, two, segment } = pair();
    one.reactor.shutdown(segment.nowMicros);
    segment.run(2 * SECOND);
    assertAllAt(two, one);
    assert.equal(one.reactor.finished, true);
  });

  it("are what keeps the addresses together: without a group each goes its own way", () => {
    const { one, two, segment } = pair({ grouped: false });
    plug(one, ETH_OUTSIDE, false, segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual(held(one), [INSIDE]);
    assert.deepEqual(held(two), [OUTSIDE]);
  });

  it("stop to be one when the configuration says so, and whoever was held back for it is readmitted", () => {
    const { one, two, segment } = pair();
    plug(one, ETH_OUTSIDE, false, segment.nowMicros);
    segment.run(5 * SECOND);
    assertAllAt(two, one);
    for (const [number, machine] of [
      [1, one],
      [2, two],
    ] as const) {
      machine.reactor.reconfigure(configured(number, { grouped: false }), segment.nowMicros);
    }
    segment.run(10 * SECOND);
    assert.deepEqual(held(one), [INSIDE]);
    assert.deepEqual(held(two), [OUTSIDE]);
  });
});
