/** CARP between nodes: elected by interval, under one password, in both dialects, beside replays and strangers. */
import assert from "node:assert/strict";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import { encodeCarp } from "../../agent/protocol/carp.ts";
import { carpDigest } from "../../agent/protocol/carpDigest.ts";
import { type CarpDocument, carp, nodeOf } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged, transitions } from "./stories.ts";

const SECOND = 1_000_000;
const VIP = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
const DIALECTS = ["openbsd", "ucarp"] as const;

const node = (number: 1 | 2, changes: Partial<CarpDocument> = {}, ...there: readonly (typeof VIP)[]): NodeMachine =>
  machineWith(
    nodeOf(number, carp(number, { advertisementSkew: number === 1 ? 0 : 100, ...changes })),
    ethernet(`10.25.0.1${number}`, ...there),
  );

function started(...machines: readonly NodeMachine[]): Segment {
  for (const { reactor } of machines) reactor.start(0);
  return new Segment(machines);
}

/** Two that elected the first. */
function pair(changes: Partial<CarpDocument> = {}) {
  const [one, two] = [node(1, changes), node(2, changes)];
  const segment = started(one, two);
  segment.run(10 * SECOND);
  return { one, two, segment };
}

const holds = ({ kernel }: NodeMachine): boolean => kernel.addresses().includes("10.25.0.10/32");
const statusOf = ({ reactor }: NodeMachine) => {
  const [status] = reactor.status(0).virtualRouters;
  assert.ok(status !== undefined);
  return status;
};

/** The messages that a machine sent. */
function messages({ kernel }: NodeMachine): Uint8Array[] {
  return kernel.deeds.flatMap((deed) => (deed.kind === "send" ? [deed.payload] : []));
}

/** A claim of an OpenBSD at 10.25.0.11 with the group's password. */
function claimOfOpenbsd(advertisementSkew: number, demotion = 0, password = "sesame"): Uint8Array {
  const counter = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const digest = carpDigest(password, { virtualHostId: 10, addresses: ["10.25.0.10"], counter }, "without-link-local");
  return encodeCarp({ virtualHostId: 10, advertisementBase: 1, advertisementSkew, demotion, counter, digest });
}

for (const dialect of DIALECTS) {
  describe(`node: CARP, dialect ${dialect}`, () => {
    it("elects the shorter interval, and one holds the address [C6-s:+]", () => {
      const { one, two } = pair({ dialect });
      assert.deepEqual([holds(one), holds(two)], [true, false]);
      const { masterAddress, priority, peers, counters } = statusOf(two);
      assert.equal(masterAddress, "10.25.0.11");
      assert.equal(priority, null, "CARP knows no priorities");
      assert.deepEqual(peers[0]?.claim, {
        protocol: "carp",
        advertisementBase: 1,
        advertisementSkew: 0,
        demotion: 0,
      });
      assert.deepEqual(counters.dropped, {});
    });

    it("hands over with a bow-out: the successor has it before the master lets go", () => {
      const { one, two, segment } = pair({ dialect });
      one.reactor.shutdown(segment.nowMicros);
      segment.run(SECOND / 50);
      assert.deepEqual([holds(one), holds(two)], [false, true]);
      assert.equal(one.reactor.finished, true);
      assert.equal(transitions(two.reports).at(-1), "web backup>master master-resigned");
      assert.deepEqual(transitions(one.reports).slice(-2), [
        "web master>resigning shutdown",
        "web resigning>initialize successor-heard",
      ]);
    });

    it("answers for two seconds when nobody succeeds, for a ucarp may read the bow-out a second late", () => {
      const { one, segment } = pair({ dialect });
      segment.passes = () => false;
      one.reactor.shutdown(segment.nowMicros);
      segment.run(2 * SECOND - 1);
      assert.equal(holds(one), true);
      segment.run(1);
      assert.equal(holds(one), false);
    });

    it("takes over from a master that falls silent", () => {
      const { two, segment } = pair({ dialect });
      segment.passes = () => false;
      segment.run(5 * SECOND);
      assert.equal(holds(two), true);
    });

    it("goes on with the address of an earlier life that nobody else has", () => {
      const one = node(1, { dialect }, VIP);
      const segment = started(one);
      for (let tenths = 0; tenths < 100; tenths++) {
        segment.run(SECOND / 10);
        assert.equal(holds(one), true);
      }
      assert.deepEqual(transitions(one.reports), ["web initialize>resuming startup", "web resuming>master resumed"]);
    });

    it("hears nobody with another password, and says why [C4-d]", () => {
      const [one, two] = [node(1, { dialect }), node(2, { dialect, password: "sesame2" })];
      started(one, two).run(10 * SECOND);
      assert.deepEqual([holds(one), holds(two)], [true, true]);
      for (const machine of [one, two]) {
        const { counters, peers } = statusOf(machine);
        assert.deepEqual(Object.keys(counters.dropped), ["carp-digest"]);
        assert.equal(counters.received, 0);
        assert.equal(peers[0]?.lastHeardAgoMs, null);
        assert.deepEqual(logged(machine.reports, "warn"), ["packet dropped"]);
      }
    });

    it("changes its password while it runs, and its peers hear it when they have changed theirs", () => {
      const { one, two, segment } = pair({ dialect });
      const changed = (number: 1 | 2) =>
        nodeOf(number, carp(number, { dialect, advertisementSkew: number === 1 ? 0 : 100, password: "open" }));
      one.reactor.reconfigure(changed(1), segment.nowMicros);
      segment.run(2 * SECOND);
      two.reactor.reconfigure(changed(2), segment.nowMicros);
      segment.run(2 * SECOND);
      assert.deepEqual([holds(one), holds(two)], [true, false]);
    });
  });
}

