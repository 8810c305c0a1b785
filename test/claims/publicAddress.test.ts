/** When a public address is asked about, moved, left and taken back: the machine, event by event. */
import assert from "node:assert/strict";
import {
  createPublicAddress,
  deadlineOf,
  LOOK_MICROS,
  MOVE_DEADLINE_MICROS,
  type PublicAddressEvent,
  type PublicAddressState,
  STALE_MICROS,
  stepPublicAddress,
  VERIFY_MICROS,
  WITNESS_MICROS,
} from "../../agent/claims/publicAddress.ts";
import { ALONE, type Failure, type GroupView, type Member, type Route } from "../../agent/claims/route.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const RULES = { self: "me", takeBackMicros: MINUTE, onWitnessLoss: "hold" } as const;

const at = (to: string | null): PublicAddressEvent => ({ kind: "answered", route: { to, settled: true } });
const pendingAt = (to: string | null): PublicAddressEvent => ({ kind: "answered", route: { to, settled: false } });
const MASTERSHIP: PublicAddressEvent = { kind: "mastership" };
const NO_MASTERSHIP: PublicAddressEvent = { kind: "no-mastership" };
const TICK: PublicAddressEvent = { kind: "tick" };
const failure = (kind: Failure["kind"]): PublicAddressEvent => ({
  kind: "failed",
  failure: { kind, message: "no" },
  chance: 0.5,
});

function member(changes: Partial<Member> = {}): Member {
  const base = { node: "edge-2", instance: "other", reachable: true, isMaster: false, preference: 100 };
  return { ...base, inMaintenance: false, ...changes };
}
const among = (...members: Member[]): GroupView => ({ preference: 200, members });

/** Drives the machine and keeps what it says. */
class Driven {
  state: PublicAddressState;
  now = 0;

  constructor(group: GroupView = among(member()), rules: PublicAddressState["rules"] = RULES) {
    this.state = createPublicAddress(rules, group, 0);
  }

  /** @returns the outputs, a word each. */
  step(event: PublicAddressEvent): string[] {
    const { state, outputs } = stepPublicAddress(this.state, event, this.now);
    this.state = state;
    return outputs.map((output) => {
      if (output.kind === "entered")
        return output.phase.kind === "left" ? `left ${output.phase.why}` : output.phase.kind;
      return output.kind === "witness" ? `witness ${output.lost ? "lost" : "back"}` : output.kind;
    });
  }

  steps(...events: PublicAddressEvent[]): string[] {
    return events.map((event) => this.step(event)).at(-1) ?? [];
  }

  later(micros: number): this {
    this.now += micros;
    return this;
  }

  /** To the next deadline. */
  wait(): string[] {
    this.now = Math.max(this.now, deadlineOf(this.state) ?? this.now);
    return this.step(TICK);
  }

  group(...members: Member[]): string[] {
    return this.step({ kind: "group", group: among(...members) });
  }
}

