/** What a node says to whom over IPv4 and IPv6, to peers and to the group, and whom it hears. */
import assert from "node:assert/strict";
import { checkedAgentConfig } from "../../agent/config/checkedDocument.ts";
import type { Packet } from "../../agent/protocol/packet/packet.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { carp, nodeOf, type VrrpDocument, vrrp, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged, story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const MULTICAST: Partial<VrrpDocument> = { multicast: true, peers: [] };
const ROLES = { priority: [200, 100] };

const four = (number: 1 | 2, changes: Partial<VrrpDocument> = {}): NodeMachine =>
  machineWith(nodeOf(number, vrrp(number, { ...preferred(number), ...changes })), ethernet(`10.25.0.1${number}`));
const six = (number: 1 | 2, changes: Partial<VrrpDocument> = {}): NodeMachine =>
  machineWith(nodeOf(number, vrrp6(number, { ...preferred(number), ...changes })), ethernet(`fe80::1${number}`));

function preferred(number: 1 | 2) {
  return { priority: ROLES.priority[number - 1] ?? 0 };
}

function started(...machines: readonly NodeMachine[]): Segment {
  for (const { reactor } of machines) reactor.start(0);
  return new Segment(machines);
}

function roleOf({ reactor }: NodeMachine, name = "web"): string | undefined {
  return reactor.status(0).virtualRouters.find((router) => router.name === name)?.role;
}

function dropsOf({ reactor }: NodeMachine) {
  return reactor.status(0).virtualRouters[0]?.counters.dropped;
}

function sends({ kernel }: NodeMachine): string[] {
  return kernel.deeds.flatMap((deed) => (deed.kind === "send" ? `${deed.source} > ${deed.destination}` : []));
}

/** An advertisement of priority 200 for node 2. */
function advertisement(source: string, destination: string, ttl = 255, virtualRouterId = 10): Packet {
  const message = { virtualRouterId, priority: 200, maxAdvertiseIntervalCentis: 100, addresses: ["10.25.0.10"] };
  return packet(source, destination, encodeVrrp(message, { source, destination }), { ttl });
}

describe("node: over IPv6", () => {
  it("speaks from its link-local address, takes the link-local shared address first, and announces all as a neighbour [5.1.2.1-a:+ 5.2.9-b]", () => {
    const machine = six(1);
    started(machine).run(4 * SECOND);
    assert.deepEqual(story(machine.kernel.deeds).slice(0, 5), [
      "send 200",
      "add fe80::10/128",
      "add 2001:db8:25::10/128",
      "announce fe80::10",
      "announce 2001:db8:25::10",
    ]);
    assert.deepEqual(new Set(sends(machine)), new Set(["fe80::11 > fe80::12"]));
  });

  it("refuses any other source before it says a word [5.1.2.1-a:-]", () => {
    const document = vrrp6(1, { sourceAddress: "2001:db8:25::11", peers: ["2001:db8:25::12"] });
    const config = { version: 1, node: "edge-1", virtualRouters: [document] };
    assert.throws(() => checkedAgentConfig.parse(config), /is not link-local, as an IPv6 source must be/);
  });

  it("elects, hands over and yields as over IPv4", () => {
    const [one, two] = [six(1), six(2)];
    const segment = started(one, two);
    segment.run(5 * SECOND);
    assert.equal(roleOf(one, "web6"), "master");
    assert.equal(two.reactor.status(0).virtualRouters[0]?.masterAddress, "fe80::11");
    one.reactor.shutdown(segment.nowMicros);
    segment.run(SECOND);
    assert.deepEqual(one.kernel.addresses(), ["fe80::11/64"]);
    assert.deepEqual(two.kernel.addresses(), ["fe80::12/64", "fe80::10/128", "2001:db8:25::10/128"]);
  });

  it("is another virtual router than one of the same id over IPv4, on the same link", () => {
    const both = (number: 1 | 2, fourth: number, sixth: number): NodeMachine => {
      const link = ethernet(`10.25.0.1${number}`, { address: `fe80::1${number}`, prefixLength: 64, origin: 0 });
      return machineWith(nodeOf(number, vrrp(number, { priority: fourth }), vrrp6(number, { priority: sixth })), link);
    };
    const [one, two] = [both(1, 200, 100), both(2, 100, 200)];
    started(one, two).run(5 * SECOND);
    assert.deepEqual([roleOf(one), roleOf(one, "web6")], ["master", "backup"]);
    assert.deepEqual([roleOf(two), roleOf(two, "web6")], ["backup", "master"]);
  });
});

