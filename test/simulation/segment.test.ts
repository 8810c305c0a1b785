/** The segment: delays, which interfaces are on one, and what is heard before any timer is believed. */
import assert from "node:assert/strict";
import type { Reactor } from "../../agent/interfaces/kernel.ts";
import { MemoryKernel } from "../../agent/simulation/memoryKernel.ts";
import { type Machine, Segment } from "../../agent/simulation/segment.ts";
import { wire } from "../../agent/simulation/wiring.ts";
import { nodeOf, vrrp, vrrp6 } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";

/** A machine that notes when it is called. */
function machineAt(address: string, deadlineMicros?: number): Machine & { readonly calls: string[] } {
  const calls: string[] = [];
  const reactor: Reactor = {
    receive: (_packet, nowMicros) => calls.push(`receive ${nowMicros}`),
    networkChanged: () => undefined,
    tick: (nowMicros) => {
      if (nowMicros === deadlineMicros) calls.push(`tick ${nowMicros}`);
    },
    deadline: () => deadlineMicros,
    finished: false,
  };
  const link = ethernet(address);
  const kernel = new MemoryKernel([link]);
  return { kernel, reactor, calls };
}

function socketOf(machine: Machine, source: string) {
  const [link] = machine.kernel.links();
  assert.ok(link);
  return machine.kernel.openProtocolSocket({ link, source, multicast: false });
}

describe("segment", () => {
  const one = "10.25.0.11";
  const two = "10.25.0.12";

  it("delivers after its delay, and before a timer of the same moment", () => {
    const [sender, receiver] = [machineAt(one), machineAt(two, 300)];
    const segment = new Segment([sender, receiver], { delayMicros: () => 300 });
    socketOf(receiver, two);
    socketOf(sender, one).send(two, new Uint8Array(8));
    segment.run(299);
    assert.deepEqual(receiver.calls, []);
    segment.run(1);
    assert.deepEqual(receiver.calls, ["receive 300", "tick 300"]);
  });

  it("delivers to nobody on another segment, nor to who was switched off meanwhile", () => {
    const [sender, receiver] = [machineAt(one), machineAt(two)];
    const apart = new Segment([sender, receiver], { segmentOf: (machine) => (machine === sender ? 1 : 2) });
    socketOf(receiver, two);
    const socket = socketOf(sender, one);
    socket.send(two, new Uint8Array(8));
    apart.run(10);
    assert.deepEqual(receiver.calls, []);
    const segment = new Segment([sender, receiver], { delayMicros: () => 5 });
    segment.takeDeeds(sender);
    socket.send(two, new Uint8Array(8));
    segment.deliver();
    segment.remove(receiver);
    segment.run(10);
    assert.deepEqual(receiver.calls, []);
  });
});

describe("wiring", () => {
  const segmentsOf = (...configs: readonly ReturnType<typeof nodeOf>[]) =>
    wire(configs).map((links) => links.map(({ link, segment }) => `${link.name} ${segment}`));

  it("joins the interfaces on which one virtual router is, whatever they are called", () => {
    const inside = { name: "in", virtualRouterId: 11, sourceAddress: "10.26.0.11", addresses: ["10.26.0.10/32"] };
    const first = nodeOf(1, vrrp(1, { interface: "ens3" }), vrrp(1, { ...inside, interface: "ens4" }));
    const second = nodeOf(
      2,
      vrrp(2, { interface: "eth0" }),
      vrrp(2, { ...inside, sourceAddress: "10.26.0.12", interface: "eth1" }),
    );
    assert.deepEqual(segmentsOf(first, second), [
      ["ens3 0", "ens4 1"],
      ["eth0 0", "eth1 1"],
    ]);
  });

  it("takes an address for one interface, and both families of a named one for the same", () => {
    const config = nodeOf(
      1,
      vrrp(1),
      vrrp(1, { name: "api", virtualRouterId: 11, interface: "eth0", addresses: ["10.25.0.20/32"] }),
      vrrp6(1),
    );
    assert.deepEqual(
      wire([config])[0]?.map(({ link }) => [link.name, link.addresses.map(({ address }) => address)]),
      [["eth0", ["10.25.0.11", "fe80::11"]]],
    );
  });

  it("has an interface for addresses that go elsewhere", () => {
    const config = nodeOf(1, vrrp(1, { addresses: [{ address: "198.51.100.10/32", interface: "ens4" }] }));
    assert.deepEqual(segmentsOf(config), [["interface of 10.25.0.11 0", "ens4 1"]]);
  });
});
