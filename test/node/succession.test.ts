/** What checks, operators and the peer link make a node do: demotion, holding back, handing over, succeeding, preparing. */
import assert from "node:assert/strict";
import type { AgentConfigInput } from "../../agent/config/schema/document.ts";
import { ORIGIN_AGENT } from "../../agent/interfaces/addressPlan.ts";
import type { Eligibility } from "../../agent/virtualRouter/eligibility.ts";
import { carp, configOf, nodeWith, type VrrpDocument, vrrp } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { type Machine, machineWith, type NodeMachine, Segment } from "./segment.ts";
import { story, transitions } from "./stories.ts";

type PeerLinkInput = NonNullable<AgentConfigInput["peerLink"]>;

const SECOND = 1_000_000;
const VIP = "10.25.0.10/32";

const node = (number: 1 | 2, changes: Partial<VrrpDocument> = {}): NodeMachine =>
  machineWith(configOf(number, { priority: number === 1 ? 200 : 100, ...changes }), ethernet(`10.25.0.1${number}`));

/** Two that elected the first, and what they do from now on. */
function pair(changes: Partial<VrrpDocument> = {}) {
  const [one, two] = [node(1, changes), node(2, changes)];
  const segment = new Segment([one, two]);
  for (const { reactor } of [one, two]) reactor.start(0);
  segment.run(6 * SECOND);
  for (const machine of [one, two]) {
    segment.takeDeeds(machine);
    machine.reports.splice(0);
  }
  return { one, two, segment };
}

const linkOf = (number: 1 | 2): PeerLinkInput => ({
  listen: [`10.25.0.1${number}`],
  key: "ab".repeat(32),
  peers: [{ node: `edge-${3 - number}`, paths: [`10.25.0.1${3 - number}`] }],
});

const holds = ({ kernel }: Machine): boolean => kernel.addresses().includes(VIP);
const claims = (claim: Partial<Eligibility>) => new Map([["web", { demotion: 0, held: undefined, ...claim }]]);
const statusOf = ({ reactor }: NodeMachine) => reactor.status(0).virtualRouters[0];

