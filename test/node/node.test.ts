/** A node on a kernel in memory: what it does to the machine as its elections go. */
import assert from "node:assert/strict";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import type { LinkAddress } from "../../agent/interfaces/kernel.ts";
import type { Packet } from "../../agent/protocol/packet/packet.ts";
import { encodeVrrp } from "../../agent/protocol/vrrp.ts";
import { configOf } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, packet, Segment } from "./segment.ts";
import { logged, story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const VIP: LinkAddress = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
/** Three intervals of 1 s and the skew of priority 200. */
const MASTER_DOWN = 3 * SECOND + 218_750;

const first = () => machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11"));
const second = () => machineWith(configOf(2, { priority: 100 }), ethernet("10.25.0.12"));

function advertisement(from: number, priority: number, ttl = 255): Packet {
  const ends = { source: `10.25.0.1${from}`, destination: `10.25.0.1${3 - from}` };
  const message = { virtualRouterId: 10, priority, maxAdvertiseIntervalCentis: 100, addresses: ["10.25.0.10"] };
  return packet(ends.source, ends.destination, encodeVrrp(message, ends), { ttl });
}

describe("node: start", () => {
  it("removes what an earlier life left and nobody goes on with before the first packet, and says so", () => {
    const forgotten = { address: "10.25.0.66", prefixLength: 32, origin: ORIGIN_AGENT };
    const machine = machineWith(configOf(1), ethernet("10.25.0.11", forgotten));
    machine.reactor.start(0);
    assert.deepEqual(story(machine.kernel.deeds), ["remove 10.25.0.66/32"]);
    assert.deepEqual(logged(machine.reports, "warn"), ["leftover of an earlier run: remove 10.25.0.66/32 on eth0"]);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24"]);
  });

  it("goes on with an address of an earlier life that nobody else has: it never stops to answer", () => {
    const machine = machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11", VIP));
    machine.reactor.start(0);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "resuming");
    new Segment([machine]).run(MASTER_DOWN);
    assert.deepEqual(transitions(machine.reports).at(-1), "web resuming>master resumed");
    assert.deepEqual(story(machine.kernel.deeds).slice(0, 2), ["send 200", "announce 10.25.0.10"]);
    assert.ok(machine.kernel.addresses().includes("10.25.0.10/32"));
  });

  it("lets an address of an earlier life go when somebody else is master", () => {
    const machine = machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11", VIP));
    const other = second();
    other.reactor.start(0);
    const segment = new Segment([machine, other]);
    segment.run(5 * SECOND);
    machine.reactor.start(segment.nowMicros);
    segment.run(SECOND);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "backup");
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24"]);
  });

  it("becomes master alone, and holds and announces the address with the interface's own MAC", () => {
    const machine = first();
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(MASTER_DOWN - 1);
    assert.equal(machine.kernel.deeds.length, 0);
    segment.run(1);
    assert.deepEqual(story(machine.kernel.deeds), ["send 200", "add 10.25.0.10/32", "announce 10.25.0.10"]);
    assert.deepEqual(machine.kernel.deeds.at(-1), {
      kind: "announce",
      address: "10.25.0.10",
      mac: "02:00:00:00:00:0b",
    });
    assert.deepEqual(transitions(machine.reports), ["web initialize>backup startup", "web backup>master master-down"]);
  });

  it("says whether its addresses are present, and why it may not be master", () => {
    const machine = first();
    machine.reactor.start(0);
    new Segment([machine]).run(MASTER_DOWN);
    const shown = (): unknown => {
      const [web] = machine.reactor.status(MASTER_DOWN).virtualRouters;
      return { role: web?.role, present: web?.addressesPresent, reason: web?.ineligibleReason };
    };
    assert.deepEqual(shown(), { role: "master", present: true, reason: null });
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), MASTER_DOWN);
    machine.reactor.tick(2 * MASTER_DOWN);
    assert.deepEqual(shown(), { role: "initialize", present: false, reason: "drained" });
  });

  it("says until when its start-up delay lasts", () => {
    const machine = machineWith(configOf(1, { startupDelay: "60s" }), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const startsAt = (nowMicros: number): string | null | undefined =>
      machine.reactor.status(nowMicros).virtualRouters[0]?.startsAt;
    const startMs = machine.kernel.wallClockMs() + 60_000;
    assert.equal(startsAt(0), new Date(startMs).toISOString());
    new Segment([machine]).run(61 * SECOND);
    assert.equal(startsAt(61 * SECOND), null);
  });

  it("waits without harm for an own address that is not there yet", () => {
    const machine = machineWith(configOf(1), { ...ethernet("10.25.0.11"), addresses: [] });
    machine.reactor.start(0);
    new Segment([machine]).run(20 * SECOND);
    assert.deepEqual(machine.kernel.deeds, []);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "initialize");
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.startsAt, null);
    machine.kernel.change(2, () => ethernet("10.25.0.11"));
    machine.reactor.networkChanged(20 * SECOND);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "backup");
    assert.deepEqual(machine.kernel.listening(), ["10.25.0.11"]);
  });

  it("reads the MAC at the time it announces", () => {
    const machine = first();
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(MASTER_DOWN);
    machine.kernel.change(2, (link) => ({ ...link, mac: "02:aa:aa:aa:aa:aa" }));
    machine.kernel.takeDeeds();
    segment.run(200_000);
    assert.deepEqual(machine.kernel.takeDeeds(), [
      { kind: "announce", address: "10.25.0.10", mac: "02:aa:aa:aa:aa:aa" },
    ]);
  });
});

