import assert from "node:assert/strict";
import fc from "fast-check";
import type { CarpHostConfig } from "../../agent/election/carp/carpHost.ts";
import { CarpCluster } from "./carpHostCluster.ts";
import type { ForeignConfig } from "./carpHostForeign.ts";
import { configured, demote, SECOND, SHUTDOWN } from "./carpHostScenario.ts";

const OWN = "10.25.0.11";
const OTHER = "10.25.0.12";
const CONVERGED = 5 * SECOND;
const SYSTEMS = ["openbsd", "ucarp"] as const satisfies readonly ForeignConfig["system"][];

function foreign(system: ForeignConfig["system"], changes: Partial<ForeignConfig> = {}): ForeignConfig {
  return { system, address: OTHER, advertisementBase: 1, advertisementSkew: 100, preempt: true, ...changes };
}

/** A host of this agent, in the dialect of the other, and that one. */
function pairOf(
  system: ForeignConfig["system"],
  own: Partial<CarpHostConfig>,
  other: Partial<ForeignConfig>,
  seed = 1,
) {
  const { address } = foreign(system, other);
  return new CarpCluster([configured({ dialect: system, peers: [address], ...own }), foreign(system, other)], seed);
}

/** What happened to the group: one master that stays it for a minute. */
function settled(cluster: CarpCluster): string {
  Object.assign(cluster.micros, { twoMasters: 0, noHolder: 0 });
  const [master, ...others] = cluster.masters;
  assert.ok(master !== undefined);
  assert.deepEqual(others, []);
  cluster.runFor(60 * SECOND);
  assert.deepEqual(cluster.masters, [master]);
  assert.deepEqual(cluster.micros, { twoMasters: 0, noHolder: 0 });
  return master;
}

for (const system of SYSTEMS) {
  describe(`a CARP host beside one of ${system}`, () => {
    it("is master when it is preferred, and backup when it is not [C6-s]", () => {
      for (const [skew, winner] of [
        [0, OWN],
        [200, OTHER],
      ] as const) {
        const cluster = pairOf(system, { advertisementSkew: skew }, {});
        cluster.start();
        cluster.runFor(CONVERGED);
        assert.equal(settled(cluster), winner);
      }
    });

    it("preempts it and is preempted", () => {
      for (const [skew, first, winner] of [
        [0, OTHER, OWN],
        [200, OWN, OTHER],
      ] as const) {
        const cluster = pairOf(system, { advertisementSkew: skew }, {});
        cluster.start(first);
        cluster.runFor(CONVERGED);
        assert.deepEqual(cluster.masters, [first]);
        cluster.start(winner);
        cluster.runFor(CONVERGED);
        assert.equal(settled(cluster), winner);
      }
    });

    it("settles with an equal one, whatever the addresses, the phase and the delays [C6-v C6-j]", () => {
      const addresses = fc.constantFrom("10.25.0.3", "10.25.0.200", "10.25.1.2", "10.26.0.11");
      const skews = fc.constantFrom(0, 50, 254);
      const apart = fc.oneof(fc.nat(1_000), fc.nat(2 * SECOND));
      fc.assert(
        fc.property(addresses, skews, apart, fc.boolean(), fc.nat(), (address, skew, apart, ownFirst, seed) => {
          const cluster = pairOf(system, { advertisementSkew: skew }, { address, advertisementSkew: skew }, seed);
          cluster.start(ownFirst ? OWN : address);
          cluster.runFor(apart);
          cluster.start(ownFirst ? address : OWN);
          cluster.runFor(2 * CONVERGED);
          settled(cluster);
        }),
      );
    });

    it("hands over to it at a shutdown, without an instant at which nobody answers [C6-q C6-r]", () => {
      const cluster = pairOf(system, { advertisementSkew: 0 }, {});
      cluster.start();
      cluster.runFor(CONVERGED);
      cluster.micros.noHolder = 0;
      cluster.give(OWN, SHUTDOWN);
      cluster.runFor(1_000);
      assert.deepEqual(cluster.holders, [OTHER]);
      assert.equal(cluster.micros.noHolder, 0);
    });

    it("takes over from it when it stops [C6-r]", () => {
      const cluster = pairOf(system, { advertisementSkew: 200 }, {});
      cluster.start();
      cluster.runFor(CONVERGED);
      cluster.have(OTHER, (host) => {
        host.stop();
      });
      cluster.runFor(system === "openbsd" ? 20_000 : 4 * SECOND);
      assert.equal(settled(cluster), OWN);
    });

    it("heals a split with it in every phase", () => {
      for (const skew of [0, 200]) {
        for (let phase = 0; phase < 1_800_000; phase += 45_000) {
          const cluster = pairOf(system, { advertisementSkew: skew }, {}, phase);
          cluster.start();
          cluster.partition();
          cluster.runFor(CONVERGED + phase);
          assert.deepEqual(cluster.masters, [OWN, OTHER]);
          cluster.heal();
          cluster.runFor(2 * SECOND);
          assert.equal(settled(cluster), skew === 0 ? OWN : OTHER);
        }
      }
    });
  });
}

describe("demotion between a CARP host and one of OpenBSD", () => {
  const pair = (preempt: boolean) => {
    const cluster = pairOf("openbsd", { advertisementSkew: 0, preempt }, { preempt });
    cluster.start();
    cluster.runFor(CONVERGED);
    return cluster;
  };

  it("makes the other take over at once, without preempt mode, too [C6-t C7-d]", () => {
    for (const preempt of [true, false]) {
      const cluster = pair(preempt);
      cluster.give(OWN, demote(1));
      cluster.runFor(1_000);
      assert.equal(settled(cluster), OTHER);
    }
  });

  it("is heard from the other [C6-e]", () => {
    const cluster = pair(false);
    cluster.give(OWN, demote(1));
    cluster.runFor(CONVERGED);
    cluster.give(OWN, demote(0));
    cluster.runFor(CONVERGED);
    assert.equal(settled(cluster), OTHER);
    cluster.have(OTHER, (host, nowMicros) => {
      host.demote(2, nowMicros);
    });
    cluster.runFor(1_000);
    assert.equal(settled(cluster), OWN);
  });
});

describe("a group of hosts of this agent, of OpenBSD and of ucarp", () => {
  it("has one master in the end, the preferred, whatever was lost on the way", () => {
    const skews = fc.uniqueArray(fc.nat(254), { minLength: 3, maxLength: 3 });
    const dialects = fc.constantFrom(...SYSTEMS);
    fc.assert(
      fc.property(skews, dialects, fc.nat(), fc.nat(10 * SECOND), (skews, dialect, seed, splitFor) => {
        const [own = 0, openbsd = 0, ucarp = 0] = skews;
        const third = "10.25.0.13";
        const configs = [
          configured({ dialect, advertisementSkew: own, peers: [OTHER, third] }),
          foreign("openbsd", { advertisementSkew: openbsd }),
          foreign("ucarp", { advertisementSkew: ucarp, address: third }),
        ];
        const cluster = new CarpCluster(configs, seed);
        cluster.loss = 0.3;
        cluster.start();
        cluster.runFor(2 * CONVERGED);
        cluster.partition();
        cluster.runFor(splitFor);
        cluster.heal();
        cluster.loss = 0;
        cluster.runFor(3 * CONVERGED);
        const best = [OWN, OTHER, third][skews.indexOf(Math.min(...skews))];
        assert.equal(settled(cluster), best);
      }),
    );
  });
});
