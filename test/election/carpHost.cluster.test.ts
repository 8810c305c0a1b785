import assert from "node:assert/strict";
import fc from "fast-check";
import type { CarpDialect, CarpHostConfig } from "../../agent/election/carp/carpHost.ts";
import { CarpCluster } from "./carpHostCluster.ts";
import {
  configured,
  demote,
  HAND_OVER,
  HOLD_BACK,
  READMIT,
  reconfigure,
  SECOND,
  SHUTDOWN,
} from "./carpHostScenario.ts";

const A = "10.25.0.11";
const B = "10.25.0.12";
const C = "10.25.0.13";
/** The longest master-down timeout of base 1, a second for what follows, and no packet is on its way then. */
const CONVERGED = 5_010_000;
const MOST_DELAY = 500;

type Skews = Readonly<Record<string, number>>;

/** A group of this agent's hosts with the given skews. */
function clusterOf(skews: Skews, changes: Partial<CarpHostConfig> = {}, seed = 1): CarpCluster {
  const addresses = Object.keys(skews);
  const configs = Object.entries(skews).map(([sourceAddress, advertisementSkew]) =>
    configured({
      sourceAddress,
      advertisementSkew,
      peers: addresses.filter((peer) => peer !== sourceAddress),
      ...changes,
    }),
  );
  return new CarpCluster(configs, seed);
}

/** The same after everybody was started and had the time to agree, the gauges at 0. */
function started(...options: Parameters<typeof clusterOf>): CarpCluster {
  const cluster = clusterOf(...options);
  cluster.start();
  cluster.runFor(CONVERGED);
  Object.assign(cluster.micros, { twoMasters: 0, noHolder: 0 });
  return cluster;
}

function didAcquire(cluster: CarpCluster): string[] {
  return cluster.log.filter(({ output }) => output === "acquire").map(({ address }) => address);
}

