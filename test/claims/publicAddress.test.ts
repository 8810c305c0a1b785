/** When a public address is asked about and moved: the machine, event by event. */
import assert from "node:assert/strict";
import { pauseMicros } from "../../agent/publicAddress/backoff.ts";
import { ALONE } from "../../agent/publicAddress/groupView.ts";
import {
  deadlineOf,
  LOOK_MICROS,
  MOVE_DEADLINE_MICROS,
  STALE_MICROS,
  VERIFY_MICROS,
} from "../../agent/publicAddress/routeController.ts";
import {
  at,
  Driven,
  failure,
  holder,
  MASTERSHIP,
  MINUTE,
  NO_MASTERSHIP,
  pendingAt,
  SECOND,
  TICK,
} from "./drivenAddress.ts";

describe("a public address, idle", () => {
  it("is looked at at once and every 30 s, and never moved", () => {
    const driven = new Driven();
    assert.deepEqual(driven.step(TICK), ["read"]);
    assert.deepEqual(driven.step(at(null)), []);
    assert.equal(deadlineOf(driven.state), LOOK_MICROS);
    assert.deepEqual(driven.later(1).step(TICK), []);
    assert.deepEqual(driven.wait(), ["read"]);
    assert.deepEqual(driven.step(at("stranger")), []);
  });
});

