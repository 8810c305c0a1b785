/** Signed advertisements between nodes: each mode beside each, rotations that lose nothing, replays and old ones counted. */
import assert from "node:assert/strict";
import { configOf, type VrrpDocument } from "../support/documents.ts";
import { ethernet } from "../support/fakeKernel.ts";
import { machineWith, type NodeMachine, packet, Segment } from "./segment.ts";
import { logged } from "./stories.ts";

const SECOND = 1_000_000;
type Authentication = NonNullable<VrrpDocument["authentication"]>;

const OLD = { id: 1, secret: "0123456789abcdef".repeat(4) };
const NEW = { id: 2, secret: "fedcba9876543210".repeat(4) };

const signed = (mode: Authentication["mode"], more: Partial<Authentication> = {}): Authentication => ({
  mode,
  keys: [OLD],
  active: 1,
  ...more,
});

function configured(number: 1 | 2, authentication: Authentication | undefined) {
  return configOf(number, {
    priority: number === 1 ? 200 : 100,
    ...(authentication === undefined ? {} : { authentication }),
  });
}

const node = (number: 1 | 2, authentication: Authentication | undefined): NodeMachine =>
  machineWith(configured(number, authentication), ethernet(`10.25.0.1${number}`));

/** Two nodes after five seconds; of them the first is master where they understand each other. */
function pair(first: Authentication | undefined, second: Authentication | undefined) {
  const [one, two] = [node(1, first), node(2, second)];
  const segment = new Segment([one, two]);
  for (const { reactor } of [one, two]) reactor.start(0);
  segment.run(5 * SECOND);
  return { one, two, segment };
}

const dropsOf = ({ reactor }: NodeMachine) => reactor.status(0).virtualRouters[0]?.counters.dropped ?? {};
const holds = ({ kernel }: NodeMachine): boolean => kernel.addresses().includes("10.25.0.10/32");

/** What the first said last, as a packet for the second. */
function lastWordOf({ kernel }: NodeMachine): Uint8Array {
  const deed = kernel.deeds.findLast(({ kind }) => kind === "send");
  assert.ok(deed?.kind === "send");
  return deed.payload;
}

const toSecond = (payload: Uint8Array) => packet("10.25.0.11", "10.25.0.12", payload);

describe("node: authentication", () => {
  const modes: readonly (Authentication | undefined)[] = [
    undefined,
    signed("receive-only"),
    signed("permissive"),
    signed("enforce"),
  ];
  for (const first of modes) {
    for (const second of modes) {
      const signs = first !== undefined && first.mode !== "receive-only";
      const isHeard = second?.mode !== "enforce" || signs;
      it(`${second?.mode ?? "none"} ${isHeard ? "hears" : "does not hear"} ${first?.mode ?? "none"}`, () => {
        const { two } = pair(first, second);
        assert.deepEqual(Object.keys(dropsOf(two)), isHeard ? [] : ["auth-missing"]);
        assert.equal(holds(two), !isHeard);
      });
    }
  }

  it("hears nobody who has another key of the same id, nor one of an unknown id", () => {
    const wrong = { id: 1, secret: NEW.secret };
    assert.deepEqual(dropsOf(pair(signed("enforce", { keys: [wrong] }), signed("enforce")).two), { "auth-invalid": 2 });
    const unknown = signed("enforce", { keys: [NEW], active: 2 });
    assert.deepEqual(dropsOf(pair(unknown, signed("enforce")).two), { "auth-unknown-key": 2 });
  });

  it("refuses a bad signature even where none is needed", () => {
    const wrong = signed("permissive", { keys: [{ id: 1, secret: NEW.secret }] });
    assert.deepEqual(dropsOf(pair(wrong, signed("permissive")).two), { "auth-invalid": 2 });
  });

  it("is rolled out node by node, a mode after the other, without one refused advertisement", () => {
    const { one, two, segment } = pair(undefined, undefined);
    for (const mode of ["receive-only", "permissive", "enforce"] as const) {
      for (const [number, machine] of [
        [1, one],
        [2, two],
      ] as const) {
        machine.reactor.reconfigure(configured(number, signed(mode)), segment.nowMicros);
        segment.run(3 * SECOND);
      }
    }
    assert.deepEqual([dropsOf(one), dropsOf(two)], [{}, {}]);
    assert.deepEqual([holds(one), holds(two)], [true, false]);
  });

  it("changes the key that signs in two reconfigurations, and drops the old one in a third, whoever is first, without one refused advertisement", () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ] as const) {
      const { one, two, segment } = pair(signed("enforce"), signed("enforce"));
      const steps = [
        // The new key is accepted everywhere before anybody signs with it, and signs everywhere before the old one goes.
        signed("enforce", { keys: [OLD, NEW], active: 1 }),
        signed("enforce", { keys: [OLD, NEW], active: 2 }),
        signed("enforce", { keys: [NEW], active: 2 }),
      ];
      for (const step of steps) {
        for (const number of order) {
          const { reactor } = number === 1 ? one : two;
          reactor.reconfigure(configured(number, step), segment.nowMicros);
          segment.run(2.5 * SECOND);
        }
      }
      assert.deepEqual([dropsOf(one), dropsOf(two)], [{}, {}]);
      assert.deepEqual([holds(one), holds(two)], [true, false]);
    }
  });

  it("hears also while the master changes: the successor signs as well", () => {
    const { one, two, segment } = pair(signed("enforce"), signed("enforce"));
    one.reactor.shutdown(segment.nowMicros);
    segment.run(5 * SECOND);
    assert.deepEqual([dropsOf(one), dropsOf(two)], [{}, {}]);
    assert.deepEqual([holds(one), holds(two)], [false, true]);
  });
});

