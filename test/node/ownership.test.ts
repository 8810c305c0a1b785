/** Whose is it? What somebody else set on this machine stays as it is, whatever the agent would like to have there. */
import assert from "node:assert/strict";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import type { Link, LinkAddress } from "../../agent/interfaces/kernel.ts";
import { Resignation } from "../../agent/resign/resignation.ts";
import { configOf, type VrrpDocument, vrrp6 } from "../support/documents.ts";
import { ethernet, FakeKernel } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, Segment } from "./segment.ts";
import { logged, story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const VIP: LinkAddress = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
const FOREIGN: LinkAddress = { address: "10.25.0.10", prefixLength: 24, origin: 0 };

const other = (...addresses: readonly LinkAddress[]): Link => ({
  ...{ index: 3, name: "eth1", mac: "02:00:00:00:00:33", running: true },
  addresses: [{ address: "192.0.2.11", prefixLength: 24, origin: 0 }, ...addresses],
});

function started(web: Partial<VrrpDocument>, ...links: readonly Link[]) {
  const machine = machineWith(configOf(1, { priority: 200, ...web }), ...links);
  machine.reactor.start(0);
  return { machine, segment: new Segment([machine]) };
}

const web = ({ reactor }: NodeMachine) => {
  const [status] = reactor.status(0).virtualRouters;
  assert.ok(status !== undefined);
  return status;
};

/** What it did to addresses and interfaces. */
const changes = ({ kernel }: Pick<NodeMachine, "kernel">): string[] =>
  story(kernel.deeds).filter((line) => /^(add|remove|make|unmake) /.test(line));

describe("ownership: a shared address that somebody else set on this machine", () => {
  for (const [where, links] of [
    ["the same interface", [ethernet("10.25.0.11", FOREIGN)]],
    ["the same interface, with the same prefix length", [ethernet("10.25.0.11", { ...VIP, origin: 0 })]],
    ["another interface", [ethernet("10.25.0.11"), other(FOREIGN)]],
  ] as const) {
    it(`on ${where} keeps its virtual router out, by name, and everything else goes on`, () => {
      const mail = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] };
      const machine = machineWith(configOf(1, { priority: 200 }, mail), ...links);
      const before = machine.kernel.addresses();
      machine.reactor.start(0);
      new Segment([machine]).run(20 * SECOND);
      const status = web(machine);
      assert.equal(status.role, "initialize");
      assert.equal(status.claim.held, "address-in-use");
      const [obstacle] = status.obstacles;
      const { length } = links;
      const [name, prefixLength] = [length > 1 ? "eth1" : "eth0", where.includes("same prefix") ? 32 : 24];
      const what = `10.25.0.10/${prefixLength}`;
      assert.deepEqual(obstacle, {
        reason: "address-in-use",
        message: `${what} is on ${name} already, and the agent did not set it: remove it (ip address del ${what} dev ${name}), also from what configures ${name}`,
        blocks: true,
      });
      assert.deepEqual(logged(machine.reports, "warn"), [obstacle.message], "it is said once");
      assert.deepEqual(changes(machine), ["add 10.25.0.20/32"]);
      assert.deepEqual(
        machine.kernel.addresses().filter((address) => address !== "10.25.0.20/32"),
        before,
      );
    });
  }

  it("lets the virtual router start by itself when it goes", () => {
    const { machine, segment } = started({}, ethernet("10.25.0.11"), other(FOREIGN));
    segment.run(10 * SECOND);
    machine.kernel.change(3, () => other());
    machine.reactor.networkChanged(segment.nowMicros);
    assert.deepEqual(transitions(machine.reports), ["web initialize>backup readmitted"]);
    assert.deepEqual(web(machine).obstacles, []);
    segment.run(4 * SECOND);
    assert.equal(web(machine).role, "master");
  });

  it("that comes to a backup keeps it from taking over", () => {
    const { machine } = started({}, ethernet("10.25.0.11"));
    machine.kernel.change(2, () => ethernet("10.25.0.11", FOREIGN));
    machine.reactor.networkChanged(1);
    assert.deepEqual(transitions(machine.reports).at(-1), "web backup>initialize address-in-use");
    assert.deepEqual(changes(machine), []);
  });

  it("that comes to a master leaves it master, is said, and stays when the role goes", () => {
    const { machine, segment } = started({ lease: "3s" }, ethernet("10.25.0.11"));
    segment.run(5 * SECOND);
    machine.kernel.change(2, (link) => ({ ...link, addresses: [...link.addresses, FOREIGN] }));
    machine.reactor.networkChanged(segment.nowMicros);
    segment.run(20 * SECOND);
    assert.equal(web(machine).role, "master");
    assert.equal(web(machine).obstacles[0]?.reason, "address-in-use");
    machine.reactor.setEligibilities(new Map([["web", { demotion: 0, held: "drained" }]]), segment.nowMicros);
    segment.run(4 * SECOND);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/24"]);
    machine.reactor.setEligibilities(new Map(), segment.nowMicros);
    assert.equal(web(machine).claim.held, "address-in-use");
  });

  it("that comes to a master holds it back once it yields to a better one", () => {
    const machine = machineWith(configOf(1, { priority: 100 }), ethernet("10.25.0.11"));
    machine.reactor.start(0);
    const better = machineWith(configOf(2, { priority: 200 }), ethernet("10.25.0.12"));
    const segment = new Segment([machine, better]);
    segment.run(5 * SECOND);
    assert.equal(web(machine).role, "master");
    machine.kernel.change(2, (link) => ({ ...link, addresses: [...link.addresses, FOREIGN] }));
    machine.reactor.networkChanged(segment.nowMicros);
    better.reactor.start(segment.nowMicros);
    segment.run(5 * SECOND);
    assert.equal(web(better).role, "master");
    assert.equal(web(machine).claim.held, "address-in-use");
  });

  it("that comes while a master's link is away holds it back when the link returns", () => {
    const { machine, segment } = started({}, ethernet("10.25.0.11"));
    segment.run(5 * SECOND);
    machine.kernel.change(2, (link) => ({ ...link, running: false }));
    machine.reactor.networkChanged(segment.nowMicros);
    machine.kernel.change(2, () => ethernet("10.25.0.11", FOREIGN));
    machine.reactor.networkChanged(segment.nowMicros);
    assert.equal(web(machine).role, "initialize");
    assert.equal(web(machine).claim.held, "address-in-use");
  });

  it("that replaced a master's own is neither renewed nor removed, and answers for it", () => {
    const { machine, segment } = started({ lease: "3s" }, ethernet("10.25.0.11"));
    segment.run(5 * SECOND);
    const replaced = { ...VIP, origin: 0 };
    machine.kernel.drop(2, "10.25.0.10/32");
    machine.kernel.change(2, () => ethernet("10.25.0.11", replaced));
    machine.reactor.networkChanged(segment.nowMicros);
    segment.run(20 * SECOND);
    assert.equal(web(machine).held, true);
    machine.reactor.shutdown(segment.nowMicros);
    segment.run(2 * SECOND);
    assert.deepEqual(machine.kernel.links()[0]?.addresses.at(-1), replaced);
  });

  it("that comes between the look and the deed is not taken over", () => {
    const { machine, segment } = started({}, ethernet("10.25.0.11"));
    const stale = machine.kernel.links();
    machine.kernel.change(2, () => ethernet("10.25.0.11", { ...VIP, origin: 0 }));
    const links = machine.kernel.links.bind(machine.kernel);
    machine.kernel.links = () => stale;
    segment.run(3.5 * SECOND);
    assert.deepEqual(logged(machine.reports, "error"), ["cannot add 10.25.0.10/32 on eth0"]);
    machine.kernel.links = links;
    segment.run(2 * SECOND);
    assert.deepEqual(changes(machine), []);
    assert.deepEqual(machine.kernel.links()[0]?.addresses.at(-1), { ...VIP, origin: 0 });
  });

  it("is an address owner's own, which it has in every role, and never sets or removes", () => {
    const { machine, segment } = started({ priority: 255 }, ethernet("10.25.0.11", FOREIGN));
    segment.run(10 * SECOND);
    assert.equal(web(machine).role, "master");
    assert.equal(web(machine).held, true);
    assert.ok(story(machine.kernel.deeds).includes("announce 10.25.0.10"));
    machine.reactor.shutdown(segment.nowMicros);
    segment.run(2 * SECOND);
    assert.deepEqual(changes(machine), []);
    assert.deepEqual(machine.kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/24"]);
  });

  it("keeps an address owner out where it is on another interface", () => {
    const { machine } = started({ priority: 255 }, ethernet("10.25.0.11"), other(FOREIGN));
    assert.equal(web(machine).claim.held, "address-in-use");
  });

  it("is another address where it is link-local and on another link", () => {
    const linkLocal = { address: "fe80::10", prefixLength: 64, origin: 0 };
    const config = configOf(1, vrrp6(1, { priority: 200 }));
    const elsewhere = machineWith(config, ethernet("fe80::11"), other(linkLocal));
    elsewhere.reactor.start(0);
    assert.equal(web(elsewhere).role, "backup");
    const here = machineWith(config, ethernet("fe80::11", linkLocal));
    here.reactor.start(0);
    assert.equal(web(here).claim.held, "address-in-use");
  });

  it("of a virtual router that a reload adds, changes or removes stays as well", () => {
    const { machine, segment } = started({}, ethernet("10.25.0.11"), other({ ...FOREIGN, address: "10.25.0.20" }));
    segment.run(5 * SECOND);
    const mail = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] };
    machine.reactor.reconfigure(configOf(1, { priority: 200 }, mail), segment.nowMicros);
    segment.run(5 * SECOND);
    machine.reactor.reconfigure(configOf(1, { priority: 200 }), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.ok(machine.kernel.addresses().includes("10.25.0.20/24"));
    assert.deepEqual(changes(machine), ["add 10.25.0.10/32"]);
  });

  it("is not what a dead agent resigns from", () => {
    const [config] = configOf(1, { priority: 200 }).virtualRouters;
    assert.ok(config !== undefined);
    const kernel = new FakeKernel([ethernet("10.25.0.11"), other(FOREIGN)]);
    const standing = {
      node: "edge-1",
      virtualRouters: [{ config, role: "master", preference: 200, memory: undefined }],
    };
    const resignation = new Resignation(
      { ...standing, virtualRouters: standing.virtualRouters.map((router) => ({ ...router, role: "master" })) },
      kernel,
      () => undefined,
    );
    resignation.start(0);
    resignation.tick(2 * SECOND);
    assert.deepEqual(kernel.deeds, []);
    assert.ok(kernel.addresses().includes("10.25.0.10/24"));
  });
});

describe("ownership: an interface with the name of a virtual router's", () => {
  const taken: Link = {
    index: 9,
    name: "vipf4-10",
    mac: "02:00:00:00:00:99",
    running: true,
    virtualOf: 2,
    addresses: [],
  };

  it("that the agent did not make keeps the virtual router out and is left alone, until it goes", () => {
    const { machine, segment } = started({ virtualMac: true }, ethernet("10.25.0.11"), taken);
    segment.run(10 * SECOND);
    const { role, claim, obstacles } = web(machine);
    assert.deepEqual([role, claim.held, obstacles[0]?.reason], ["initialize", "interface-in-use", "interface-in-use"]);
    assert.match(obstacles[0]?.message ?? "", /interface vipf4-10 .*virtualMac/);
    assert.deepEqual(changes(machine), []);
    machine.kernel.change(9, (link) => ({ ...link, name: "mine" }));
    machine.reactor.networkChanged(segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual(changes(machine), ["make vipf4-10", "add 10.25.0.10/32"]);
  });
});
