/** Addresses with a lease: renewed while master, lost by themselves when the process stands still, and found again after it. */
import assert from "node:assert/strict";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import { configOf, type VrrpDocument } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { type Machine, machineWith, type NodeMachine, Segment } from "./segment.ts";
import { logged, story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const VIP = "10.25.0.10/32";

const node = (number: 1 | 2, changes: Partial<VrrpDocument> = {}): NodeMachine =>
  machineWith(configOf(number, { priority: number === 1 ? 200 : 100, ...changes }), ethernet(`10.25.0.1${number}`));

/** A master that has been so for a while, and what it did from now on. */
function master(changes: Partial<VrrpDocument> = {}, ...others: readonly NodeMachine[]) {
  const one = node(1, changes);
  for (const { reactor } of [one, ...others]) reactor.start(0);
  const segment = new Segment([one, ...others]);
  segment.run(20 * SECOND);
  for (const machine of [one, ...others]) segment.takeDeeds(machine);
  return { one, segment };
}

function renewals({ kernel }: Machine): number {
  return kernel.deeds.filter(({ kind }) => kind === "renew").length;
}

const holds = ({ kernel }: Machine): boolean => kernel.addresses().includes(VIP);

describe("node: leases", () => {
  it("are renewed each quarter of their lifetime, and no address is ever missing", () => {
    const { one, segment } = master({ lease: "3s" });
    for (let second = 0; second < 30; second++) {
      segment.run(SECOND);
      assert.ok(holds(one));
    }
    assert.equal(renewals(one), 40);
    assert.deepEqual(logged(one.reports, "warn"), []);
  });

  it("are none where the configuration says so", () => {
    const { one, segment } = master({ lease: "off" });
    segment.run(30 * SECOND);
    assert.equal(renewals(one), 0);
    segment.freeze(one);
    segment.run(3_600 * SECOND);
    assert.ok(holds(one));
  });

  it("of one virtual router do not put off what was refused to another", () => {
    const mail = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"], priority: 200, lease: "3s" };
    const one = machineWith(configOf(1, { priority: 200, lease: "3s" }, mail), ethernet("10.25.0.11"));
    const addAddress = one.kernel.addAddress.bind(one.kernel);
    let isRefused = true;
    one.kernel.addAddress = (linkIndex, address) => {
      if (isRefused && address.address === "10.25.0.10")
        throw Object.assign(new Error("no buffer"), { code: "ENOBUFS" });
      addAddress(linkIndex, address);
    };
    one.reactor.start(0);
    const segment = new Segment([one]);
    segment.run(5 * SECOND);
    assert.ok(!holds(one) && one.kernel.addresses().includes("10.25.0.20/32"));
    isRefused = false;
    segment.run(1.1 * SECOND);
    assert.ok(holds(one));
  });

  it("survive a kernel that refuses two renewals, tried again each second", () => {
    const { one, segment } = master({ lease: "3s" });
    let refused = 0;
    const renewAddress = one.kernel.renewAddress.bind(one.kernel);
    one.kernel.renewAddress = (...change) => {
      if (++refused <= 2) throw Object.assign(new Error("no buffer"), { code: "ENOBUFS" });
      renewAddress(...change);
    };
    for (let step = 0; step < 100; step++) {
      segment.run(SECOND / 10);
      assert.ok(holds(one));
    }
    assert.deepEqual(logged(one.reports, "error"), ["cannot renew 10.25.0.10/32 on eth0"]);
  });

  it("that ran out all the same are taken anew and announced", () => {
    const { one, segment } = master({ lease: "2s" });
    one.kernel.refusals.set("add", "ENOBUFS");
    segment.run(5 * SECOND);
    assert.equal(holds(one), false);
    one.kernel.refusals.clear();
    segment.takeDeeds(one);
    segment.run(SECOND);
    assert.ok(holds(one));
    const deeds = story(one.kernel.deeds).filter((line) => !line.startsWith("send"));
    assert.deepEqual(deeds.slice(0, 2), ["add 10.25.0.10/32", "announce 10.25.0.10"]);
  });

  it("of another lifetime are set at once", () => {
    const { one, segment } = master({ lease: "3s" });
    one.reactor.reconfigure(configOf(1, { priority: 200, lease: "60s" }), segment.nowMicros);
    assert.equal(renewals(one), 1);
    segment.run(14 * SECOND);
    assert.equal(renewals(one), 1);
  });

  it("are no reason to wake up once the address is nobody's: it may have gone without being taken off", () => {
    const { one, segment } = master({ lease: "3s" });
    one.kernel.change(2, () => ethernet("10.25.0.99"));
    one.reactor.networkChanged(segment.nowMicros);
    assert.equal(one.reactor.status(0).virtualRouters[0]?.role, "initialize");
    assert.equal(one.reactor.deadline(), undefined);
  });
});

describe("node: a process that stands still", () => {
  it("loses its address at the end of the lease, and the backup has it", () => {
    const two = node(2);
    const { one, segment } = master({ lease: "3s" }, two);
    segment.freeze(one);
    segment.run(3 * SECOND);
    assert.equal(holds(one), false);
    segment.run(SECOND);
    assert.ok(holds(two));
  });

  it("hears on waking who has it, and does not touch it [S10]", () => {
    const two = node(2, { preempt: false });
    const { one, segment } = master({ lease: "3s", preempt: false }, two);
    segment.freeze(one);
    segment.run(10 * SECOND);
    segment.takeDeeds(one);
    segment.thaw(one);
    assert.deepEqual(story(one.kernel.deeds), ["send 0"]);
    segment.run(10 * SECOND);
    assert.equal(holds(one), false);
    assert.ok(holds(two));
  });

  it("listens on waking before it takes or announces anything, when the whole machine stood still and heard nothing [S10]", () => {
    const two = node(2);
    const { one, segment } = master({ lease: "3s" }, two);
    segment.passes = () => false;
    segment.freeze(one);
    segment.run(10 * SECOND);
    segment.takeDeeds(one);
    segment.thaw(one);
    segment.run(SECOND);
    assert.deepEqual(story(one.kernel.deeds), []);
    assert.equal(transitions(one.reports).at(-1), "web master>resuming stalled");
    segment.run(SECOND);
    assert.equal(transitions(one.reports).at(-1), "web resuming>master resumed");
    assert.deepEqual(story(one.kernel.deeds).slice(0, 3), ["send 200", "add 10.25.0.10/32", "announce 10.25.0.10"]);
  });

  it("goes on answering on waking where the lease did not run out, and is silent while it listens", () => {
    const { one, segment } = master({ lease: "60s" });
    segment.freeze(one);
    segment.run(15 * SECOND);
    segment.takeDeeds(one);
    segment.thaw(one);
    assert.ok(holds(one));
    assert.deepEqual(story(one.kernel.deeds), []);
    segment.run(2 * SECOND);
    assert.deepEqual(story(one.kernel.deeds).slice(0, 2), ["send 200", "announce 10.25.0.10"]);
  });

  it("says nothing for an address before it knows how late it is, whatever comes in first", () => {
    const { one, segment } = master({ lease: "60s" });
    segment.freeze(one);
    segment.run(15 * SECOND);
    segment.takeDeeds(one);
    one.reactor.receive({ family: 4, linkIndex: 2, datagram: new Uint8Array(3) }, segment.nowMicros);
    assert.deepEqual(one.kernel.deeds, []);
  });

  it("takes what was lost while it listened back with the role, and not before", () => {
    const { one, segment } = master({ lease: "60s" });
    segment.freeze(one);
    segment.run(15 * SECOND);
    segment.thaw(one);
    segment.takeDeeds(one);
    one.kernel.drop(2, VIP);
    one.reactor.networkChanged(segment.nowMicros);
    assert.equal(holds(one), false);
    segment.run(2 * SECOND);
    assert.ok(holds(one));
  });
});

describe("node: an address of an earlier life", () => {
  const found = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };

  it("is renewed at once by one that goes on with it: nobody knows when its lease was set", () => {
    const machine = machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11", found));
    machine.reactor.start(0);
    assert.deepEqual(machine.kernel.deeds, [{ kind: "renew", address: VIP }]);
  });

  it("goes with the others when one of them is missing: the virtual router starts as a backup", () => {
    const addresses = ["10.25.0.10/32", "10.25.0.20/32"];
    const machine = machineWith(configOf(1, { priority: 200, addresses }), ethernet("10.25.0.11", found));
    machine.reactor.start(0);
    assert.deepEqual(transitions(machine.reports), ["web initialize>backup startup"]);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24"]);
  });

  it("goes when this node is not to be master", () => {
    const machine = machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11", found));
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), 0);
    machine.reactor.start(0);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24"]);
  });
});
