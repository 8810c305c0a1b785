/** What the node makes of changes of its interfaces: another MAC, a link that was away, an address that somebody removed, and why it takes no part. */
import assert from "node:assert/strict";
import type { Link } from "../../agent/interfaces/kernel.ts";
import { carp, configOf, nodeOf, type VrrpDocument } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, Segment } from "./segment.ts";
import { logged, story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const MS = 1_000;
const PORT: Link = { index: 5, name: "ens5", mac: "02:00:00:00:00:55", running: true, portOf: 2, addresses: [] };
const ALIAS: Link = { index: 7, name: "ens4", mac: "02:00:00:00:00:77", running: true, addresses: [] };

/** A master that has announced all it has to for now. */
function master(web: Partial<VrrpDocument> = {}, ...links: readonly Link[]) {
  const machine = machineWith(configOf(1, { priority: 200, ...web }), ethernet("10.25.0.11"), ...links);
  machine.reactor.start(0);
  const segment = new Segment([machine]);
  segment.run(8 * SECOND);
  segment.takeDeeds(machine);
  const change = (index: number, edit: (link: Link) => Link): string[] => {
    machine.kernel.change(index, edit);
    machine.reactor.networkChanged(segment.nowMicros);
    return story(segment.takeDeeds(machine));
  };
  return { machine, segment, change };
}

const web = ({ reactor }: NodeMachine) => {
  const [status] = reactor.status(0).virtualRouters;
  assert.ok(status !== undefined);
  return status;
};

describe("interfaces: a master whose interface is attached otherwise announces at once", () => {
  it("with another MAC, in a whole burst", () => {
    const { machine, segment } = master();
    machine.kernel.change(2, (link) => ({ ...link, mac: "02:00:00:00:00:99" }));
    machine.reactor.networkChanged(segment.nowMicros);
    const [first] = machine.kernel.deeds;
    assert.deepEqual(first, { kind: "announce", address: "10.25.0.10", mac: "02:00:00:00:00:99" });
    segment.run(5 * SECOND);
    assert.equal(machine.kernel.deeds.filter(({ kind }) => kind === "announce").length, 5);
  });

  for (const [what, index, edit] of [
    ["in another bridge or bond", 2, (link: Link) => ({ ...link, portOf: 9 })],
    ["with a port that left its bridge", 5, (): Link => ({ ...PORT, portOf: 9 })],
    ["with a port whose carrier went", 5, (link: Link) => ({ ...link, running: false })],
    ["with a port of another MAC", 5, (link: Link) => ({ ...link, mac: "02:00:00:00:00:56" })],
  ] as const) {
    it(what, () => {
      const { change } = master({}, PORT);
      assert.deepEqual(change(index, edit), ["announce 10.25.0.10"]);
      assert.deepEqual(
        change(index, (link) => link),
        [],
        "once",
      );
    });
  }

  it("with a carrier that came back on an interface of an address alone, which was kept", () => {
    const alias = { address: "198.51.100.10/32", interface: "ens4" };
    const { change } = master({ addresses: ["10.25.0.10/32", alias] }, ALIAS);
    change(7, (link) => ({ ...link, running: false }));
    assert.deepEqual(
      change(7, (link) => ({ ...link, running: true })),
      ["announce 10.25.0.10", "announce 198.51.100.10"],
    );
  });

  it("but not for an interface that has none of its addresses, nor as a backup", () => {
    const { change, machine, segment } = master({}, ALIAS);
    assert.deepEqual(
      change(7, (link) => ({ ...link, mac: "02:00:00:00:00:78" })),
      [],
    );
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(3 * SECOND);
    segment.takeDeeds(machine);
    assert.deepEqual(
      change(2, (link) => ({ ...link, mac: "02:00:00:00:00:99" })),
      [],
    );
  });
});

describe("interfaces: a link or own address that was away for 20 ms, without a peer link", () => {
  const pairs = {
    VRRP: [configOf(1, { priority: 200 }), configOf(2, { priority: 100 })],
    "VRRP that does not preempt": [
      configOf(1, { priority: 200, preempt: false }),
      configOf(2, { priority: 100, preempt: false }),
    ],
    CARP: [nodeOf(1, carp(1)), nodeOf(2, carp(2, { advertisementSkew: 100 }))],
  } as const;

  for (const [protocol, [first, second]] of Object.entries(pairs)) {
    for (const [what, edit, reason] of [
      ["carrier", (link: Link): Link => ({ ...link, running: false }), "link-down"],
      ["own address", (link: Link): Link => ({ ...link, addresses: [] }), "source-address-missing"],
    ] as const) {
      it(`costs those 20 ms, and the role stays where it was: ${protocol}, ${what}`, () => {
        const one = machineWith(first, ethernet("10.25.0.11"));
        const two = machineWith(second, ethernet("10.25.0.12"));
        for (const { reactor } of [one, two]) reactor.start(0);
        const segment = new Segment([one, two]);
        segment.run(10_500 * MS);
        one.kernel.change(2, edit);
        one.reactor.networkChanged(segment.nowMicros);
        segment.run(20 * MS);
        assert.deepEqual(transitions(one.reports).at(-1), `web master>initialize ${reason}`);
        one.kernel.change(2, () => ethernet("10.25.0.11"));
        segment.takeDeeds(one);
        one.reactor.networkChanged(segment.nowMicros);
        assert.deepEqual(transitions(one.reports).at(-1), "web initialize>master link-up");
        const deeds = one.kernel.deeds.map(({ kind }) => kind);
        assert.deepEqual(deeds, ["send", "add", "announce"]);
        segment.run(10 * SECOND);
        assert.deepEqual(transitions(two.reports), ["web initialize>backup startup"]);
      });
    }
  }

  it("is a backup's turn once the master was away for longer than that one waits", () => {
    const one = machineWith(pairs.VRRP[0], ethernet("10.25.0.11"));
    const two = machineWith(pairs.VRRP[1], ethernet("10.25.0.12"));
    for (const { reactor } of [one, two]) reactor.start(0);
    const segment = new Segment([one, two]);
    segment.run(10 * SECOND);
    one.kernel.change(2, (link) => ({ ...link, running: false }));
    one.reactor.networkChanged(segment.nowMicros);
    segment.run(4 * SECOND);
    one.kernel.change(2, () => ethernet("10.25.0.11"));
    one.reactor.networkChanged(segment.nowMicros);
    assert.deepEqual(transitions(one.reports).at(-1), "web initialize>backup link-up");
    assert.equal(two.reactor.status(0).virtualRouters[0]?.role, "master");
  });
});

describe("interfaces: an address that somebody removed", () => {
  it("is put back, which is said and counted, and is no first take", () => {
    const { machine, segment } = master();
    const said = "10.25.0.10/32 was removed from eth0 by somebody else, and is put back";
    assert.deepEqual(logged(machine.reports, "info"), ["add 10.25.0.10/32 on eth0"]);
    for (const times of [1, 2]) {
      machine.kernel.drop(2, "10.25.0.10/32");
      machine.reactor.networkChanged(segment.nowMicros);
      assert.deepEqual(story(segment.takeDeeds(machine)).slice(0, 2), ["add 10.25.0.10/32", "announce 10.25.0.10"]);
      assert.equal(web(machine).counters.repairs, times);
    }
    assert.deepEqual(logged(machine.reports, "warn"), [said], "a log that somebody else fills is bounded");
  });

  it("is not one whose lease ran out, nor one that another configuration adds", () => {
    const { machine, segment } = master({ lease: "2s" });
    machine.kernel.refusals.set("add", "ENOBUFS");
    segment.run(5 * SECOND);
    machine.kernel.refusals.clear();
    segment.run(2 * SECOND);
    const config = configOf(1, { priority: 200, lease: "2s", addresses: ["10.25.0.10/32", "10.25.0.20/32"] });
    machine.reactor.reconfigure(config, segment.nowMicros);
    machine.reactor.reconfigure(configOf(1, { priority: 200, addresses: ["10.25.0.10/24"] }), segment.nowMicros);
    assert.equal(web(machine).held, true);
    assert.equal(web(machine).counters.repairs, 0);
  });
});

describe("interfaces: why a virtual router takes no part", () => {
  it("is said once, with a few of what there is instead, whatever else changes on the machine", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.99"));
    machine.reactor.start(0);
    for (let count = 1; count <= 20; count++) {
      const added = { address: `192.0.2.${count}`, prefixLength: 24, origin: 0 };
      machine.kernel.change(2, (link) => ({ ...link, addresses: [...link.addresses, added] }));
      machine.reactor.networkChanged(count);
    }
    assert.equal(logged(machine.reports, "warn").length, 1);
    assert.match(web(machine).obstacles[0]?.message ?? "", /192\.0\.2\.4 on eth0, 16 more: correct/);
  });

  const lo: Link = {
    ...{ index: 1, name: "lo", mac: "00:00:00:00:00:00", running: true },
    addresses: [{ address: "127.0.0.1", prefixLength: 8, origin: 1 }],
  };
  const remedy = 'correct "sourceAddress", or give the address to the interface';

  for (const [what, changes, links, reason, message] of [
    [
      "its source address is on no interface",
      {},
      [ethernet("10.25.0.99")],
      "source-address-missing",
      `the own address 10.25.0.11 is on no interface; there is 10.25.0.99 on eth0: ${remedy}`,
    ],
    [
      "its source address is on another interface than the named one",
      { interface: "ens4" },
      [ethernet("10.25.0.11"), ALIAS],
      "source-address-missing",
      `the own address 10.25.0.11 is not on ens4; it is on eth0: ${remedy}`,
    ],
    [
      "there is no address at all",
      {},
      [],
      "source-address-missing",
      `the own address 10.25.0.11 is on no interface; there is no address on any other: ${remedy}`,
    ],
    [
      "there is no such interface",
      { interface: "ens9" },
      [ethernet("10.25.0.11"), ALIAS],
      "interface-missing",
      'there is no interface ens9, only eth0, ens4: correct "interface"',
    ],
    [
      "its link is down",
      {},
      [{ ...ethernet("10.25.0.11"), running: false }],
      "link-down",
      "eth0 is down, or has no carrier",
    ],
  ] as const) {
    it(`is told, with what there is instead: ${what}`, () => {
      const machine = machineWith(configOf(1, changes), lo, ...links);
      machine.reactor.start(0);
      new Segment([machine]).run(5 * SECOND);
      assert.equal(web(machine).role, "initialize");
      assert.deepEqual(web(machine).obstacles, [{ reason, message, blocks: true }]);
      assert.deepEqual(logged(machine.reports, "warn"), [message]);
    });
  }

  it("is told where the kernel gives no socket", () => {
    const machine = machineWith(configOf(1), ethernet("10.25.0.11"));
    machine.kernel.refusals.set("open", "EPERM");
    machine.reactor.start(0);
    assert.equal(web(machine).obstacles[0]?.reason, "socket-refused");
  });

  it("is told of an address whose own interface is missing, which keeps nothing else out", () => {
    const alias = { address: "198.51.100.10/32", interface: "ens9" };
    const { machine } = master({ addresses: ["10.25.0.10/32", alias] });
    assert.equal(web(machine).role, "master");
    const message = '198.51.100.10/32 belongs on ens9, and there is only eth0: correct its "interface"';
    assert.deepEqual(web(machine).obstacles, [{ reason: "address-without-interface", message, blocks: false }]);
  });

  it("is a reason of its own when the own address goes and the link is up", () => {
    const { machine, change } = master();
    change(2, (link) => ({ ...link, addresses: [] }));
    assert.equal(transitions(machine.reports).at(-1), "web master>initialize source-address-missing");
  });
});
