/** A node that is given another configuration while it runs: what stays is not disturbed. */
import assert from "node:assert/strict";
import { configOf } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, Segment } from "./segment.ts";
import { story, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const first = () => machineWith(configOf(1, { priority: 200 }), ethernet("10.25.0.11"));

describe("node: another configuration", () => {
  function running() {
    const machine = first();
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(5 * SECOND);
    machine.kernel.takeDeeds();
    machine.reports.splice(0);
    return { ...machine, segment, now: segment.nowMicros };
  }

  it("does nothing at all when it is equal", () => {
    const { kernel, reactor, reports, now } = running();
    const result = reactor.reconfigure(configOf(1, { priority: 200 }), now);
    assert.deepEqual(result, { added: [], removed: [], changed: [], obstacles: [] });
    assert.deepEqual(kernel.takeDeeds(), []);
    assert.deepEqual(
      reports.filter(({ kind }) => kind !== "standing"),
      [],
    );
  });

  it("changes a priority without letting the address go, and the group hears of it at once", () => {
    const { kernel, reactor, reports, now } = running();
    const result = reactor.reconfigure(configOf(1, { priority: 150 }), now);
    assert.deepEqual(result, { added: [], removed: [], changed: ["web"], obstacles: [] });
    assert.deepEqual(story(kernel.takeDeeds()), ["send 150"]);
    assert.deepEqual(transitions(reports), []);
  });

  it("adds an address before it takes another one off, and announces them", () => {
    const { kernel, reactor, now } = running();
    reactor.reconfigure(configOf(1, { priority: 200, addresses: ["10.25.0.20/32"] }), now);
    const deeds = story(kernel.takeDeeds());
    assert.deepEqual(deeds.slice(0, 2), ["add 10.25.0.20/32", "remove 10.25.0.10/32"]);
    assert.ok(deeds.includes("announce 10.25.0.20"));
    assert.deepEqual(kernel.addresses(), ["10.25.0.11/24", "10.25.0.20/32"]);
  });

  it("starts a virtual router that is new and leaves the old one alone", () => {
    const { kernel, reactor, segment, now } = running();
    const extra = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] };
    const result = reactor.reconfigure(configOf(1, { priority: 200 }, extra), now);
    assert.deepEqual(result, { added: ["mail"], removed: [], changed: [], obstacles: [] });
    assert.deepEqual(kernel.takeDeeds(), []);
    segment.run(5 * SECOND);
    assert.deepEqual(kernel.addresses().sort(), ["10.25.0.10/32", "10.25.0.11/24", "10.25.0.20/32"]);
  });

  it("says what is in the way of what it brings, and of nothing else", () => {
    const { kernel, reactor, now } = running();
    kernel.change(2, (link) => ({
      ...link,
      addresses: [...link.addresses, { address: "10.25.0.20", prefixLength: 24, origin: 0 }],
    }));
    const extra = { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] };
    const { obstacles } = reactor.reconfigure(configOf(1, { priority: 200 }, extra), now);
    assert.deepEqual(
      obstacles.map(({ virtualRouter, reason, blocks }) => [virtualRouter, reason, blocks]),
      [["mail", "address-in-use", true]],
    );
  });

  it("hands a virtual router over that is gone, and then forgets it", () => {
    const { kernel, reactor, segment, now } = running();
    const other = configOf(1, { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] });
    assert.deepEqual(reactor.reconfigure(other, now), {
      added: ["mail"],
      removed: ["web"],
      changed: [],
      obstacles: [],
    });
    assert.deepEqual(story(kernel.takeDeeds()), ["send 0"]);
    assert.ok(kernel.addresses().includes("10.25.0.10/32"));
    segment.run(2 * SECOND);
    assert.ok(!kernel.addresses().includes("10.25.0.10/32"));
    assert.deepEqual(
      reactor.status(segment.nowMicros).virtualRouters.map(({ name }) => name),
      ["mail"],
    );
  });

  it("starts one anew that comes back while it is still leaving", () => {
    const { kernel, reactor, now } = running();
    const other = configOf(1, { name: "mail", virtualRouterId: 20, addresses: ["10.25.0.20/32"] });
    reactor.reconfigure(other, now);
    reactor.reconfigure(configOf(1, { priority: 200 }), now + 1);
    const roles = reactor.status(now + 1).virtualRouters.map(({ name, role }) => `${name} ${role}`);
    assert.deepEqual(roles, ["web backup"]);
    assert.deepEqual(kernel.addresses(), ["10.25.0.11/24"]);
  });

  it("keeps its history over a reload, and no more than 20 transitions of it", () => {
    const { kernel, reactor, now } = running();
    for (let flap = 0; flap < 30; flap++) {
      kernel.change(2, (link) => ({ ...link, running: !link.running }));
      reactor.networkChanged(now + flap);
    }
    reactor.reconfigure(configOf(1, { priority: 201 }), now + 100);
    const [status] = reactor.status(now + 100).virtualRouters;
    assert.equal(status?.transitions.length, 20);
    assert.equal(status.lastTransition?.reason, "link-up");
    assert.equal(status.since, status.lastTransition.at);
  });
});