describe("node: multicast", () => {
  for (const [family, node, group] of [
    ["IPv4", four, "224.0.0.18"],
    ["IPv6", six, "ff02::12"],
  ] as const) {
    it(`sends one advertisement to the group and elects over ${family} [5.1.1.2-a:+ 5.1.2.2-a:+]`, () => {
      const [one, two] = [node(1, MULTICAST), node(2, MULTICAST)];
      const segment = started(one, two);
      segment.run(5 * SECOND);
      assert.deepEqual(transitions(two.reports).slice(1), []);
      assert.equal(one.reactor.status(0).virtualRouters[0]?.role, "master");
      const own = one.reactor.status(0).virtualRouters[0]?.counters.sent ?? 0;
      assert.equal(sends(one).length, own);
      assert.ok(sends(one).every((line) => line.endsWith(` > ${group}`)));
    });
  }

  it("hears everybody where no peers are listed, and shows whom", () => {
    const two = four(2, MULTICAST);
    started(two);
    two.reactor.receive(advertisement("10.25.0.77", "224.0.0.18"), 1);
    const [status] = two.reactor.status(SECOND).virtualRouters;
    assert.deepEqual(status?.peers, [
      { address: "10.25.0.77", lastHeardAgoMs: 1_000, priority: 200, claim: { protocol: "vrrp", priority: 200 } },
    ]);
    assert.equal(status.masterAddress, "10.25.0.77");
  });

  it("hears the peers alone where some are listed", () => {
    const two = four(2, { multicast: true });
    started(two);
    two.reactor.receive(advertisement("10.25.0.77", "224.0.0.18"), 1);
    assert.deepEqual(dropsOf(two), { "unknown-sender": 1 });
    assert.equal(two.reactor.status(2).virtualRouters[0]?.masterAddress, null);
  });

  it("insists on a TTL of 255, whatever unicast is allowed [5.1.1.3-b:- 7.1-a:-]", () => {
    const two = four(2, { ...MULTICAST, minimumTtl: 254 });
    started(two);
    two.reactor.receive(advertisement("10.25.0.11", "224.0.0.18", 254), 1);
    assert.deepEqual(dropsOf(two), { ttl: 1 });
  });

  it("does not listen to what is sent to the node itself, nor the other way round", () => {
    const [group, single] = [four(2, MULTICAST), four(2)];
    started(group);
    started(single);
    group.reactor.receive(advertisement("10.25.0.11", "10.25.0.12"), 1);
    single.reactor.receive(advertisement("10.25.0.11", "224.0.0.18"), 1);
    assert.deepEqual(dropsOf(group), { "unknown-virtual-router": 1 });
    assert.deepEqual(dropsOf(single), { "unknown-virtual-router": 1 });
  });
});

describe("node: unicast", () => {
  it("sends one advertisement to each peer from the own address, and none while that is away [1.7-b 5.1.1.1-a C1-e]", () => {
    const machine = four(1, { peers: ["10.25.0.12", "10.25.0.13"] });
    const segment = started(machine);
    segment.run(4 * SECOND);
    assert.deepEqual(sends(machine), ["10.25.0.11 > 10.25.0.12", "10.25.0.11 > 10.25.0.13"]);
    machine.kernel.change(2, () => ethernet("10.25.0.99"));
    machine.reactor.networkChanged(segment.nowMicros);
    segment.takeDeeds(machine);
    segment.run(10 * SECOND);
    assert.deepEqual(sends(machine), []);
  });

  it("accepts a TTL from the configured minimum on, and nothing below it", () => {
    const two = four(2, { minimumTtl: 64 });
    started(two);
    two.reactor.receive(advertisement("10.25.0.11", "10.25.0.12", 64), 1);
    two.reactor.receive(advertisement("10.25.0.11", "10.25.0.12", 63), 2);
    const [status] = two.reactor.status(3).virtualRouters;
    assert.equal(status?.counters.received, 1);
    assert.deepEqual(status.counters.dropped, { ttl: 1 });
  });

  it("does not obey a stranger, and counts and names it [7.1-k:+]", () => {
    const two = four(2);
    started(two);
    two.reactor.receive(advertisement("10.25.0.77", "10.25.0.12"), 1);
    assert.deepEqual(dropsOf(two), { "unknown-sender": 1 });
    const fields = two.reports.flatMap((report) => (report.kind === "log" ? [report.fields] : []));
    assert.deepEqual(fields, [{ virtualRouter: "web", reason: "unknown-sender", from: "10.25.0.77" }]);
  });

  it("says so when its own address speaks to it, and elects as if it had not [C3-g]", () => {
    const two = four(2);
    const segment = started(two);
    two.reactor.receive(advertisement("10.25.0.12", "10.25.0.12"), 1);
    assert.deepEqual(logged(two.reports, "warn"), ["own-advertisement"]);
    segment.run(4 * SECOND);
    assert.equal(roleOf(two), "master");
  });
});

