/** Another host that answers for an address of which this node is master: when it is told, when not, and what it can cost. */
import assert from "node:assert/strict";
import { conflictProgram } from "../../agent/linux/sockets/conflictFilter.ts";
import { MOST_INSTRUCTIONS } from "../../agent/linux/sockets/socketFilter.ts";
import { encodeArpQuestion, encodeGratuitousArp } from "../../agent/protocol/neighbours/arp.ts";
import { encodeDuplicateProbe } from "../../agent/protocol/neighbours/duplicateProbe.ts";
import { encodeNeighbourAdvertisement } from "../../agent/protocol/neighbours/ndp.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { configOf, nodeOf, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { passes } from "./classicFilter.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged } from "./stories.ts";

const SECOND = 1_000_000;
const VIP = "10.25.0.10";
const RIVAL = "02:00:00:00:00:63";
const OWN = "02:00:00:00:00:0b";

/** A master that has been alone for a minute. */
function settledMaster(): { readonly machine: NodeMachine; readonly segment: Segment } {
  const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
  machine.reactor.start(0);
  const segment = new Segment([machine]);
  segment.run(60 * SECOND);
  assert.equal(machine.reactor.status(segment.nowMicros).virtualRouters[0]?.role, "master");
  return { machine, segment };
}

function conflictsOf({ reactor }: NodeMachine, nowMicros: number): readonly object[] {
  return reactor.status(nowMicros).virtualRouters[0]?.conflicts ?? [];
}

const told = ({ reports }: NodeMachine): string[] =>
  logged(reports, "warn").filter((line) => line.startsWith("another host answers"));

describe("node: another host answers for a shared address", () => {
  it("is told in log and status, once, and changes no role", () => {
    const { machine, segment } = settledMaster();
    const now = segment.nowMicros;
    for (let answer = 0; answer < 3; answer++) machine.reactor.overhear(encodeGratuitousArp(RIVAL, VIP), now + answer);
    assert.deepEqual(conflictsOf(machine, now), [
      { address: VIP, mac: RIVAL, interface: "eth0", since: new Date(machine.kernel.wallMs).toISOString() },
    ]);
    assert.deepEqual(told(machine), [
      `another host answers for ${VIP} on eth0: find the one with the MAC ${RIVAL}, and take the address off it`,
    ]);
    assert.equal(machine.reactor.status(now).virtualRouters[0]?.role, "master");
  });

  it("is over when two questions in a row were not answered, and not before", () => {
    const { machine, segment } = settledMaster();
    machine.reactor.overhear(encodeGratuitousArp(RIVAL, VIP), segment.nowMicros);
    segment.run(15 * SECOND);
    assert.equal(conflictsOf(machine, segment.nowMicros).length, 1);
    segment.run(20 * SECOND);
    assert.equal(conflictsOf(machine, segment.nowMicros).length, 0);
    assert.ok(logged(machine.reports, "info").includes("the other host no longer answers for the address"));
  });

  it("is asked for with each refresh, by the own address or as a duplicate, and not within a burst", () => {
    const { machine, segment } = settledMaster();
    machine.kernel.takeDeeds();
    segment.run(10 * SECOND);
    const asked = machine.kernel.takeDeeds().filter(({ kind }) => kind === "ask");
    assert.deepEqual(asked, [{ kind: "ask", address: VIP }]);
  });

  it("is watched for from a second after the addresses came, and no longer than they are here", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    assert.deepEqual(machine.kernel.watched, new Map());
    segment.run(60 * SECOND);
    assert.deepEqual(machine.kernel.watched, new Map([[2, [VIP]]]));
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(10 * SECOND);
    assert.deepEqual(machine.kernel.watched, new Map());
  });

  it("is not this machine itself, nor the virtual router's own MAC", () => {
    const { machine, segment } = settledMaster();
    for (const mac of [OWN, "00:00:5e:00:01:0a"])
      machine.reactor.overhear(encodeGratuitousArp(mac, VIP), segment.nowMicros);
    assert.deepEqual(conflictsOf(machine, segment.nowMicros), []);
    machine.reactor.overhear(encodeGratuitousArp("00:00:5e:00:01:0b", VIP), segment.nowMicros);
    assert.equal(conflictsOf(machine, segment.nowMicros).length, 1);
  });

  it("is not the master before, that still answers in the first two seconds", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    while (machine.reactor.status(segment.nowMicros).virtualRouters[0]?.role !== "master") segment.run(SECOND / 10);
    machine.reactor.overhear(encodeGratuitousArp(RIVAL, VIP), segment.nowMicros + SECOND);
    assert.deepEqual(conflictsOf(machine, segment.nowMicros), []);
  });

  it("is not another master that is heard: the election sees to that one", () => {
    const { machine, segment } = settledMaster();
    const ends = { source: "10.25.0.12", destination: "10.25.0.11" };
    const message = { virtualRouterId: 10, priority: 50, maxAdvertiseIntervalCentis: 100, addresses: [VIP] };
    machine.reactor.receive(packet(ends.source, ends.destination, encodeVrrp(message, ends)), segment.nowMicros);
    machine.reactor.overhear(encodeGratuitousArp(RIVAL, VIP), segment.nowMicros + SECOND);
    assert.deepEqual(told(machine), []);
    machine.reactor.overhear(encodeGratuitousArp(RIVAL, VIP), segment.nowMicros + 3 * SECOND);
    assert.equal(told(machine).length, 1);
  });

  it("is heard over IPv6, too", () => {
    const machine = machineWith(nodeOf(1, vrrp6(1)), ethernet("fe80::11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(60 * SECOND);
    const [address = ""] = machine.kernel.watched.get(2) ?? [];
    machine.reactor.overhear(encodeNeighbourAdvertisement(RIVAL, address, { router: false }), segment.nowMicros);
    assert.equal(conflictsOf(machine, segment.nowMicros).length, 1);
  });

  it("is nothing that a stranger can fill memory, log or the processor with", () => {
    const { machine, segment } = settledMaster();
    for (let number = 0; number < 1_000; number++) {
      const mac = `02:00:00:01:${(number >> 8).toString(16).padStart(2, "0")}:${(number & 255).toString(16).padStart(2, "0")}`;
      machine.reactor.overhear(encodeGratuitousArp(mac, VIP), segment.nowMicros);
    }
    assert.equal(conflictsOf(machine, segment.nowMicros).length, 4);
    assert.equal(told(machine).length, 1);
    assert.deepEqual(machine.kernel.watched, new Map());
    segment.run(11 * SECOND);
    assert.deepEqual(machine.kernel.watched, new Map([[2, [VIP]]]));
  });

  it("costs the mastership nothing where the kernel refuses to watch", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.kernel.refusals.set("watch", "EAFNOSUPPORT");
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(60 * SECOND);
    assert.equal(machine.reactor.status(segment.nowMicros).virtualRouters[0]?.role, "master");
    assert.deepEqual(
      logged(machine.reports, "warn").filter((line) => line.includes("not noticed")),
      ["other hosts that answer for an address here are not noticed"],
    );
  });
});