describe("node: two of them", () => {
  function pair() {
    const machines = [first(), second()] as const;
    for (const { reactor } of machines) reactor.start(0);
    const segment = new Segment(machines);
    segment.run(5 * SECOND);
    return { one: machines[0], two: machines[1], segment };
  }

  it("elect the higher priority, and one holds the address", () => {
    const { one, two } = pair();
    assert.deepEqual(one.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32"]);
    assert.deepEqual(two.kernel.addresses(), ["10.25.0.12/24"]);
    const [status] = two.reactor.status(5 * SECOND).virtualRouters;
    assert.equal(status?.masterAddress, "10.25.0.11");
    assert.deepEqual(status.peers, [
      { address: "10.25.0.11", lastHeardAgoMs: 781, priority: 200, claim: { protocol: "vrrp", priority: 200 } },
    ]);
  });

  it("hand over without a moment in which nobody holds the address, as soon as Skew_Time is over [5.2.4-d]", () => {
    const { one, two, segment } = pair();
    one.reactor.shutdown(segment.nowMicros);
    segment.deliver();
    assert.equal(one.reactor.finished, false);
    const skewOfSecond = 609_375;
    segment.run(skewOfSecond - 1);
    assert.ok(one.kernel.addresses().includes("10.25.0.10/32"));
    assert.ok(!two.kernel.addresses().includes("10.25.0.10/32"));
    segment.run(1);
    assert.ok(two.kernel.addresses().includes("10.25.0.10/32"));
    assert.ok(!one.kernel.addresses().includes("10.25.0.10/32"));
    assert.equal(one.reactor.finished, true);
    assert.deepEqual(transitions(one.reports).slice(-2), [
      "web master>resigning shutdown",
      "web resigning>initialize successor-heard",
    ]);
  });

  it("are both master when nothing passes between them, and each status says that it hears nobody", () => {
    const machines = [first(), second()];
    const segment = new Segment(machines);
    segment.passes = () => false;
    for (const { reactor } of machines) reactor.start(0);
    segment.run(10 * SECOND);
    for (const { reactor } of machines) {
      const [status] = reactor.status(segment.nowMicros).virtualRouters;
      assert.equal(status?.role, "master");
      assert.equal(status.held, true);
      assert.equal(status.peers[0]?.lastHeardAgoMs, null);
    }
  });

  it("let the backup take over when the master's link is lost, and the old master lets go at once", () => {
    const { one, two, segment } = pair();
    one.kernel.change(2, (link) => ({ ...link, running: false }));
    one.reactor.networkChanged(segment.nowMicros);
    assert.deepEqual(one.kernel.addresses(), ["10.25.0.11/24"]);
    assert.equal(transitions(one.reports).at(-1), "web master>initialize link-down");
    segment.passes = (source) => source !== "10.25.0.11";
    segment.run(4 * SECOND);
    assert.ok(two.kernel.addresses().includes("10.25.0.10/32"));
  });
});

describe("node: the address is watched", () => {
  function master() {
    const machine = first();
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(5 * SECOND);
    machine.kernel.takeDeeds();
    return { ...machine, segment, now: segment.nowMicros };
  }

  it("puts back an address that somebody removed while master, and announces it", () => {
    const { kernel, reactor, now } = master();
    kernel.change(2, () => ethernet("10.25.0.11"));
    reactor.networkChanged(now);
    assert.deepEqual(story(kernel.takeDeeds()), ["add 10.25.0.10/32", "announce 10.25.0.10"]);
  });

  it("tries each second again when the kernel refuses, and logs one line", () => {
    const machine = first();
    machine.kernel.refusals.set("add", "EPERM");
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(8 * SECOND);
    assert.deepEqual(logged(machine.reports, "error"), ["cannot add 10.25.0.10/32 on eth0"]);
    assert.equal(machine.reactor.status(segment.nowMicros).virtualRouters[0]?.held, false);
    assert.ok(!story(machine.kernel.takeDeeds()).includes("announce 10.25.0.10"), "speaks for what it does not hold");
    machine.kernel.refusals.clear();
    segment.run(SECOND);
    assert.equal(machine.reactor.status(segment.nowMicros).virtualRouters[0]?.held, true);
    assert.ok(story(machine.kernel.takeDeeds()).includes("announce 10.25.0.10"));
  });

  it("goes on when the kernel refuses to send or to list, and counts it", () => {
    const { kernel, reactor, segment } = master();
    kernel.refusals.set("send", "ENETUNREACH").set("transmit", "ENETDOWN").set("links", "EINTR");
    segment.run(20 * SECOND);
    const [status] = reactor.status(segment.nowMicros).virtualRouters;
    assert.equal(status?.role, "master");
    assert.ok((status.counters.sendErrors["ENETUNREACH"] ?? 0) >= 19);
  });

  it("does not swallow mistakes of its own", () => {
    const { kernel, reactor, now } = master();
    kernel.change(2, () => ethernet("10.25.0.11"));
    kernel.addAddress = () => {
      throw new TypeError("a bug");
    };
    assert.throws(() => {
      reactor.networkChanged(now);
    }, TypeError);
  });

  it("opens a new socket when the interface was made anew", () => {
    const { kernel, reactor, now } = master();
    kernel.change(2, (link) => ({ ...link, index: 7 }));
    reactor.networkChanged(now);
    assert.deepEqual(kernel.listening(), ["10.25.0.11"]);
    assert.equal(reactor.status(now).virtualRouters[0]?.role, "master");
  });

  it("takes part again by itself when the socket could not be opened at first", () => {
    const machine = first();
    machine.kernel.refusals.set("open", "EADDRNOTAVAIL");
    machine.reactor.start(0);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "initialize");
    assert.deepEqual(logged(machine.reports, "error"), ["cannot open the protocol's socket of 10.25.0.11 on eth0"]);
    machine.kernel.refusals.clear();
    new Segment([machine]).run(2 * SECOND);
    assert.equal(machine.reactor.status(0).virtualRouters[0]?.role, "backup");
  });
});