for (const dialect of ["openbsd", "ucarp"] as const satisfies readonly CarpDialect[]) {
  describe(`two CARP hosts in the dialect ${dialect}`, () => {
    const pair = (changes: Partial<CarpHostConfig> = {}) => started({ [A]: 0, [B]: 100 }, { dialect, ...changes });

    it("elect the one of lower skew after its own three bases, and nobody else was master before [C6-s:+]", () => {
      const cluster = pair();
      assert.deepEqual(cluster.masters, [A]);
      const first = cluster.log.find(({ output }) => output === "acquire");
      assert.deepEqual([first?.address, first?.atMicros], [A, 3 * SECOND]);
      assert.deepEqual(didAcquire(cluster), [A]);
    });

    it("leave the role where it is without preempt mode [C6-s:-]", () => {
      const cluster = clusterOf({ [A]: 0, [B]: 100 }, { dialect, preempt: false });
      cluster.start(B);
      cluster.runFor(CONVERGED);
      cluster.start(A);
      cluster.runFor(10 * CONVERGED);
      assert.deepEqual(cluster.masters, [B]);
    });

    it("give it to the preferred host that comes later, without an instant at which nobody answers", () => {
      const cluster = clusterOf({ [A]: 0, [B]: 100 }, { dialect });
      cluster.start(B);
      cluster.runFor(CONVERGED);
      cluster.micros.noHolder = 0;
      cluster.start(A);
      cluster.runFor(2 * SECOND);
      assert.deepEqual(cluster.holders, [A]);
      assert.equal(cluster.micros.noHolder, 0);
    });

    it("replace a master that lost its power within three bases and the skew", () => {
      const cluster = pair();
      cluster.powerOff(A);
      cluster.runFor(3 * SECOND + 390_625);
      assert.deepEqual(cluster.holders, [B]);
    });

    it("hand over at a shutdown within 20 ms, without an instant at which nobody answers [C6-q C6-r]", () => {
      for (const advertisementBase of [0, 1, 200]) {
        const cluster = clusterOf({ [A]: 1, [B]: 100 }, { dialect, advertisementBase });
        cluster.start();
        cluster.runFor((3 * advertisementBase + 4) * SECOND);
        cluster.micros.noHolder = 0;
        cluster.give(A, SHUTDOWN);
        cluster.runFor(20_000);
        assert.deepEqual(cluster.holders, [B]);
        assert.equal(cluster.micros.noHolder, 0);
      }
    });

    it("hand over on demand and stay that way, until the first is readmitted", () => {
      const cluster = pair();
      cluster.give(A, HAND_OVER);
      cluster.runFor(10 * CONVERGED);
      assert.deepEqual(cluster.holders, [B]);
      cluster.give(A, READMIT);
      cluster.runFor(2 * SECOND);
      assert.deepEqual(cluster.holders, [A]);
      assert.equal(cluster.micros.noHolder, 0);
    });

    it("swap roles when the master is demoted and when that is over, without an instant at which nobody answers [C7-d C7-h]", () => {
      const cluster = pair();
      cluster.give(A, demote(150));
      cluster.runFor(2 * MOST_DELAY);
      assert.deepEqual(cluster.masters, [B]);
      cluster.give(A, demote(0));
      cluster.runFor(2 * SECOND);
      assert.deepEqual(cluster.masters, [A]);
      assert.equal(cluster.micros.noHolder, 0);
    });

    it("are held back and readmitted", () => {
      const cluster = pair();
      cluster.give(A, HOLD_BACK);
      cluster.give(B, HOLD_BACK);
      cluster.runFor(10 * CONVERGED);
      assert.deepEqual(cluster.holders, []);
      cluster.give(B, READMIT);
      cluster.runFor(CONVERGED);
      assert.deepEqual(cluster.holders, [B]);
    });

    it("heal a split in every phase: one master, which announces after the other let go [C6-k]", () => {
      for (let phase = 0; phase < 1_400_000; phase += 35_000) {
        const cluster = pair();
        cluster.partition();
        cluster.runFor(CONVERGED + phase);
        assert.deepEqual(cluster.masters, [A, B]);
        cluster.heal();
        cluster.runFor(SECOND + 4 * MOST_DELAY);
        assert.deepEqual(cluster.holders, [A], `phase ${phase}`);
        const lastOf = (address: string, output: string) =>
          cluster.log.findLastIndex((entry) => entry.address === address && entry.output === output);
        assert.ok(lastOf(A, "announce") > lastOf(B, "release"), `phase ${phase}`);
      }
    });

    it("settle for one of two equals, started together or apart, whatever their addresses [C6-v C6-j]", () => {
      for (const other of ["10.25.0.3", "10.25.0.200", "10.25.1.2", "10.26.0.11"]) {
        for (const apart of [0, 1, 100, 1_000, 10_000, SECOND]) {
          const cluster = clusterOf({ [A]: 50, [other]: 50 }, { dialect }, apart);
          cluster.start(A);
          cluster.runFor(apart);
          cluster.start(other);
          cluster.runFor(CONVERGED);
          assert.equal(cluster.masters.length, 1);
          const changes = cluster.log.filter(({ output }) => output.includes("->")).length;
          cluster.runFor(10 * CONVERGED);
          assert.equal(cluster.log.filter(({ output }) => output.includes("->")).length, changes);
        }
      }
    });

    it("do not notice that the master is frozen for a moment", () => {
      const cluster = pair();
      const before = cluster.log.length;
      cluster.freeze(A);
      cluster.runFor(2 * SECOND);
      cluster.thaw(A);
      cluster.runFor(CONVERGED);
      assert.ok(cluster.log.slice(before).every(({ output }) => output === "send 1/0"));
    });

    it("survive that the master is frozen for long: it makes way at once, and is back when it has listened", () => {
      for (const seconds of [4, 5, 30]) {
        const cluster = pair();
        cluster.freeze(A);
        cluster.runFor(seconds * SECOND);
        const before = cluster.log.length;
        cluster.thaw(A);
        assert.deepEqual(cluster.holders, [B], `${seconds} s`);
        cluster.runFor(CONVERGED);
        const roles = cluster.log.slice(before).filter(({ address, output }) => address === A && output.includes("->"));
        assert.deepEqual(
          roles.map(({ output }) => output),
          ["master -> resuming: stalled", "resuming -> backup: successor-heard", "backup -> master: preempted"],
        );
      }
    });

    it("survive that the agent of the master is started anew: the addresses stay where they are", () => {
      const cluster = pair();
      cluster.restart(A);
      cluster.runFor(CONVERGED);
      assert.deepEqual(cluster.holders, [A]);
      assert.deepEqual(cluster.micros, { twoMasters: 0, noHolder: 0 });
    });
  });
}

