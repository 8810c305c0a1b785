/** The resignation of a dead agent: priority 0, the successor heard or not, the address gone in any case. */
import assert from "node:assert/strict";
import type { Role } from "../../agent/election/election.ts";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import { Resignation } from "../../agent/resign/resignation.ts";
import type { NodeState } from "../../agent/virtualRouter/nodeState.ts";
import type { NodeReport } from "../../agent/virtualRouter/report.ts";
import { carp, configOf, nodeOf } from "../support/documents.ts";
import { ethernet, FakeKernel } from "../support/fakeKernel.ts";
import { type Machine, machineWith, Segment } from "./segment.ts";

const SECOND = 1_000_000;
const VIP = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
/** Skew of priority 1 at 1 s, and the margin of 200 ms. */
const NO_SUCCESSOR_MICROS = 996_094 + 200_000;

function standingOf(role: Role, lease: "off" | "3s" = "3s"): NodeState {
  return {
    node: "edge-1",
    virtualRouters: configOf(1, { lease }).virtualRouters.map((config) => ({
      config,
      role,
      preference: 100,
      memory: undefined,
    })),
  };
}

/** The machine of the dead agent, on which `resign` runs. */
function deadMaster(
  role: Role = "master",
  link = ethernet("10.25.0.11", VIP),
  lease: "off" | "3s" = "3s",
): Machine & { reactor: Resignation } {
  const kernel = new FakeKernel([link]);
  const reports: NodeReport[] = [];
  return {
    kernel,
    reports,
    reactor: new Resignation(standingOf(role, lease), kernel, (report) => reports.push(report)),
  };
}

describe("node: resignation of a dead agent", () => {
  it("keeps the address until the successor is heard, and not longer", () => {
    const dead = deadMaster();
    const backup = machineWith(configOf(2), ethernet("10.25.0.12"));
    backup.reactor.start(0);
    const segment = new Segment([dead, backup]);
    dead.reactor.start(0);
    segment.deliver();
    const skew = 609_375;
    segment.run(skew - 1);
    assert.equal(dead.reactor.finished, false);
    assert.ok(dead.kernel.addresses().includes("10.25.0.10/32"));
    segment.run(1);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.addresses(), ["10.25.0.11/24"]);
    assert.ok(backup.kernel.addresses().includes("10.25.0.10/32"));
  });

  for (const [lease, left] of [
    ["off", ["10.25.0.11/24"]],
    ["3s", ["10.25.0.11/24", "10.25.0.10/32"]],
  ] as const) {
    it(`when no successor comes in time, with lease ${lease}, leaves ${left.join(" and ")}`, () => {
      const dead = deadMaster("master", ethernet("10.25.0.11", VIP), lease);
      const segment = new Segment([dead]);
      dead.reactor.start(0);
      segment.run(NO_SUCCESSOR_MICROS - 1);
      assert.equal(dead.reactor.finished, false);
      segment.run(1);
      assert.equal(dead.reactor.finished, true);
      assert.deepEqual(dead.kernel.addresses(), left);
    });
  }

  it("goes on for an agent that was killed while it resigned", () => {
    const dead = deadMaster("resigning");
    dead.reactor.start(0);
    assert.equal(dead.reactor.finished, false);
    assert.equal(dead.kernel.deeds[0]?.kind, "send");
  });

  it("says nothing for an agent that was backup, and removes what should not be there", () => {
    const dead = deadMaster("backup");
    dead.reactor.start(0);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.deeds, [{ kind: "remove", address: "10.25.0.10/32" }]);
  });

  it("says nothing for a master whose address is gone: another may be master, and priority 0 would disturb it", () => {
    const dead = deadMaster("master", ethernet("10.25.0.11"));
    dead.reactor.start(0);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.deeds, []);
  });

  it("does not wait on a link that carries nothing", () => {
    const dead = deadMaster("master", { ...ethernet("10.25.0.11", VIP), running: false });
    dead.reactor.start(0);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.deeds, [{ kind: "remove", address: "10.25.0.10/32" }]);
  });

  it("stops waiting when the link goes down meanwhile", () => {
    const dead = deadMaster();
    dead.reactor.start(0);
    dead.kernel.change(2, (link) => ({ ...link, running: false }));
    dead.reactor.networkChanged(1);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.addresses(), ["10.25.0.11/24"]);
  });

  it("removes the address also when nothing can be sent", () => {
    const dead = deadMaster();
    dead.kernel.refusals.set("open", "EPERM");
    dead.reactor.start(0);
    assert.equal(dead.reactor.finished, true);
    assert.deepEqual(dead.kernel.addresses(), ["10.25.0.11/24"]);
  });
});

describe("node: resignation of a dead CARP host", () => {
  for (const dialect of ["openbsd", "ucarp"] as const) {
    it(`bows out in its name, is believed, and waits for the successor: dialect ${dialect}`, () => {
      const document = (number: number) => nodeOf(number, carp(number, { dialect, advertisementSkew: number }));
      const [master, backup] = [1, 2].map((number) => machineWith(document(number), ethernet(`10.25.0.1${number}`)));
      assert.ok(master !== undefined && backup !== undefined);
      const segment = new Segment([master, backup]);
      for (const { reactor } of [master, backup]) reactor.start(0);
      segment.run(8 * SECOND);
      const standing = master.reports
        .flatMap((report) => (report.kind === "standing" ? [report.nodeState] : []))
        .at(-1);
      assert.equal(standing?.virtualRouters[0]?.role, "master");

      const dead = new Resignation(standing, master.kernel, (report) => master.reports.push(report));
      const after = new Segment([{ kernel: master.kernel, reactor: dead }, backup]);
      after.nowMicros = segment.nowMicros;
      segment.takeDeeds(master);
      segment.takeDeeds(backup);
      dead.start(after.nowMicros);
      after.run(SECOND / 50);
      assert.equal(dead.finished, true);
      assert.deepEqual(master.kernel.addresses(), ["10.25.0.11/24"]);
      assert.ok(backup.kernel.addresses().includes("10.25.0.10/32"));
      assert.deepEqual(backup.reactor.status(0).virtualRouters[0]?.counters.dropped, {});
    });
  }

  it("waits as long as a living one does when nobody succeeds", () => {
    const [config] = nodeOf(1, carp(1)).virtualRouters;
    assert.ok(config !== undefined);
    const kernel = new FakeKernel([ethernet("10.25.0.11", VIP)]);
    const standing: NodeState = {
      node: "edge-1",
      virtualRouters: [{ config, role: "master", preference: 0, memory: "0f" }],
    };
    const reactor = new Resignation(standing, kernel, () => undefined);
    reactor.start(0);
    const segment = new Segment([{ kernel, reactor }]);
    segment.run(2 * SECOND - 1);
    assert.equal(reactor.finished, false);
    segment.run(1);
    assert.equal(reactor.finished, true);
    assert.deepEqual(kernel.addresses(), ["10.25.0.11/24", "10.25.0.10/32"]);
  });
});