describe("conflict filter", () => {
  const watched = new Map([
    [2, [VIP, "10.25.0.20", "2001:db8:25::10"]],
    [3, ["198.51.100.10"]],
  ]);
  const hears = (family: 4 | 6, frame: Uint8Array, interfaceIndex: number): boolean =>
    passes(conflictProgram(watched, family) ?? [], { octets: Buffer.from(frame), interfaceIndex });

  it("passes ARP of each watched address on its interface alone", () => {
    for (const [address, link] of [
      [VIP, 2],
      ["10.25.0.20", 2],
      ["198.51.100.10", 3],
    ] as const) {
      assert.ok(hears(4, encodeGratuitousArp(RIVAL, address), link));
      assert.ok(!hears(4, encodeGratuitousArp(RIVAL, address), 5 - link));
    }
    assert.ok(!hears(4, encodeGratuitousArp(RIVAL, "10.25.0.11"), 2));
    assert.ok(!hears(4, encodeArpQuestion(RIVAL, "10.25.0.11", VIP), 2));
  });

  it("passes neighbour advertisements of a watched address, and no other IPv6", () => {
    const advertisement = (address: string): Uint8Array =>
      encodeNeighbourAdvertisement(RIVAL, address, { router: false });
    assert.ok(hears(6, advertisement("2001:db8:25::10"), 2));
    assert.ok(!hears(6, advertisement("2001:db8:25::10"), 3));
    assert.ok(!hears(6, advertisement("2001:db8:25::11"), 2));
    assert.ok(!hears(6, encodeDuplicateProbe(RIVAL, "2001:db8:25::10"), 2));
    assert.ok(!hears(6, advertisement("2001:db8:25::10").subarray(0, 70), 2));
  });

  it("is none without addresses, and never longer than the kernel takes", () => {
    assert.equal(conflictProgram(new Map(), 4), undefined);
    assert.equal(conflictProgram(new Map([[3, [VIP]]]), 6), undefined);
    const addresses = Array.from({ length: 3_000 }, (_, index) => `10.26.${index >> 8}.${index & 255}`);
    const program =
      conflictProgram(
        new Map([
          [2, addresses],
          [3, [VIP]],
        ]),
        4,
      ) ?? [];
    assert.ok(program.length <= MOST_INSTRUCTIONS && program.length > MOST_INSTRUCTIONS - 8);
    const [last = ""] = addresses.slice(2_000);
    assert.ok(passes(program, { octets: Buffer.from(encodeGratuitousArp(RIVAL, last)), interfaceIndex: 2 }));
  });
});
