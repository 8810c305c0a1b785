/**
 * After a lost conflict the loser leads neighbours to the winner, which may have been master all along and so announces
 * nothing: FRR and the BSDs.
 */
import assert from "node:assert/strict";
import { askNeighbour, neighbourMac } from "../../agent/linux/netlink/neighbours.ts";
import { encodeMessage } from "../../agent/linux/netlink/netlinkMessage.ts";
import type { Rtnetlink } from "../../agent/linux/netlink/rtnetlink.ts";
import { encodeCarp } from "../../agent/protocol/carp.ts";
import { carpDigest } from "../../agent/protocol/carpDigest.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { carp, configOf, nodeOf, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged, story } from "./stories.ts";

const SECOND = 1_000_000;
const WINNER_MAC = "00:00:5e:00:01:0a";
const VIP = "10.25.0.10";

const started = (machine: NodeMachine): Segment => {
  machine.reactor.start(0);
  const segment = new Segment([machine]);
  segment.run(5 * SECOND);
  assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "master");
  segment.takeDeeds(machine);
  return segment;
};

/** A master by VRRP that was there all along, and says so. */
function winner(from: string, to: string, addresses: readonly string[], priority = 200): Parameters<typeof packet> {
  const advertisement = { virtualRouterId: 10, priority, maxAdvertiseIntervalCentis: 100, addresses };
  return [from, to, encodeVrrp(advertisement, { source: from, destination: to })];
}

const after = (machine: NodeMachine, segment: Segment, micros: number): string[] => {
  segment.run(micros);
  const deeds = segment.takeDeeds(machine);
  return story(
    deeds.map((deed) => (deed.kind === "announce" ? { ...deed, address: `${deed.address} ${deed.mac}` } : deed)),
  );
};

describe("node: neighbours after a lost conflict", () => {
  it("IPv4: asks who has the address once it is gone, and tells the answer with the winner's MAC", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    const segment = started(machine);
    machine.reactor.receive(packet(...winner("10.25.0.12", "10.25.0.11", [VIP])), segment.nowMicros);
    assert.deepEqual(after(machine, segment, 1_000), ["send 100", "remove 10.25.0.10/32", `ask ${VIP}`]);
    machine.kernel.neighbours.set(VIP, WINNER_MAC);
    const told = `announce ${VIP} ${WINNER_MAC}`;
    assert.deepEqual(after(machine, segment, 2_000), [told]);
    assert.deepEqual(after(machine, segment, 2 * SECOND), [told, told, told, told], "a frame may be lost");
  });

  it("IPv4: tells nothing that nobody answered, and not that it is here", () => {
    for (const answer of [undefined, "02:00:00:00:00:0b"]) {
      const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
      const segment = started(machine);
      if (answer !== undefined) machine.kernel.neighbours.set(VIP, answer);
      machine.reactor.receive(packet(...winner("10.25.0.12", "10.25.0.11", [VIP])), segment.nowMicros);
      const deeds = after(machine, segment, 2 * SECOND);
      assert.deepEqual(deeds, ["send 100", "remove 10.25.0.10/32", `ask ${VIP}`]);
    }
  });

  it("IPv6: probes for a duplicate, which the winner answers to all nodes itself", () => {
    const machine = machineWith(nodeOf(1, vrrp6(1)), ethernet("fe80::11"));
    const segment = started(machine);
    const addresses = ["fe80::10", "2001:db8:25::10"];
    machine.reactor.receive(packet(...winner("fe80::12", "fe80::11", addresses)), segment.nowMicros);
    const deeds = after(machine, segment, 2 * SECOND).filter((deed) => !deed.startsWith("send"));
    const probes = addresses.map((address) => `ask ${address}`);
    assert.deepEqual(deeds.slice(0, 4), [...addresses.map((address) => `remove ${address}/128`), ...probes]);
    assert.deepEqual(new Set(deeds.slice(4)), new Set(probes));
  });

  it("CARP: does so for either dialect", () => {
    for (const dialect of ["openbsd", "ucarp"] as const) {
      const machine = machineWith(nodeOf(1, carp(1, { advertisementSkew: 100, dialect })), ethernet("10.25.0.11"));
      const segment = started(machine);
      const counter = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      const digest = carpDigest("sesame", { virtualHostId: 10, addresses: [VIP], counter }, "without-link-local");
      const claim = { virtualHostId: 10, advertisementBase: 1, advertisementSkew: 0, demotion: 0, counter, digest };
      machine.reactor.receive(packet("10.25.0.12", "10.25.0.11", encodeCarp(claim)), segment.nowMicros);
      machine.kernel.neighbours.set(VIP, WINNER_MAC);
      const deeds = after(machine, segment, 10_000).filter((deed) => !deed.startsWith("send"));
      assert.deepEqual(deeds.slice(0, 3), ["remove 10.25.0.10/32", `ask ${VIP}`, `announce ${VIP} ${WINNER_MAC}`]);
    }
  });

  it("ends when this node is master again, and begins for no other reason than a master that is heard", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    const segment = started(machine);
    machine.kernel.neighbours.set(VIP, WINNER_MAC);
    machine.reactor.receive(packet(...winner("10.25.0.12", "10.25.0.11", [VIP])), segment.nowMicros);
    segment.run(1_000);
    machine.reactor.dispatch({ kind: "succeed" }, "web", segment.nowMicros);
    segment.takeDeeds(machine);
    const own = `announce ${VIP} 02:00:00:00:00:0b`;
    const announced = after(machine, segment, SECOND).filter((deed) => deed.startsWith("announce"));
    assert.deepEqual([...new Set(announced)], [own]);
    machine.kernel.change(2, (link) => ({ ...link, running: false }));
    machine.reactor.networkChanged(segment.nowMicros);
    assert.deepEqual(after(machine, segment, SECOND), ["remove 10.25.0.10/32"]);
  });

  it("is logged when the kernel refuses, and costs nothing else", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    const segment = started(machine);
    machine.kernel.refusals.set("transmit", "EPERM");
    machine.reactor.receive(packet(...winner("10.25.0.12", "10.25.0.11", [VIP])), segment.nowMicros);
    segment.run(2 * SECOND);
    assert.deepEqual(logged(machine.reports, "warn"), ["neighbours not redirected"]);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24"]);
  });
});

