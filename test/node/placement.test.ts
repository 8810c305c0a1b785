/** Where shared addresses go: other interfaces, interfaces with the virtual router's MAC, and the source of the machine's own traffic. */
import assert from "node:assert/strict";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import type { Link } from "../../agent/interfaces/kernel.ts";
import { configOf, nodeOf, type VrrpDocument, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, Segment } from "./segment.ts";
import { logged, story } from "./stories.ts";

const SECOND = 1_000_000;
const VIRTUAL_MAC = "00:00:5e:00:01:0a";
const OUTSIDE: Link = {
  index: 7,
  name: "ens4",
  mac: "02:00:00:00:00:77",
  running: true,
  addresses: [{ address: "198.51.100.2", prefixLength: 24, origin: 0 }],
};

const node = (web: Partial<VrrpDocument>, ...links: readonly Link[]): NodeMachine =>
  machineWith(configOf(1, { priority: 200, ...web }), ethernet("10.25.0.11"), ...links);

function started(machine: NodeMachine): Segment {
  machine.reactor.start(0);
  return new Segment([machine]);
}

/** What it did besides advertising. */
function deedsOf(segment: Segment, machine: NodeMachine): string[] {
  return story(segment.takeDeeds(machine)).filter((line) => !line.startsWith("send"));
}

/** Without repetitions: how often an address is announced is another matter. */
const once = (lines: readonly string[]): string[] => [...new Set(lines)];

describe("node: addresses on other interfaces", () => {
  const public_ = { address: "198.51.100.10/32", interface: "ens4" };
  const addresses = ["10.25.0.10/32", public_];

  it("are put on theirs and announced there with its MAC", () => {
    const machine = node({ addresses }, OUTSIDE);
    started(machine).run(4 * SECOND);
    const announced = machine.kernel.deeds.flatMap((deed) =>
      deed.kind === "announce" ? `${deed.address} ${deed.mac}` : [],
    );
    assert.deepEqual(once(announced), ["10.25.0.10 02:00:00:00:00:0b", "198.51.100.10 02:00:00:00:00:77"]);
    const outside = machine.kernel.links().find(({ name }) => name === "ens4");
    assert.deepEqual(
      outside?.addresses.map(({ address }) => address),
      ["198.51.100.2", "198.51.100.10"],
    );
  });

  it("are not held while theirs is away, which costs the others nothing, and follow when it comes", () => {
    const machine = node({ addresses }, { ...OUTSIDE, name: "ens9", addresses: [] });
    const segment = started(machine);
    segment.run(4 * SECOND);
    const held = () => machine.reactor.status(segment.nowMicros).virtualRouters[0]?.held;
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32"]);
    assert.equal(held(), false);
    machine.kernel.change(7, () => OUTSIDE);
    machine.reactor.networkChanged(segment.nowMicros);
    assert.equal(held(), true);
  });
});

describe("node: the source of the machine's own traffic", () => {
  const addresses = [{ address: "10.25.0.10/32", preferredSource: true }];

  it("is the shared address while this node holds it, and no longer", () => {
    const machine = node({ addresses });
    const segment = started(machine);
    segment.run(4 * SECOND);
    assert.deepEqual(once(deedsOf(segment, machine)), [
      "add 10.25.0.10/32",
      "prefer 10.25.0.10",
      "announce 10.25.0.10",
    ]);
    segment.run(20 * SECOND);
    assert.ok(!deedsOf(segment, machine).includes("prefer 10.25.0.10"), "it is asked for once");
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(2 * SECOND);
    assert.deepEqual(once(deedsOf(segment, machine)), ["remove 10.25.0.10/32", "prefer none"]);
  });

  it("is asked for again when the kernel refused, and logged once", () => {
    const machine = node({ addresses });
    const segment = started(machine);
    machine.kernel.refusals.set("prefer", "EPERM");
    segment.run(8 * SECOND);
    assert.deepEqual(logged(machine.reports, "error"), ["cannot prefer 10.25.0.10 as source"]);
    assert.ok(machine.kernel.addresses().includes("10.25.0.10/32"));
    machine.kernel.refusals.clear();
    segment.run(SECOND);
    assert.ok(deedsOf(segment, machine).includes("prefer 10.25.0.10"));
  });

  it("is what it was where the configuration says nothing", () => {
    const machine = node({});
    const segment = started(machine);
    segment.run(8 * SECOND);
    assert.ok(!deedsOf(segment, machine).some((line) => line.startsWith("prefer")));
  });
});

