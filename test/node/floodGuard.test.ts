/** A flood of packets for nobody here: when the sockets hear configured senders alone, whom then, and when everybody again. */
import assert from "node:assert/strict";
import { type Audience, MOST_INSTRUCTIONS, programFor } from "../../agent/linux/sockets/socketFilter.ts";
import { FloodGuard } from "../../agent/node/floodGuard.ts";
import { addressBytes, familyOf } from "../../agent/protocol/packet/ip.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { configOf } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { type FilteredPacket, passes } from "./classicFilter.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged } from "./stories.ts";

const SECOND = 1_000_000;
const STRANGER = "10.25.0.66";

function advertisement(source: string, priority: number): ReturnType<typeof packet> {
  const ends = { source, destination: "10.25.0.11" };
  const message = { virtualRouterId: 10, priority, maxAdvertiseIntervalCentis: 100, addresses: ["10.25.0.10"] };
  return packet(ends.source, ends.destination, encodeVrrp(message, ends));
}

function flood(machine: NodeMachine, count: number, nowMicros: number): void {
  for (let sent = 0; sent < count; sent++) machine.reactor.receive(advertisement(STRANGER, 255), nowMicros);
}

const audiences = ({ kernel }: NodeMachine): Audience[] => [...kernel.audiences.values()];

describe("flood guard", () => {
  it("lets five thousand a second pass, and ten thousand at once", () => {
    const guard = new FloodGuard();
    for (let count = 0; count < 20_000; count++) assert.equal(guard.refuse(count * 200), false);
    const other = new FloodGuard();
    for (let count = 0; count < 10_000; count++) assert.equal(other.refuse(0), false);
    assert.equal(other.refuse(0), true);
  });

  it("says once that it closes, and opens after ten seconds", () => {
    const guard = new FloodGuard();
    const closings = Array.from({ length: 20_000 }, () => guard.refuse(SECOND)).filter(Boolean);
    assert.equal(closings.length, 1);
    assert.equal(guard.deadline(), 11 * SECOND);
    assert.equal(guard.reopen(11 * SECOND - 1), false);
    assert.equal(guard.reopen(11 * SECOND), true);
    assert.equal(guard.deadline(), undefined);
  });
});

describe("node: a flood from a stranger", () => {
  it("is counted and told of, then only configured senders are heard, then everybody again", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    flood(machine, 10_000, 0);
    assert.deepEqual(audiences(machine), []);
    assert.equal(machine.reactor.status(0).flooded, false);
    flood(machine, 1, 0);
    assert.deepEqual(audiences(machine), [{ kind: "senders", addresses: ["10.25.0.11", "10.25.0.12"] }]);
    assert.equal(machine.reactor.status(0).flooded, true);
    assert.deepEqual(machine.reactor.status(0).virtualRouters[0]?.counters.dropped, { "unknown-sender": 10_001 });
    assert.equal(logged(machine.reports, "warn").filter((line) => line.startsWith("flood of packets")).length, 1);
    segment.run(10 * SECOND);
    assert.deepEqual(audiences(machine), []);
    assert.equal(machine.reactor.status(segment.nowMicros).flooded, false);
  });

  it("goes by the virtual router's id where a group hears everybody, and by the reloaded configuration", () => {
    const machine = machineWith(configOf(1, { multicast: true, peers: [] }), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    flood(machine, 10_001, 0);
    assert.deepEqual(audiences(machine), [{ kind: "virtual-routers", ids: [10] }]);
    machine.reactor.reconfigure(configOf(1, { peers: ["10.25.0.12", "10.25.0.13"] }), 1);
    assert.deepEqual(audiences(machine), [{ kind: "senders", addresses: ["10.25.0.11", "10.25.0.12", "10.25.0.13"] }]);
  });
});

function headerOf(source: string, optionWords = 0): Buffer {
  const family = familyOf(source);
  const header = Buffer.alloc(family === 4 ? 20 + 4 * optionWords : 40);
  if (family === 4) header[0] = 0x45 + optionWords;
  header.set(addressBytes(source), family === 4 ? 12 : 8);
  return header;
}

/** A raw socket of IPv4 has the header before its packets, one of IPv6 has not. */
function packetOf(header: Buffer, payload: Buffer, family: 4 | 6): FilteredPacket {
  const whole = Buffer.concat([header, payload]);
  return { octets: family === 4 ? whole : payload, fromNetwork: whole };
}

describe("socket filter", () => {
  const PAYLOAD = Buffer.from([0x31, 10, 100]);

  for (const [family, known, others] of [
    [4, ["10.25.0.12", "10.25.0.13"], ["10.25.0.66", "10.25.1.12", "0.0.0.0"]],
    [6, ["fe80::12", "2001:db8::13"], ["fe80::13", "2001:db8::12", "fe80:0:0:1::12", "::"]],
  ] as const) {
    it(`passes the senders that it knows, and nobody else: IPv${family}`, () => {
      const program = programFor({ kind: "senders", addresses: known }, family) ?? [];
      const pass = (source: string): boolean => passes(program, packetOf(headerOf(source), PAYLOAD, family));
      assert.deepEqual(known.map(pass), [true, true]);
      assert.ok(!others.map(pass).includes(true));
    });

    it(`passes the virtual routers that it knows, behind any header: IPv${family}`, () => {
      const program = programFor({ kind: "virtual-routers", ids: [10, 255] }, family) ?? [];
      const pass = (id: number, optionWords: number): boolean =>
        passes(program, packetOf(headerOf(known[0], optionWords), Buffer.from([0x31, id, 100]), family));
      assert.deepEqual([pass(10, 0), pass(255, 5), pass(11, 0), pass(0, 2)], [true, true, false, false]);
    });
  }

  it("is none where it would be longer than the kernel takes", () => {
    const addresses = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `10.26.${index >> 8}.${index & 255}`);
    const fits = programFor({ kind: "senders", addresses: addresses(1_365) }, 4);
    assert.equal(fits?.length, MOST_INSTRUCTIONS);
    assert.equal(programFor({ kind: "senders", addresses: addresses(1_366) }, 4), undefined);
  });
});