describe("linux: neighbours", () => {
  it("are asked by rtnetlink, after what was known of them is forgotten", () => {
    const sent: string[] = [];
    const route: Rtnetlink = {
      change: (type, flags, body, attributes) => {
        sent.push(encodeMessage(type, flags, 0, body, attributes).toString("hex"));
      },
      dump: () => [],
    };
    askNeighbour(route, 2, VIP);
    const forget = `240000001d0001000000000000000000020000000200000000000000080001000a19000a`;
    const ask = `240000001c0001050000000000000000020000000200000000000100080001000a19000a`;
    assert.deepEqual(sent, [forget, ask]);
  });

  it("are known by a MAC that was answered, not by an old one, nor by another interface's", () => {
    const neighbour = (index: number, state: number, last: number): Buffer => {
      const body = Buffer.alloc(12);
      body.writeUInt8(2, 0);
      body.writeInt32LE(index, 4);
      body.writeUInt16LE(state, 8);
      const attributes = [
        { type: 1, value: Uint8Array.of(10, 25, 0, last) },
        { type: 2, value: Uint8Array.of(0, 0, 0x5e, 0, 1, 10) },
      ];
      return encodeMessage(28, 0, 0, body, attributes).subarray(16);
    };
    const known = (...entries: readonly Buffer[]): string | undefined =>
      neighbourMac({ change: () => undefined, dump: () => [...entries] }, 2, VIP);
    const [reachable, stale, incomplete] = [0x02, 0x04, 0x01];
    assert.equal(known(neighbour(3, reachable, 10), neighbour(2, reachable, 10)), WINNER_MAC);
    for (const state of [stale, incomplete]) assert.equal(known(neighbour(2, state, 10)), undefined);
    assert.equal(known(neighbour(2, reachable, 11), neighbour(3, reachable, 10)), undefined);
  });
});