describe("node: demotion", () => {
  it("is told the group at once, moves the address where another is better, and gives it back", () => {
    const { one, two, segment } = pair();
    one.reactor.setEligibilities(claims({ demotion: 60 }), segment.nowMicros);
    assert.deepEqual(story(one.kernel.deeds), ["send 140"]);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [true, false], "140 is better than 100");

    one.reactor.setEligibilities(claims({ demotion: 150 }), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
    assert.deepEqual(statusOf(one)?.claim, {
      configured: { protocol: "vrrp", priority: 200 },
      effective: { protocol: "vrrp", priority: 50 },
      demotion: 150,
      held: null,
    });

    one.reactor.setEligibilities(new Map(), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
  });

  it("says nothing new when nothing is", () => {
    const { one, segment } = pair();
    one.reactor.setEligibilities(claims({ demotion: 60 }), segment.nowMicros);
    segment.takeDeeds(one);
    one.reactor.setEligibilities(claims({ demotion: 60 }), segment.nowMicros);
    assert.deepEqual(one.kernel.deeds, []);
  });

  it("is there from the first advertisement on when it was said before the start", () => {
    const machine = node(1);
    machine.reactor.setEligibilities(claims({ demotion: 60 }), 0);
    machine.reactor.start(0);
    new Segment([machine]).run(5 * SECOND);
    assert.equal(story(machine.kernel.deeds)[0], "send 140");
  });
});

describe("node: holding back", () => {
  it("hands over without a moment in which nobody has the address, and comes back on readmission", () => {
    const { one, two, segment } = pair();
    one.reactor.setEligibilities(claims({ held: "drained" }), segment.nowMicros);
    assert.equal(holds(one), true, "until the successor is heard");
    segment.run(SECOND);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
    assert.deepEqual(transitions(one.reports), [
      "web master>resigning drained",
      "web resigning>initialize successor-heard",
    ]);
    assert.equal(statusOf(one)?.claim.held, "drained");

    one.reactor.setEligibilities(new Map(), segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
  });

  it("from before the start keeps a node from being master for a moment", () => {
    const machine = node(1);
    machine.reactor.setEligibilities(claims({ held: "maintenance" }), 0);
    machine.reactor.start(0);
    new Segment([machine]).run(20 * SECOND);
    assert.deepEqual(
      machine.reports.filter(({ kind }) => kind === "transition"),
      [],
    );
  });

  it("lets go in the end though nobody is there to succeed", () => {
    const machine = node(1);
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    segment.run(6 * SECOND);
    machine.reactor.setEligibilities(claims({ held: "check-failed" }), segment.nowMicros);
    segment.run(2 * SECOND);
    assert.equal(holds(machine), false);
    assert.equal(transitions(machine.reports).at(-1), "web resigning>initialize no-successor");
  });

  it("is not ended by an operator's word for another reason", () => {
    const { one, segment } = pair();
    one.reactor.setEligibilities(claims({ held: "check-failed" }), segment.nowMicros);
    segment.run(SECOND);
    one.reactor.dispatch({ kind: "readmit" }, "web", segment.nowMicros);
    segment.run(10 * SECOND);
    assert.equal(holds(one), false);
  });
});

describe("node: handing over", () => {
  it("makes a backup of the master that leaves its successor alone, until it is readmitted [C10-h]", () => {
    const { one, two, segment } = pair();
    one.reactor.dispatch({ kind: "hand-over" }, "web", segment.nowMicros);
    segment.run(20 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
    assert.equal(statusOf(one)?.role, "backup");
    one.reactor.dispatch({ kind: "readmit" }, "web", segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
  });

  it("keeps the address when there is nobody to hand it to, and is silent about it meanwhile", () => {
    const { one, two, segment } = pair();
    two.reactor.setEligibilities(claims({ held: "maintenance" }), segment.nowMicros);
    one.reactor.dispatch({ kind: "hand-over" }, undefined, segment.nowMicros);
    segment.takeDeeds(one);
    for (let tenths = 0; tenths < 11; tenths++) {
      segment.run(SECOND / 10);
      assert.equal(holds(one), true);
    }
    assert.deepEqual(story(one.kernel.deeds), []);
    segment.run(SECOND);
    assert.equal(holds(one), true);
    assert.equal(transitions(one.reports).at(-1), "web resigning>master no-successor");
  });

  it("is remembered over a restart [6.4.2-i]", () => {
    const { two, segment } = pair();
    const again = node(1);
    again.reactor.start(segment.nowMicros, new Set(["web"]));
    const rejoined = new Segment([again, two]);
    rejoined.nowMicros = segment.nowMicros;
    two.reactor.dispatch({ kind: "succeed" }, "web", segment.nowMicros);
    rejoined.run(20 * SECOND);
    assert.deepEqual([holds(again), holds(two)], [false, true]);
    two.reactor.shutdown(rejoined.nowMicros);
    rejoined.run(2 * SECOND);
    assert.equal(holds(again), true, "it is there when it is needed");
  });

  it("of one that owns the address is, too: it is not master at once [6.4.1-b:-]", () => {
    const owner = node(1, { priority: 255 });
    owner.reactor.start(0, new Set(["web"]));
    assert.equal(statusOf(owner)?.role, "backup");
    const other = node(1, { priority: 255 });
    other.reactor.start(0, new Set(["mail"]));
    assert.equal(statusOf(other)?.role, "master");
  });
});

describe("node: words of the peer link", () => {
  it("let a backup take over from a master that is dead, long before its silence would", () => {
    const { one, two, segment } = pair();
    segment.passes = () => false;
    segment.freeze(one);
    two.reactor.dispatch({ kind: "peer-lost", from: "10.25.0.11" }, undefined, segment.nowMicros);
    segment.run(SECOND / 10);
    assert.equal(transitions(two.reports).at(-1), "web backup>master peer-lost");
    assert.equal(holds(two), true);
  });

  for (const multicast of [false, true]) {
    for (const protocol of ["vrrp", "carp"] as const) {
      const how = `${protocol}, ${multicast ? "multicast" : "unicast"}`;
      it(`S6 have it ask a master that lives, which answers and stays, whoever may preempt whom: ${how}`, () => {
        const config = (number: 1 | 2) => {
          const web = protocol === "vrrp" ? vrrp(number, { priority: 300 - 100 * number }) : carp(number);
          return nodeWith(number, { peerLink: linkOf(number) }, { ...web, multicast, preempt: false });
        };
        const machines = ([1, 2] as const).map((number) => machineWith(config(number), ethernet(`10.25.0.1${number}`)));
        const segment = new Segment(machines, { delayMicros: () => 1_000 });
        // The second is there first: the preferred one may not preempt it.
        for (const { reactor } of machines.toReversed()) {
          reactor.start(segment.nowMicros);
          segment.run(6 * SECOND);
        }
        const [one, two] = machines;
        assert.ok(one !== undefined && two !== undefined);
        one.reports.splice(0);
        segment.takeDeeds(one);
        for (let count = 0; count < 20; count++) {
          one.reactor.dispatch({ kind: "peer-lost", from: "10.25.0.12" }, undefined, segment.nowMicros);
          segment.run(SECOND / 7);
        }
        assert.deepEqual([holds(one), holds(two)], [false, true]);
        assert.deepEqual(transitions(one.reports), []);
        const asked = one.kernel.deeds.flatMap((deed) => (deed.kind === "send" ? deed.destination : []));
        assert.deepEqual([...new Set(asked)], ["10.25.0.12"], "nobody else is asked");
      });
    }
  }

  it("let the successor that is named take over at once", () => {
    const { two, segment } = pair();
    two.reactor.dispatch({ kind: "succeed" }, "web", segment.nowMicros);
    assert.equal(holds(two), true);
  });

  it("for a virtual router that is not there are nobody's", () => {
    const { two, segment } = pair();
    two.reactor.dispatch({ kind: "succeed" }, "mail", segment.nowMicros);
    assert.equal(holds(two), false);
  });
});

describe("node: preparation", () => {
  const PREPARED: Partial<VrrpDocument> = { hooks: { prepare: ["/bin/true"], prepareTimeout: "500ms" } };
  const asked = ({ reports }: NodeMachine): number => reports.filter(({ kind }) => kind === "prepare").length;

  /** The second has just become master, by a word, and waits; of the first it hears nothing more. */
  function waiting() {
    const acting = pair(PREPARED);
    const { two, segment } = acting;
    segment.passes = () => false;
    two.reactor.dispatch({ kind: "succeed" }, "web", segment.nowMicros);
    assert.equal(asked(two), 1);
    assert.equal(holds(two), false);
    assert.equal(statusOf(two)?.role, "master", "the group hears of it at once");
    return acting;
  }

  it("comes before the addresses: they are taken and announced when it is done", () => {
    const { two, segment } = waiting();
    segment.takeDeeds(two);
    two.reactor.prepared("web", segment.nowMicros + 1);
    assert.deepEqual(story(two.kernel.deeds).slice(0, 2), ["add 10.25.0.10/32", "announce 10.25.0.10"]);
  });

  it("is waited for until its timeout, and no longer", () => {
    const { two, segment } = waiting();
    segment.run(0.5 * SECOND - 1);
    assert.equal(holds(two), false);
    segment.run(1);
    assert.equal(holds(two), true);
  });

  it("counts for nothing when the role is over meanwhile", () => {
    const { one, two, segment } = waiting();
    two.reactor.setEligibilities(claims({ held: "drained" }), segment.nowMicros);
    segment.run(SECOND / 10);
    two.reactor.prepared("web", segment.nowMicros);
    segment.run(5 * SECOND);
    two.reactor.prepared("web", segment.nowMicros);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
    assert.ok(!story(two.kernel.deeds).includes("add 10.25.0.10/32"));
  });

  it("counts for nothing when nobody asked for it, or for another virtual router", () => {
    const { two, segment } = pair(PREPARED);
    two.reactor.prepared("web", segment.nowMicros);
    two.reactor.prepared("mail", segment.nowMicros);
    assert.equal(holds(two), false);
  });

  it("does not interrupt the answers of a node that goes on with its address", () => {
    const found = { address: "10.25.0.10", prefixLength: 32, origin: ORIGIN_AGENT };
    const machine = machineWith(configOf(1, { priority: 200, ...PREPARED }), ethernet("10.25.0.11", found));
    machine.reactor.start(0);
    const segment = new Segment([machine]);
    for (let tenths = 0; tenths < 40; tenths++) {
      segment.run(SECOND / 10);
      assert.equal(holds(machine), true);
    }
    assert.equal(asked(machine), 1);
    assert.equal(statusOf(machine)?.role, "master");
  });

  it("that is under way when the node stalls is asked for again when it is master again", () => {
    const { two, segment } = waiting();
    segment.freeze(two);
    segment.run(10 * SECOND);
    segment.thaw(two);
    two.reactor.prepared("web", segment.nowMicros);
    assert.equal(holds(two), false, "it listens");
    segment.run(3 * SECOND);
    assert.equal(asked(two), 2);
    assert.equal(holds(two), true);
  });
});