describe("a new master", () => {
  it("reads, moves, waits out the move and holds", () => {
    const driven = new Driven();
    assert.deepEqual(driven.step(MASTERSHIP), ["read"]);
    assert.deepEqual(driven.step(at("other")), ["moving", "move"]);
    assert.deepEqual(driven.step(pendingAt("other")), []);
    assert.deepEqual(driven.wait(), ["read"]);
    assert.deepEqual(driven.step(pendingAt("me")), [], "routed here, but not done");
    assert.deepEqual(driven.wait(), ["read"]);
    assert.deepEqual(driven.step(at("me")), ["held"]);
  });

  it("looks again soon after the first good answer, which may be of before another's move", () => {
    const driven = new Driven();
    driven.steps(MASTERSHIP, at("me"));
    assert.equal(deadlineOf(driven.state), VERIFY_MICROS);
    driven.wait();
    driven.step(at("me"));
    assert.equal((deadlineOf(driven.state) ?? 0) - driven.now, LOOK_MICROS);
  });

  it("moves nothing when it has the address already", () => {
    assert.deepEqual(new Driven().steps(MASTERSHIP, at("me")), ["held"]);
  });

  it("asks whoever had it nothing: a machine that is gone, or none", () => {
    for (const to of ["deleted-long-ago", null]) {
      assert.deepEqual(new Driven(ALONE).steps(MASTERSHIP, at(to)), ["moving", "move"]);
    }
  });

  it("uses the answer of a look that was under way, and has one call at a time", () => {
    const driven = new Driven();
    driven.step(TICK);
    assert.deepEqual(driven.step(MASTERSHIP), []);
    assert.deepEqual(driven.step(at("other")), ["moving", "move"]);
  });

  it("waits for a move that another began, and looks ever more seldom", () => {
    const driven = new Driven();
    driven.step(MASTERSHIP);
    const pauses: number[] = [];
    for (let look = 0; look < 12; look++) {
      driven.step(pendingAt("other"));
      pauses.push((deadlineOf(driven.state) ?? 0) - driven.now);
      driven.wait();
    }
    assert.deepEqual(
      pauses,
      [...pauses].sort((a, b) => a - b),
    );
    assert.equal(pauses[0], 500_000);
    assert.equal(pauses.at(-1), 5 * SECOND);
    assert.deepEqual(driven.step(at("other")), ["moving", "move"]);
  });

  it("asks again after 120 s of a move that does not end", () => {
    const driven = new Driven();
    driven.steps(MASTERSHIP, at("other"), pendingAt("other"));
    const asked: number[] = [];
    while (asked.length === 0) {
      driven.wait();
      if (driven.step(pendingAt("other")).includes("move")) asked.push(driven.now);
    }
    assert.ok(
      (asked[0] ?? 0) >= MOVE_DEADLINE_MICROS && (asked[0] ?? 0) < MOVE_DEADLINE_MICROS + 6 * SECOND,
      `${asked[0]}`,
    );
  });

  it("does not believe at once that a move was lost: the answer may be of before it", () => {
    const driven = new Driven();
    driven.steps(MASTERSHIP, at("other"), at("other"));
    assert.equal(driven.state.phase.kind, "moving");
    driven.later(STALE_MICROS).wait();
    assert.deepEqual(driven.step(at("other")), ["moving", "move"], "lost: asked for again");
  });

  it("reads again after a move that failed, and moves again unless it was done", () => {
    for (const kind of ["unreachable", "broken", "not-ready"] as const) {
      const lost = new Driven();
      lost.steps(MASTERSHIP, at("other"));
      assert.deepEqual(lost.step(failure(kind)), ["trouble"]);
      assert.deepEqual(lost.wait(), ["read"]);
      assert.deepEqual(lost.step(at("other")), ["recovered", "moving", "move"]);
      const done = new Driven();
      done.steps(MASTERSHIP, at("other"), failure(kind));
      done.wait();
      assert.deepEqual(done.step(at("me")), ["recovered", "held"]);
    }
  });

  it("never gives up, and waits ever longer between attempts", () => {
    for (const kind of ["unreachable", "broken", "busy", "not-ready", "refused", "missing"] as const) {
      const driven = new Driven();
      driven.step(MASTERSHIP);
      let calls = 0;
      while (driven.now < 60 * MINUTE) {
        driven.step(failure(kind));
        while (driven.state.call === "none") driven.wait();
        calls += 1;
      }
      assert.ok(calls >= 55 && calls < 600, `${kind}: ${calls} calls in an hour`);
      const words = driven.step(at("me"));
      assert.deepEqual(words.slice(0, 2), ["recovered", "held"]);
    }
  });

  it("waits as long as the API wants to be left alone", () => {
    const driven = new Driven();
    driven.step(MASTERSHIP);
    driven.step({
      kind: "failed",
      failure: { kind: "busy", message: "429", retryAfterMicros: 20 * SECOND },
      chance: 0,
    });
    assert.equal(deadlineOf(driven.state), 20 * SECOND);
  });

  it("waits at least its own pause and at most a minute, whatever the API says", () => {
    for (const kind of ["unreachable", "broken", "busy", "not-ready", "refused", "missing"] as const) {
      for (const retryAfterMicros of [-1, 0, 1, 1e9, 3_600e6, 2 ** 31 * 1_000, Number.MAX_VALUE, Infinity]) {
        for (const chance of [0, 0.5, 1]) {
          for (const failures of [1, 10, 10_000]) {
            const latest = { kind, message: "no", retryAfterMicros };
            const pause = pauseMicros({ failures, latest, outOfReachSinceMicros: undefined }, chance);
            const words = `${kind}, ${retryAfterMicros}, ${failures} failures: ${pause}`;
            assert.ok(Number.isSafeInteger(pause) && pause >= 0.4 * SECOND && pause <= MINUTE, words);
          }
        }
      }
    }
  });

  it("does not wait out the pause that its idleness had come to", () => {
    const driven = new Driven();
    driven.step(TICK);
    for (let count = 0; count < 8; count++) {
      driven.step(failure("unreachable"));
      driven.wait();
    }
    driven.step(failure("unreachable"));
    assert.deepEqual(driven.step(MASTERSHIP), ["read"]);
    driven.step(failure("unreachable"));
    assert.ok((deadlineOf(driven.state) ?? 0) - driven.now <= 1_200_000);
  });
});

describe("a role that is over", () => {
  it("aborts a move, and nothing is said of how it ends", () => {
    const driven = new Driven();
    driven.steps(MASTERSHIP, at("other"));
    assert.deepEqual(driven.step(NO_MASTERSHIP), ["abort"]);
    assert.deepEqual(driven.step(failure("aborted")), []);
    assert.equal(driven.state.trouble.failures, 0);
    assert.deepEqual(driven.wait(), ["read"]);
    assert.deepEqual(driven.step(at("other")), []);
  });

  it("that is back before the aborted move has ended reads as soon as it has", () => {
    const driven = new Driven();
    driven.steps(MASTERSHIP, at("other"), NO_MASTERSHIP);
    assert.deepEqual(driven.step(MASTERSHIP), []);
    assert.deepEqual(driven.step(failure("aborted")), ["read"]);
  });

  it("leaves the address where it is: there is no other way to give it up", () => {
    const driven = holder();
    assert.deepEqual(driven.step(NO_MASTERSHIP), []);
    assert.deepEqual(driven.wait(), ["read"]);
    assert.deepEqual(driven.step(at("me")), []);
  });
});
