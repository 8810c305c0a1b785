import assert from "node:assert/strict";
import { ANSWER_MICROS } from "../../agent/election/solicitation.ts";
import { peerLostSkewMicros, skewTimeMicros } from "../../agent/election/timers.ts";
import { explain, roleOf } from "../../agent/election/vrrp/vrrpRouter.ts";
import { A, B, C, CONVERGED, clusterOf, lastIndexOf, MOST_DELAY, started } from "./group.ts";
import { DRAIN, demote, HAND_OVER, lost, READMIT, SECOND, STARTUP, SUCCEED } from "./scenario.ts";

const pair = { [A]: 200, [B]: 100 };
const three = { [A]: 150, [B]: 200, [C]: 100 };

describe("a group that hands over", () => {
  it("does so within Skew_Time, without an instant at which nobody answers, and leaves it there", () => {
    const cluster = started(pair);
    cluster.micros.noHolder = 0;
    cluster.give(A, HAND_OVER);
    cluster.runFor(skewTimeMicros(100, SECOND) + 2 * MOST_DELAY);
    assert.deepEqual(cluster.holders, [B]);
    cluster.runFor(60 * SECOND);
    assert.deepEqual([cluster.masters, cluster.holders], [[B], [B]]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("at once where the successor is told", () => {
    const cluster = started(three);
    cluster.micros.noHolder = 0;
    cluster.give(B, HAND_OVER);
    cluster.give(C, SUCCEED);
    cluster.runFor(2 * MOST_DELAY);
    assert.deepEqual(cluster.holders, [C]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("and back when the successor fails", () => {
    const cluster = started(pair);
    cluster.give(A, HAND_OVER);
    cluster.runFor(CONVERGED);
    cluster.powerOff(B);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
  });

  it("and back when the node is readmitted", () => {
    const cluster = started(pair);
    cluster.give(A, HAND_OVER);
    cluster.runFor(CONVERGED);
    cluster.give(A, READMIT);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
  });

  it("but not to nobody: the address stays", () => {
    const cluster = started(pair);
    cluster.powerOff(B);
    cluster.micros.noHolder = 0;
    cluster.give(A, HAND_OVER);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
    assert.equal(cluster.micros.noHolder, 0);
  });
});

describe("a group with a drained master", () => {
  it("goes on without it, and gives the address back when it is readmitted, without an instant without an answer", () => {
    const cluster = started(pair);
    cluster.micros.noHolder = 0;
    cluster.give(A, DRAIN);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [B]);
    assert.equal(roleOf(cluster.stateOf(A)), "initialize");
    cluster.give(A, READMIT);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
    assert.equal(cluster.micros.noHolder, 0);
  });
});

describe("a group with a demoted master", () => {
  it("moves the address to the better one and back, without an instant at which nobody answers", () => {
    const cluster = started(pair);
    cluster.micros.noHolder = 0;
    cluster.give(A, demote(120));
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [B]);
    cluster.give(A, demote(0));
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [A]);
    assert.equal(cluster.micros.noHolder, 0);
  });

  it("leaves it where it is when the demotion makes nobody better", () => {
    const cluster = started(pair);
    cluster.give(A, demote(99));
    cluster.runFor(10 * CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
  });
});

describe("a group that knows of a death", () => {
  it("replaces the master within a short skew, by the next best and nobody else", () => {
    const cluster = started(three);
    cluster.powerOff(B);
    cluster.give(C, lost(B));
    cluster.give(A, lost(B));
    cluster.runFor(ANSWER_MICROS + peerLostSkewMicros(150));
    assert.deepEqual(cluster.holders, [A]);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
    assert.ok(cluster.log.every(({ address, output }) => address !== C || output !== "acquire"));
  });

  it("S6 keeps its master when it was wrong, whoever may preempt whom", () => {
    const preferred = started(three);
    const worst = clusterOf(three, { preempt: false });
    for (const address of [C, A, B]) {
      worst.give(address, STARTUP);
      worst.runFor(CONVERGED);
    }
    for (const [cluster, master] of [
      [preferred, B],
      [worst, C],
    ] as const) {
      for (let round = 0; round < 100; round++) {
        for (const address of [A, B, C]) if (address !== master) cluster.give(address, lost(master));
        cluster.runFor(100_000);
        assert.deepEqual([cluster.masters, cluster.holders], [[master], [master]]);
      }
      assert.equal(cluster.micros.twoMasters, 0);
    }
  });

  it("S3 is not confused by a process that comes back with the addresses: the new master announces again", () => {
    const cluster = started(pair);
    cluster.give(B, lost(A));
    cluster.freeze(A);
    cluster.runFor(ANSWER_MICROS + peerLostSkewMicros(100));
    assert.deepEqual(cluster.masters, [B]);
    cluster.restart(A);
    cluster.thaw(A);
    cluster.runFor(SECOND + 2 * MOST_DELAY);
    assert.deepEqual(cluster.holders, [B]);
    const letGo = lastIndexOf(cluster, A, ["release"]);
    assert.ok(letGo >= 0);
    assert.ok(lastIndexOf(cluster, B, ["announce"]) > letGo);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
  });
});

describe("a process that was killed and comes back at once", () => {
  it("goes on as master, without an instant at which nobody answers", () => {
    const cluster = started(pair);
    cluster.micros.noHolder = 0;
    cluster.restart(A);
    cluster.runFor(CONVERGED);
    assert.deepEqual([cluster.masters, cluster.holders], [[A], [A]]);
    assert.equal(explain(cluster.stateOf(A)).latest?.reason, "resumed");
    assert.equal(cluster.micros.noHolder, 0);
    assert.ok(cluster.log.every(({ address, output }) => address !== B || output !== "acquire"));
  });
});

describe("a preempt delay", () => {
  it("keeps a better node that returns waiting, and no vacancy unfilled", () => {
    const cluster = started(pair, { preemptDelayMicros: 30 * SECOND });
    cluster.powerOff(A);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.holders, [B]);
    cluster.powerOn(A);
    cluster.runFor(30 * SECOND);
    assert.deepEqual(cluster.masters, [B]);
    cluster.runFor(CONVERGED);
    assert.deepEqual(cluster.masters, [A]);
  });
});