describe("node: authentication against who sends again what was sent before", () => {
  it("refuses a second copy, and it keeps no dead master alive", () => {
    const { one, two, segment } = pair(signed("enforce"), signed("enforce"));
    const recorded = lastWordOf(one);
    segment.passes = () => false;
    for (let count = 0; count < 4; count++) {
      two.reactor.receive(toSecond(recorded), segment.nowMicros);
      segment.run(SECOND);
    }
    assert.equal(dropsOf(two)["auth-replay"], 4);
    assert.equal(holds(two), true);
  });

  it("refuses what is older than the window, also by one that has just started and heard nothing yet", () => {
    const { one, segment } = pair(signed("enforce"), signed("enforce"));
    const recorded = lastWordOf(one);
    const late = node(2, signed("enforce"));
    late.reactor.start(0);
    late.kernel.wallMs += (segment.nowMicros + 60 * SECOND) / 1_000;
    late.reactor.receive(toSecond(recorded), 0);
    assert.deepEqual(dropsOf(late), { "auth-stale": 1 });
  });

  for (const mode of ["receive-only", "permissive"] as const) {
    it(`hears a master whose clock is far off, where it would hear an unsigned one, and says so: ${mode}`, () => {
      const { one, segment } = pair(signed("permissive"), signed("permissive"));
      const recorded = lastWordOf(one);
      const late = node(2, signed(mode));
      late.reactor.start(0);
      late.kernel.wallMs += (segment.nowMicros + 60 * SECOND) / 1_000;
      late.reactor.receive(toSecond(recorded), 0);
      assert.deepEqual(dropsOf(late), {});
      assert.equal(late.reactor.status(0).virtualRouters[0]?.masterAddress, "10.25.0.11");
      assert.ok(logged(late.reports, "warn").includes("clocks-apart"));
    });
  }

  it("refuses a copy after its keys were changed: what was heard stays heard", () => {
    const { one, two, segment } = pair(signed("enforce"), signed("enforce"));
    const recorded = lastWordOf(one);
    const both = signed("enforce", { keys: [OLD, NEW], active: 1 });
    two.reactor.reconfigure(configured(2, both), segment.nowMicros);
    two.reactor.receive(toSecond(recorded), segment.nowMicros);
    assert.deepEqual(dropsOf(two), { "auth-replay": 1 });
  });

  it("hears a sender whose clock was set back for as long as the sender itself runs", () => {
    const { two, one, segment } = pair(
      signed("enforce", { replay: "monotonic" }),
      signed("enforce", { replay: "monotonic" }),
    );
    const { wallClockMs } = Object.getPrototypeOf(one.kernel) as { wallClockMs: () => number };
    one.kernel.wallClockMs = () => wallClockMs.call(one.kernel) - 3_600_000;
    segment.run(5 * SECOND);
    assert.deepEqual(dropsOf(two), {});
  });

  it("never shows a key in a report or in its status", () => {
    const { one, two, segment } = pair(signed("enforce"), signed("permissive"));
    for (const { reactor, reports } of [one, two]) {
      const shown = reports.filter(({ kind }) => kind !== "standing");
      assert.ok(!JSON.stringify([shown, reactor.status(segment.nowMicros), reactor.recording()]).includes(OLD.secret));
    }
  });
});
