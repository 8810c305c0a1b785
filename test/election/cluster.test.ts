import assert from "node:assert/strict";
import { activeDownIntervalMicros, listenIntervalMicros, skewTimeMicros } from "../../agent/election/timers.ts";
import { explain, roleOf } from "../../agent/election/vrrp/vrrpRouter.ts";
import { A, B, C, CONVERGED, clusterOf, lastIndexOf, MOST_DELAY, started } from "./group.ts";
import { reconfigure, SECOND, SHUTDOWN, STARTUP } from "./scenario.ts";

describe("two VRRP routers", () => {
  it("elect the one of higher priority, and nobody else was master before", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    assert.deepEqual(cluster.masters, [A]);
    assert.deepEqual(
      cluster.log.filter(({ output }) => output.includes("-> master")).map(({ address }) => address),
      [A],
    );
    assert.equal(explain(cluster.stateOf(B)).masterAddress, A);
  });

  it("elect the higher address among equal priorities", () => {
    assert.deepEqual(started({ [A]: 100, [B]: 100 }).masters, [B]);
  });

  it("replace a master that lost its power within three intervals and Skew_Time", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    cluster.powerOff(A);
    cluster.runFor(activeDownIntervalMicros(100, SECOND));
    assert.deepEqual(cluster.holders, [B]);
  });

  it("hand over on a shutdown within Skew_Time, without an instant at which nobody answers", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    cluster.micros.noHolder = 0;
    cluster.give(A, SHUTDOWN);
    cluster.runFor(skewTimeMicros(100, SECOND) + 2 * MOST_DELAY);
    assert.deepEqual(cluster.holders, [B]);
    assert.equal(roleOf(cluster.stateOf(A)), "initialize");
    assert.equal(explain(cluster.stateOf(A)).latest?.reason, "successor-heard");
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("give the address back to a higher priority that returns, without an instant at which nobody answers", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    cluster.powerOff(A);
    cluster.runFor(CONVERGED);
    cluster.micros.noHolder = 0;
    cluster.powerOn(A);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("S6 leave it where it is without preemption", () => {
    const cluster = started({ [A]: 200, [B]: 100 }, { preempt: false });
    cluster.powerOff(A);
    cluster.runFor(CONVERGED);
    cluster.powerOn(A);
    cluster.runFor(10 * CONVERGED);
    assert.deepEqual(cluster.masters, [B]);
  });

  it("follow a changed priority without an instant at which nobody answers", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    cluster.micros.noHolder = 0;
    cluster.give(A, reconfigure({ sourceAddress: A, peers: [B], priority: 50 }));
    assert.deepEqual(cluster.masters, [A]);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [B]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("S3 heal a split in every phase: one master, which announces after the other let go", () => {
    for (let phase = 0; phase < SECOND; phase += 25_000) {
      const cluster = started({ [A]: 200, [B]: 100 });
      cluster.partition();
      cluster.runFor(CONVERGED + phase);
      assert.deepEqual(cluster.masters, [A, B]);
      cluster.heal();
      cluster.runFor(SECOND + 4 * MOST_DELAY);
      assert.deepEqual(cluster.holders, [A], `phase ${phase}`);
      const letGo = lastIndexOf(cluster, B, ["release"]);
      assert.ok(letGo >= 0);
      assert.ok(lastIndexOf(cluster, A, ["announce", "acquire"]) > letGo, `phase ${phase}`);
    }
  });

  it("are both master while only one hears the other, and one again when that is over", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    cluster.cut(A, B);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [A, B]);
    cluster.heal();
    cluster.runFor(SECOND + 4 * MOST_DELAY);
    assert.deepEqual(cluster.masters, [A]);
  });

  it("[5.2.7-c] with unequal intervals have one master in the end, because the interval is learned", () => {
    const cluster = clusterOf({ [A]: 200, [B]: 100 });
    cluster.give(
      A,
      reconfigure({ sourceAddress: A, peers: [B], priority: 200, advertisementIntervalMicros: 5 * SECOND }),
    );
    for (const address of [A, B]) cluster.give(address, STARTUP);
    cluster.runFor(5 * CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
    assert.ok(cluster.log.some(({ address, output }) => address === B && output === `notice interval-mismatch ${A}`));
    cluster.micros.twoMasters = 0;
    cluster.runFor(60 * SECOND);
    assert.deepEqual([cluster.masters, cluster.micros.twoMasters], [[A], 0]);
    assert.equal(explain(cluster.stateOf(B)).learnedIntervalMicros, 5 * SECOND);
  });

  it("do not notice that the master is frozen for a moment", () => {
    const cluster = started({ [A]: 200, [B]: 100 });
    const before = cluster.log.length;
    cluster.freeze(A);
    cluster.runFor(2 * SECOND);
    cluster.thaw(A);
    cluster.runFor(CONVERGED);
    assert.ok(cluster.log.slice(before).every(({ output }) => output === "send 200"));
  });

  for (const seconds of [4, 5, 30]) {
    it(`S10 survive that the master is frozen for ${seconds} s: it does not speak before it listened`, () => {
      const cluster = started({ [A]: 200, [B]: 100 });
      cluster.freeze(A);
      cluster.runFor(seconds * SECOND);
      assert.deepEqual(cluster.masters, [B]);
      const [before, thawedMicros] = [cluster.log.length, cluster.nowMicros];
      cluster.thaw(A);
      cluster.runFor(CONVERGED);
      const said = cluster.log.slice(before).filter(({ address }) => address === A);
      assert.deepEqual(
        said.slice(0, 7).map(({ output }) => output),
        [
          "master -> resuming: stalled",
          "resuming -> backup: successor-heard",
          "release",
          "send 0",
          "backup -> master: master-down",
          "send 200",
          "acquire",
        ],
      );
      const spoke = said.find(({ output }) => output === "send 200");
      assert.ok(spoke !== undefined && spoke.atMicros >= thawedMicros + listenIntervalMicros(200, SECOND));
      assert.deepEqual(cluster.holders, [A]);
    });
  }

  it("S10 survive that the backup is frozen: it never takes over from a living master", () => {
    for (const seconds of [1, 3, 3.7, 4.5, 20]) {
      const cluster = started({ [A]: 200, [B]: 100 });
      cluster.freeze(B);
      cluster.runFor(seconds * SECOND);
      cluster.thaw(B);
      cluster.runFor(CONVERGED);
      assert.ok(
        cluster.log.every(({ address, output }) => address !== B || output !== "acquire"),
        `${seconds} s`,
      );
    }
  });
});

describe("three VRRP routers", () => {
  const priorities = { [A]: 150, [B]: 200, [C]: 100 };

  it("replace a master by the next, and that by the last", () => {
    const cluster = started(priorities);
    const order = [cluster.masters];
    for (const gone of [B, A]) {
      cluster.powerOff(gone);
      cluster.runFor(CONVERGED);
      order.push(cluster.masters);
    }
    assert.deepEqual(order, [[B], [A], [C]]);
  });

  it("hand over on a shutdown to the next, while the last keeps still", () => {
    const cluster = started(priorities);
    cluster.micros.noHolder = 0;
    cluster.give(B, SHUTDOWN);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
    assert.equal(cluster.micros.noHolder, 0);
    assert.ok(cluster.log.every(({ address, output }) => address !== C || output !== "acquire"));
  });
});