describe("three CARP hosts", () => {
  const skews = { [A]: 50, [B]: 0, [C]: 100 };

  it("hand over to the next at a shutdown, while the last keeps still", () => {
    const cluster = started(skews);
    cluster.give(B, SHUTDOWN);
    cluster.runFor(CONVERGED);
    assert.deepEqual(didAcquire(cluster), [B, A]);
    assert.deepEqual(cluster.micros, { twoMasters: 0, noHolder: 0 });
  });

  it("have one new master when the peer link tells both others that it is dead", () => {
    const cluster = started(skews);
    cluster.powerOff(B);
    for (const address of [C, A]) cluster.give(address, { kind: "peer-lost", from: B });
    cluster.runFor(35_000);
    assert.deepEqual(cluster.holders, [A]);
    assert.deepEqual(didAcquire(cluster), [B, A]);
  });

  it("keep the one that they have when the peer link was wrong", () => {
    const cluster = started(skews);
    for (let round = 0; round < 100; round++) {
      for (const address of [C, A]) cluster.give(address, { kind: "peer-lost", from: B });
      cluster.runFor(100_000);
    }
    assert.deepEqual(didAcquire(cluster), [B]);
  });

  it("heal a split without calling the one in between into office", () => {
    const cluster = started(skews);
    for (const [from, to] of [
      [B, C],
      [C, B],
      [A, C],
      [C, A],
    ] as const)
      cluster.cut(from, to);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [B, C]);
    cluster.heal();
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [B]);
    assert.deepEqual(didAcquire(cluster), [B, C]);
  });

  it("follow a new configuration: advskew 254 steps down", () => {
    const cluster = started(skews);
    cluster.give(B, reconfigure({ sourceAddress: B, peers: [A, C], advertisementSkew: 254 }));
    cluster.runFor(2 * SECOND);
    assert.deepEqual(cluster.holders, [A]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("have one master, the preferred, once the faults are over, whatever they were", () => {
    const hosts = fc.constantFrom(A, B, C);
    const faults = fc.array(
      fc.record({
        kind: fc.constantFrom("power", "freeze", "cut", "heal", "restart", "shutdown", "hand-over", "demote", "hold"),
        host: hosts,
        other: hosts,
        forMicros: fc.nat(8 * SECOND),
      }),
      { maxLength: 12 },
    );
    const dialects = fc.constantFrom<CarpDialect>("openbsd", "ucarp");
    const losses = fc.constantFrom(0, 0.1, 0.5);
    fc.assert(
      fc.property(faults, fc.nat(), losses, fc.boolean(), dialects, (plan, seed, loss, preempt, dialect) => {
        const cluster = clusterOf(skews, { preempt, dialect }, seed);
        cluster.start();
        cluster.loss = loss;
        for (const { kind, host, other, forMicros } of plan) {
          if (kind === "power") cluster.powerOff(host);
          if (kind === "freeze") cluster.freeze(host);
          if (kind === "cut") cluster.cut(host, other);
          if (kind === "heal") cluster.heal();
          if (kind === "restart") cluster.restart(host);
          if (kind === "shutdown") cluster.give(host, SHUTDOWN);
          if (kind === "hand-over") cluster.give(host, HAND_OVER);
          if (kind === "demote") cluster.give(host, demote(20));
          if (kind === "hold") cluster.give(host, HOLD_BACK);
          cluster.runFor(forMicros);
          if (kind === "power") cluster.powerOn(host);
          if (kind === "freeze") cluster.thaw(host);
          if (kind === "shutdown") cluster.start(host);
          if (kind === "demote") cluster.give(host, demote(0));
          if (kind === "hold") cluster.give(host, READMIT);
        }
        cluster.heal();
        cluster.loss = 0;
        for (const address of [A, B, C]) cluster.give(address, READMIT);
        cluster.runFor(2 * CONVERGED);
        assert.equal(cluster.masters.length, 1);
        assert.deepEqual(cluster.holders, cluster.masters);
        if (preempt) assert.deepEqual(cluster.masters, [B]);
        Object.assign(cluster.micros, { twoMasters: 0, noHolder: 0 });
        cluster.runFor(60 * SECOND);
        assert.deepEqual(cluster.micros, { twoMasters: 0, noHolder: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