/** A master that has the address. */
function holder(group?: GroupView): Driven {
  const driven = new Driven(group);
  driven.steps(TICK, at("other"), MASTERSHIP, at("other"), at("me"));
  assert.equal(driven.state.phase.kind, "held");
  return driven;
}

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
        assert.deepEqual(driven.wait(), ["read"]);
        calls += 1;
      }
      assert.ok(calls >= 55 && calls < 600, `${kind}: ${calls} calls in an hour`);
      const words = driven.step(at("me"));
      assert.deepEqual([words[0], words.at(-1)], ["recovered", "held"]);
    }
  });

  it("waits as long as the API wants to be left alone", () => {
    const driven = new Driven();
    driven.step(MASTERSHIP);
    driven.step({ kind: "failed", failure: { kind: "busy", message: "429", retryAfterMicros: MINUTE }, chance: 0.5 });
    assert.equal(deadlineOf(driven.state), MINUTE);
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

describe("two masters", () => {
  it("a member that is heard as master keeps an address that leads to it, also from a better one", () => {
    const driven = new Driven(among(member({ isMaster: true })));
    assert.deepEqual(driven.steps(MASTERSHIP, at("other")), ["left member-is-master"]);
    assert.deepEqual(driven.wait(), ["read"], "and is looked at again");
  });

  it("the address at neither goes to the preferred one", () => {
    const worse = new Driven(among(member({ isMaster: true, preference: 250 })));
    assert.deepEqual(worse.steps(MASTERSHIP, at("stranger")), ["left member-is-master"]);
    const better = new Driven(among(member({ isMaster: true, preference: 100 })));
    assert.deepEqual(better.steps(MASTERSHIP, at("stranger")), ["moving", "move"]);
  });

  it("takes it in the moment the other is no master any more, or is gone", () => {
    for (const change of [{ isMaster: false }, { reachable: false, isMaster: true }]) {
      const driven = new Driven(among(member({ isMaster: true })));
      driven.steps(MASTERSHIP, at("other"));
      assert.deepEqual(driven.group(member(change)), ["read"]);
      assert.deepEqual(driven.step(at("other")), ["moving", "move"]);
    }
  });

  it("that cannot hear each other: whoever is overtaken leaves it, and takes it when the other has yielded", () => {
    const driven = holder();
    driven.group(member({ reachable: false }));
    driven.wait();
    assert.deepEqual(driven.step(at("other")), ["left member-is-silent"]);
    driven.later(MINUTE).wait();
    assert.deepEqual(driven.step(at("other")), [], "no going to and fro");
    assert.deepEqual(driven.group(member()), ["read"]);
    assert.deepEqual(driven.step(at("other")), ["moving", "move"]);
  });

  it("takes it from a member that stays silent, each time after twice as long", () => {
    const driven = holder(among(member({ reachable: false })));
    const waits: number[] = [];
    let leftMicros = driven.now;
    while (waits.length < 3) {
      driven.wait();
      const words = driven.step(at("other"));
      if (words.includes("left member-is-silent")) leftMicros = driven.now;
      if (words.includes("move")) {
        waits.push(driven.now - leftMicros);
        driven.step(at("me"));
      }
    }
    assert.deepEqual(waits, [2 * MINUTE, 4 * MINUTE, 8 * MINUTE]);
  });

  it("overtaken in the middle of its move it leaves it, too", () => {
    const driven = new Driven(among(member({ reachable: false })));
    driven.steps(MASTERSHIP, at("deleted"), pendingAt("deleted"));
    driven.wait();
    assert.deepEqual(driven.step(at("other")), ["left member-is-silent"]);
  });
});

describe("somebody's hand", () => {
  it("is let be for takeBackAfter, then the address is taken back", () => {
    const driven = holder();
    driven.wait();
    const fromMicros = driven.now;
    assert.deepEqual(driven.step(at("stranger")), ["left stranger"]);
    let words: string[] = [];
    while (!words.includes("move")) {
      driven.wait();
      words = driven.step(at("stranger"));
    }
    assert.equal(driven.now - fromMicros, MINUTE);
  });

  it("is let be while any member is in maintenance, by a new master too", () => {
    const driven = holder(among(member({ inMaintenance: true })));
    driven.wait();
    driven.step(at("stranger"));
    driven.later(60 * MINUTE).wait();
    assert.deepEqual(driven.step(at("stranger")), []);
    assert.deepEqual(new Driven(among(member({ inMaintenance: true }))).steps(MASTERSHIP, at("stranger")), [
      "left stranger",
    ]);
    const unsure = new Driven(among(member({ inMaintenance: true }), member({ node: "edge-3", instance: undefined })));
    assert.deepEqual(unsure.steps(MASTERSHIP, at("edge-3, perhaps")), ["moving", "move"]);
  });

  it("ends with the maintenance", () => {
    const driven = holder(among(member({ inMaintenance: true })));
    driven.wait();
    driven.step(at("stranger"));
    driven.group(member());
    driven.later(2 * MINUTE).wait();
    assert.deepEqual(driven.step(at("stranger")), ["moving", "move"]);
  });
});

describe("the witness", () => {
  it("is lost when nothing was heard of the API for 30 s, and back with its first answer", () => {
    const driven = holder();
    driven.wait();
    const words: string[] = [];
    const fromMicros = driven.now;
    while (driven.now - fromMicros < WITNESS_MICROS + 20 * SECOND) {
      words.push(...driven.step(failure("unreachable")));
      driven.wait();
    }
    assert.equal(words.filter((word) => word === "witness lost").length, 1);
    assert.ok(driven.step(at("me")).includes("witness back"));
  });

  it("is not lost by an API that answers with refusals: another node would hear the same", () => {
    const driven = holder();
    driven.wait();
    const words: string[] = [];
    for (let count = 0; count < 20; count++) {
      words.push(...driven.step(failure("refused")));
      driven.wait();
    }
    assert.ok(!words.includes("witness lost"));
  });
});

describe("whatever happens to a public address", () => {
  it("one call is under way at most, and a move only for a master", () => {
    const routes: Route[] = ["me", "other", "stranger", null].flatMap((to) => [
      { to, settled: true },
      { to, settled: false },
    ]);
    const events: PublicAddressEvent[] = [
      TICK,
      MASTERSHIP,
      NO_MASTERSHIP,
      ...routes.map((route): PublicAddressEvent => ({ kind: "answered", route })),
      failure("unreachable"),
      failure("aborted"),
      ...[
        member(),
        member({ isMaster: true, preference: 250 }),
        member({ reachable: false }),
        member({ inMaintenance: true }),
      ].map((one): PublicAddressEvent => ({ kind: "group", group: among(one) })),
    ];
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let history = 0; history < 300; history++) {
      const driven = new Driven();
      let wanted = false;
      for (let count = 0; count < 60; count++) {
        const event = events[random(events.length)] ?? TICK;
        const ends = event.kind === "answered" || event.kind === "failed";
        if (ends && driven.state.call === "none") continue;
        const busy = driven.state.call !== "none" && !ends;
        if (event.kind === "mastership") wanted = true;
        if (event.kind === "no-mastership") wanted = false;
        driven.later(random(40) * SECOND);
        const words = driven.step(event);
        const calls = words.filter((word) => word === "read" || word === "move");
        assert.ok(calls.length <= (busy ? 0 : 1), `${event.kind}: ${words.join()}`);
        assert.ok(wanted || !words.includes("move"), `${event.kind}: ${words.join()}`);
      }
    }
  });
});
