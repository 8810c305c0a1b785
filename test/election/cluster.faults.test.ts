import assert from "node:assert/strict";
import fc from "fast-check";
import type { Cluster } from "./cluster.ts";
import { A, B, C, CONVERGED, clusterOf } from "./group.ts";
import { DRAIN, demote, HAND_OVER, lost, READMIT, SECOND, SHUTDOWN, STARTUP, SUCCEED } from "./scenario.ts";

const NODES = [A, B, C];

/** What befalls a node, and how that ends. */
const MISHAPS = { power: ["powerOff", "powerOn"], freeze: ["freeze", "thaw"], kill: ["restart", undefined] } as const;
/** What a node is told, and what after that. */
const ORDERS = {
  stop: [SHUTDOWN, STARTUP],
  drain: [DRAIN, READMIT],
  demote: [demote(120), demote(0)],
  handOver: [HAND_OVER, undefined],
  succeed: [SUCCEED, undefined],
} as const;

const node = fc.constantFrom(...NODES);
const faults = fc.oneof(
  fc.record({ kind: fc.constant("mishap" as const), what: fc.constantFrom(...Object.values(MISHAPS)), node }),
  fc.record({ kind: fc.constant("order" as const), what: fc.constantFrom(...Object.values(ORDERS)), node }),
  fc.record({ kind: fc.constantFrom("cut", "heal", "alarm"), node, other: node }),
);
const plans = fc.array(fc.record({ fault: faults, forMicros: fc.oneof(fc.nat(8 * SECOND), fc.nat(SECOND / 10)) }), {
  maxLength: 12,
});
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

/** Carries out a plan; afterwards everything works, and everybody may be master again. */
function suffer(cluster: Cluster, plan: Plan): void {
  for (const { fault, forMicros } of plan) {
    switch (fault.kind) {
      case "mishap": {
        const [begin, end] = fault.what;
        cluster[begin](fault.node);
        cluster.runFor(forMicros);
        if (end !== undefined) cluster[end](fault.node);
        break;
      }
      case "order": {
        const [first, second] = fault.what;
        cluster.give(fault.node, first);
        cluster.runFor(forMicros);
        if (second !== undefined) cluster.give(fault.node, second);
        break;
      }
      case "cut":
        cluster.cut(fault.node, fault.other);
        cluster.runFor(forMicros);
        break;
      case "heal":
        cluster.heal();
        cluster.runFor(forMicros);
        break;
      case "alarm":
        cluster.give(fault.node, lost(fault.other));
        cluster.runFor(forMicros);
        break;
    }
  }
  cluster.heal();
  cluster.segment.loss = 0;
  for (const address of NODES) cluster.give(address, READMIT);
}

describe("three VRRP routers, whatever goes wrong", () => {
  it("S2, S5 have one master, the best, once it is over", () => {
    const loss = fc.constantFrom(0, 0.1, 0.5);
    fc.assert(
      fc.property(plans, fc.nat(), loss, fc.boolean(), fc.boolean(), (plan, seed, loss, preempt, patient) => {
        const changes = { preempt, preemptDelayMicros: patient ? 5 * SECOND : 0 };
        const cluster = clusterOf({ [A]: 150, [B]: 200, [C]: 100 }, changes, seed);
        for (const address of NODES) cluster.give(address, STARTUP);
        cluster.segment.loss = loss;
        suffer(cluster, plan);
        cluster.runFor(4 * CONVERGED + changes.preemptDelayMicros);
        assert.equal(cluster.masters.length, 1);
        assert.deepEqual(cluster.holders, cluster.masters);
        if (preempt) assert.deepEqual(cluster.masters, [B]);
        cluster.micros.twoMasters = 0;
        cluster.micros.noHolder = 0;
        const master = cluster.masters;
        cluster.runFor(60 * SECOND);
        assert.deepEqual(cluster.masters, master);
        assert.deepEqual(cluster.micros, { twoMasters: 0, noHolder: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