describe("node: what comes in", () => {
  it("counts and logs what is dropped by its reason, at the virtual router it was for [7.1-k]", () => {
    const { reactor, reports } = second();
    reactor.start(0);
    reactor.receive(advertisement(1, 200, 64), 1);
    reactor.receive(advertisement(1, 200, 64), 2);
    reactor.receive(advertisement(1, 200), 3);
    reactor.receive({ family: 4, linkIndex: 2, datagram: new Uint8Array(3) }, 4);
    const { virtualRouters, dropped } = reactor.status(5);
    assert.deepEqual(virtualRouters[0]?.counters, {
      sent: 0,
      sendErrors: {},
      repairs: 0,
      received: 1,
      checksums: { rfc5798: 1 },
      dropped: { ttl: 2 },
      transitions: { startup: 1 },
    });
    assert.deepEqual(dropped, { "ip-truncated": 1 });
    assert.deepEqual(logged(reports, "warn"), ["packet dropped", "packet dropped"]);
  });

  it("logs a flood of one kind once a minute, with how many were left out [7.1-k]", () => {
    const { reactor, reports } = second();
    reactor.start(0);
    for (let count = 0; count < 1_000; count++) reactor.receive(advertisement(1, 200, 1), count);
    reactor.receive(advertisement(1, 200, 1), 61 * SECOND);
    const lines = reports.flatMap((report) =>
      report.kind === "log" && report.level === "warn" ? [report.fields] : [],
    );
    assert.deepEqual(lines, [
      { virtualRouter: "web", reason: "ttl", from: "10.25.0.11" },
      { virtualRouter: "web", reason: "ttl", from: "10.25.0.11", suppressed: 999 },
    ]);
  });
});

describe("node: standing", () => {
  it("is reported at every change of role", () => {
    const machine = first();
    machine.reactor.start(0);
    new Segment([machine]).run(5 * SECOND);
    const standings = machine.reports.flatMap((report) => (report.kind === "standing" ? [report.nodeState] : []));
    assert.deepEqual(
      standings.map(({ virtualRouters }) => virtualRouters[0]?.role).filter((role, i, all) => role !== all[i - 1]),
      ["backup", "master"],
    );
    assert.deepEqual(standings.at(-1), {
      node: "edge-1",
      virtualRouters: [
        {
          config: configOf(1, { priority: 200 }).virtualRouters[0],
          role: "master",
          preference: 200,
          memory: undefined,
        },
      ],
    });
  });
});