describe("node: the virtual router's own MAC", () => {
  const links = (machine: NodeMachine): string[] => machine.kernel.links().map(({ name }) => name);

  it("is there before the address, and the address before its announcement, which has no other MAC [8.1.2-c 8.1.2-e 8.1.2-d:+ 6.1-l]", () => {
    const machine = node({ virtualMac: true });
    const segment = started(machine);
    segment.run(4 * SECOND);
    const deeds = machine.kernel.deeds.filter(({ kind }) => kind !== "send");
    assert.deepEqual(once(story(deeds)), ["make vipf4-10", "add 10.25.0.10/32", "announce 10.25.0.10"]);
    const macs = deeds.flatMap((deed) => (deed.kind === "announce" ? deed.mac : []));
    assert.deepEqual(once(macs), [VIRTUAL_MAC]);
  });

  it("is not announced while there is no interface with it, and is tried again [8.1.2-e:-]", () => {
    const machine = node({ virtualMac: true });
    const segment = started(machine);
    machine.kernel.refusals.set("make", "EPERM");
    segment.run(8 * SECOND);
    assert.deepEqual(deedsOf(segment, machine), []);
    assert.deepEqual(logged(machine.reports, "error"), ["cannot make the interface vipf4-10"]);
    machine.kernel.refusals.clear();
    segment.run(SECOND);
    assert.deepEqual(once(deedsOf(segment, machine)), ["make vipf4-10", "add 10.25.0.10/32", "announce 10.25.0.10"]);
  });

  it("is for IPv6 as well [8.2.2-e 8.2.2-f:+ 8.2.2-g]", () => {
    const machine = machineWith(nodeOf(1, vrrp6(1, { virtualMac: true })), ethernet("fe80::11"));
    started(machine).run(4 * SECOND);
    const deeds = machine.kernel.deeds.filter(({ kind }) => kind !== "send");
    assert.equal(story(deeds)[0], "make vipf6-10");
    const announced = deeds.flatMap((deed) => (deed.kind === "announce" ? `${deed.address} ${deed.mac}` : []));
    assert.deepEqual(once(announced), ["fe80::10 00:00:5e:00:02:0a", "2001:db8:25::10 00:00:5e:00:02:0a"]);
  });

  it("goes with the role: a backup takes in nothing that is sent to it [6.4.2-d]", () => {
    const machine = node({ virtualMac: true });
    const segment = started(machine);
    assert.deepEqual(links(machine), ["eth0"]);
    segment.run(4 * SECOND);
    assert.deepEqual(links(machine), ["eth0", "vipf4-10"]);
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(2 * SECOND);
    assert.deepEqual(links(machine), ["eth0"]);
  });

  it("stays through a restart with its address", () => {
    const found = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
    const left: Link = {
      index: 9,
      name: "vipf4-10",
      mac: VIRTUAL_MAC,
      running: true,
      virtualOf: 2,
      macvlanMode: "bridge",
      addresses: [found],
    };
    const machine = node({ virtualMac: true }, left);
    const segment = started(machine);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "resuming");
    segment.run(4 * SECOND);
    assert.deepEqual(once(deedsOf(segment, machine)), ["announce 10.25.0.10"]);
  });

  it("of an earlier version is taken out of private mode with its address on it, so that the group is heard", () => {
    const found = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
    const left = { index: 9, name: "vipf4-10", mac: VIRTUAL_MAC, running: true, addresses: [found] };
    const machine = node({ virtualMac: true }, { ...left, virtualOf: 2, macvlanMode: "private" });
    const segment = started(machine);
    segment.run(4 * SECOND);
    assert.deepEqual(once(deedsOf(segment, machine)), ["make vipf4-10", "announce 10.25.0.10"]);
    const [, virtual] = machine.kernel.links();
    assert.deepEqual(
      { index: virtual?.index, mode: virtual?.macvlanMode, addresses: virtual?.addresses.length },
      { index: 9, mode: "bridge", addresses: 1 },
    );
  });

  it("on another parent, as an earlier configuration had it, is replaced", () => {
    const left = { index: 9, name: "vipf4-10", mac: VIRTUAL_MAC, running: true, addresses: [] };
    const machine = node({ virtualMac: true }, { ...left, virtualOf: 7, macvlanMode: "bridge" });
    started(machine).run(4 * SECOND);
    assert.deepEqual(
      machine.kernel.links().map(({ name, virtualOf }) => [name, virtualOf]),
      [
        ["eth0", undefined],
        ["vipf4-10", 2],
      ],
    );
  });

  for (const [whose, marks] of [
    ["another kind", { mac: VIRTUAL_MAC }],
    ["another MAC", { mac: "02:00:00:00:00:99", virtualOf: 2 }],
  ] as const) {
    it(`puts nothing on an interface of its name that has ${whose}, and says so`, () => {
      const stranger: Link = { index: 9, name: "vipf4-10", running: true, addresses: [], ...marks };
      const machine = node({ virtualMac: true }, stranger);
      const segment = started(machine);
      segment.run(8 * SECOND);
      assert.deepEqual(deedsOf(segment, machine), []);
      assert.deepEqual(machine.kernel.links().at(-1), stranger);
      assert.deepEqual(logged(machine.reports, "warn"), [
        "there is an interface vipf4-10 that the agent did not make: rename or remove it, or set virtualMac to false",
      ]);
      assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "initialize", "nobody would answer for a master");
    });
  }

  it("is heard by nobody beside another program's macvlan that takes it, which log and status name", () => {
    const left = { index: 9, name: "vrrp.10", mac: VIRTUAL_MAC, running: true, addresses: [] };
    const warningsWith = (changes: Partial<Link>, multicast = true): string[] => {
      const machine = node({ multicast, peers: [] }, { ...left, virtualOf: 2, macvlanMode: "private", ...changes });
      started(machine).run(SECOND);
      const obstacles = machine.reactor.status(0).virtualRouters[0]?.obstacles ?? [];
      assert.deepEqual(
        obstacles.map(({ message }) => message),
        logged(machine.reports, "warn"),
      );
      assert.ok(obstacles.every(({ reason, blocks }) => reason === "advertisements-taken" && !blocks));
      return logged(machine.reports, "warn");
    };
    const remedy = "vrrp.10 takes it, remove it or set its mode to bridge";
    assert.deepEqual(warningsWith({}), [`peers that send from ${VIRTUAL_MAC} are not heard: ${remedy}`]);
    assert.deepEqual(warningsWith({ macvlanMode: "bridge" }), []);
    assert.deepEqual(warningsWith({ virtualOf: 7 }), []);
    assert.deepEqual(warningsWith({ mac: "00:00:5e:00:01:0b" }), []);
  });

  it("of an earlier life is taken away, and nobody else's interface is", () => {
    const left = (name: string, index: number, mac: string, virtualOf?: number): Link => ({
      ...{ index, name, mac, running: true, addresses: [] },
      ...(virtualOf === undefined ? {} : { virtualOf }),
    });
    const others = [
      left("vipf4-98", 10, "00:00:5e:00:01:62"),
      left("vipf4-97", 11, "02:00:00:00:00:99", 2),
      left("vipf6-96", 12, "00:00:5e:00:01:60", 2),
      left("vipf4-256", 13, "02:00:00:00:00:99", 2),
      left("macvlan0", 14, "00:00:5e:00:01:0a", 2),
    ];
    const ours = [left("vipf4-99", 20, "00:00:5e:00:01:63", 2), left("vipf6-99", 21, "00:00:5e:00:02:63", 7)];
    const machine = node({}, ...ours, ...others);
    started(machine);
    assert.deepEqual(links(machine), ["eth0", ...others.map(({ name }) => name)]);
  });
});