describe("node: CARP against who sends again what was sent before", () => {
  it("refuses a counter of the past, in ucarp's dialect, and whoever it seems to come from", () => {
    const { one, two, segment } = pair({ dialect: "ucarp" });
    const recorded = messages(one).at(-2);
    assert.ok(recorded !== undefined);
    segment.passes = () => false;
    two.reactor.receive(packet("10.25.0.11", "10.25.0.12", recorded), segment.nowMicros);
    assert.deepEqual(statusOf(two).counters.dropped, { "carp-replay": 1 });
    segment.run(5 * SECOND);
    assert.equal(holds(two), true, "a replay keeps no dead master alive");
  });

  it("refuses its own cookie as a loop, in OpenBSD's dialect", () => {
    const { one, two, segment } = pair({ dialect: "openbsd" });
    const recorded = messages(one).at(-1);
    assert.ok(recorded !== undefined);
    one.reactor.receive(packet("10.25.0.12", "10.25.0.11", recorded), segment.nowMicros);
    assert.deepEqual(statusOf(one).counters.dropped, { "carp-loop": 1 });
    assert.equal(holds(two), false);
  });

  it("says so when its own address speaks to it, by a loop or a host that has taken it", () => {
    const { one, segment } = pair({ dialect: "openbsd" });
    const recorded = messages(one).at(-1);
    assert.ok(recorded !== undefined);
    one.reactor.receive(packet("10.25.0.11", "10.25.0.11", recorded), segment.nowMicros);
    assert.deepEqual(logged(one.reports, "warn"), ["own-advertisement"]);
  });
});

describe("node: CARP and its demotion", () => {
  it("counts for more than the interval, and shows in the claim [C7-b C7-m]", () => {
    const { one, two, segment } = pair();
    one.reactor.setEligibilities(new Map([["web", { demotion: 7, held: undefined }]]), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
    const { claim } = statusOf(one);
    assert.deepEqual(claim.effective, { protocol: "carp", advertisementBase: 1, advertisementSkew: 0, demotion: 7 });
    assert.equal(claim.demotion, 7);

    one.reactor.setEligibilities(new Map(), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
  });

  it("is more skew in ucarp's dialect, which has no other word for it [C7-h:+]", () => {
    const { one, two, segment } = pair({ dialect: "ucarp" });
    one.reactor.setEligibilities(new Map([["web", { demotion: 200, held: undefined }]]), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
    assert.equal(messages(one).at(-1)?.[2], 200);
  });

  it("is not for others to believe without the password [C4-d]", () => {
    const two = node(2);
    const segment = started(two);
    segment.run(5 * SECOND);
    const forged = claimOfOpenbsd(0, 0, "guessed");
    two.reactor.receive(packet("10.25.0.11", "10.25.0.12", forged), segment.nowMicros);
    assert.equal(holds(two), true);
    two.reactor.receive(packet("10.25.0.11", "10.25.0.12", claimOfOpenbsd(0)), segment.nowMicros);
    segment.run(1);
    assert.equal(holds(two), false);
  });
});