describe("node: several virtual routers", () => {
  it("each have their own master, in both protocols, on one socket", () => {
    const node = (number: 1 | 2): NodeMachine => {
      const other = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] };
      return machineWith(
        nodeOf(
          number,
          vrrp(number, preferred(number)),
          carp(number, { ...other, advertisementSkew: number === 1 ? 100 : 0 }),
        ),
        ethernet(`10.25.0.1${number}`),
      );
    };
    const [one, two] = [node(1), node(2)];
    const segment = started(one, two);
    segment.run(10 * SECOND);
    assert.deepEqual(one.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32"]);
    assert.deepEqual(two.kernel.addresses(), ["10.25.0.12/24", "10.25.0.20/32"]);
    assert.deepEqual(one.kernel.listening(), ["10.25.0.11"]);

    two.reactor.shutdown(segment.nowMicros);
    segment.run(SECOND);
    assert.deepEqual(one.kernel.addresses().sort(), ["10.25.0.10/32", "10.25.0.11/24", "10.25.0.20/32"]);
    assert.deepEqual(two.kernel.addresses(), ["10.25.0.12/24"]);
  });

  it("are each of one link: what comes by another is not theirs, whatever its id [3-a]", () => {
    const second = { ...ethernet("10.27.0.12"), index: 3, name: "eth3" };
    const places = { sourceAddress: "10.27.0.12", peers: ["10.27.0.11"], addresses: ["10.27.0.10/32"] };
    const other = vrrp(2, { name: "mail", virtualRouterId: 11, ...places });
    const machine = machineWith(nodeOf(2, vrrp(2), other), ethernet("10.25.0.12"), second);
    started(machine);
    const { source, destination } = { source: "10.27.0.11", destination: "10.27.0.12" };
    const claim = (virtualRouterId: number): Packet => {
      const message = { virtualRouterId, priority: 200, maxAdvertiseIntervalCentis: 100, addresses: ["10.27.0.10"] };
      return packet(source, destination, encodeVrrp(message, { source, destination }), { linkIndex: 3 });
    };
    machine.reactor.receive(claim(10), 1);
    machine.reactor.receive(claim(11), 1);
    const { virtualRouters, dropped } = machine.reactor.status(2);
    assert.deepEqual(
      virtualRouters.map(({ counters }) => counters.received),
      [0, 1],
    );
    assert.deepEqual(dropped, { "unknown-virtual-router": 1 });
  });

  it("lose what is on the interface that fails, and nothing else", () => {
    const second = { ...ethernet("10.27.0.11"), index: 3, name: "eth3" };
    const other = {
      name: "mail",
      virtualRouterId: 11,
      sourceAddress: "10.27.0.11",
      peers: ["10.27.0.12"],
      addresses: ["10.27.0.10/32"],
    };
    const machine = machineWith(nodeOf(1, vrrp(1), vrrp(1, other)), ethernet("10.25.0.11"), second);
    const segment = started(machine);
    segment.run(5 * SECOND);
    machine.kernel.change(3, (link) => ({ ...link, running: false }));
    machine.reactor.networkChanged(segment.nowMicros);
    assert.deepEqual([roleOf(machine), roleOf(machine, "mail")], ["master", "initialize"]);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32", "10.27.0.11/24"]);
  });
});
