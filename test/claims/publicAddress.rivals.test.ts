/** Whom a public address is left to, when it is taken back, and what may never happen. */
import assert from "node:assert/strict";
import { type Route } from "../../agent/clouds/routeApi.ts";
import { patienceMicros } from "../../agent/publicAddress/arbitration.ts";
import { LONGEST_PAUSE_MICROS, WITNESS_MICROS } from "../../agent/publicAddress/backoff.ts";
import { type PublicAddressEvent } from "../../agent/publicAddress/routeState.ts";
import {
  among,
  at,
  Driven,
  failure,
  holder,
  MASTERSHIP,
  MINUTE,
  member,
  NO_MASTERSHIP,
  pendingAt,
  SECOND,
  TICK,
} from "./drivenAddress.ts";

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

  it("is taken back at any number of times, after a pause that stays a number", () => {
    const group = among(member({ reachable: false }));
    for (const [why, takeBackMicros] of [
      ["stranger", 0],
      ["stranger", MINUTE],
      ["member-is-silent", 0],
    ] as const) {
      let before = 0;
      for (let takenBack = 0; takenBack < 3_000; takenBack++) {
        const patience = patienceMicros(why, takeBackMicros, takenBack, group);
        assert.ok(Number.isSafeInteger(patience) && patience >= before, `${patience} after ${takenBack}`);
        if (takenBack > 0) assert.ok(patience >= SECOND, `${patience} after ${takenBack}`);
        before = patience;
      }
    }
  });
});

describe("the witness", () => {
  it("is lost when nothing was heard of the API for 30 s, and back with its first answer", () => {
    const driven = holder();
    driven.wait();
    const words: string[] = [];
    const fromMicros = driven.now;
    let lostMicros: number | undefined;
    while (driven.now - fromMicros < WITNESS_MICROS + 20 * SECOND) {
      if (driven.state.call !== "none") words.push(...driven.step(failure("unreachable")));
      words.push(...driven.wait());
      if (words.includes("witness lost")) lostMicros ??= driven.now;
    }
    assert.equal(words.filter((word) => word === "witness lost").length, 1);
    assert.equal(lostMicros, fromMicros + WITNESS_MICROS);
    assert.ok(driven.step(at("me")).includes("witness back"));
  });

  it("is lost after 30 s of a wait that the API dictates, of whatever kind and length, and the pause has an end", () => {
    for (const kind of ["broken", "busy", "not-ready", "refused", "missing"] as const) {
      for (const retryAfterMicros of [60 * MINUTE, 2 ** 31 * 1_000, Number.MAX_VALUE, Infinity]) {
        const driven = holder();
        driven.wait();
        const fromMicros = driven.now;
        driven.step({ kind: "failed", failure: { kind, message: "503", retryAfterMicros }, chance: 1 });
        assert.deepEqual(driven.wait(), ["witness lost"]);
        assert.equal(driven.now, fromMicros + WITNESS_MICROS);
        assert.deepEqual(driven.wait(), ["read"]);
        assert.equal(driven.now, fromMicros + LONGEST_PAUSE_MICROS);
        assert.deepEqual(driven.step(at("me")), ["recovered", "witness back"]);
      }
    }
  });

  it("is lost while a call hangs: its time counts from the first call that failed", () => {
    const driven = holder();
    driven.wait();
    const fromMicros = driven.now;
    driven.later(10 * SECOND).step(failure("unreachable"));
    driven.wait();
    assert.equal(driven.state.call, "read");
    assert.deepEqual(driven.wait(), ["witness lost"]);
    assert.equal(driven.now, fromMicros + WITNESS_MICROS);
  });

  it("is back when the API answers, even if it refuses", () => {
    const driven = holder();
    driven.wait();
    driven.step(failure("broken"));
    driven.later(WITNESS_MICROS).wait();
    assert.deepEqual([driven.state.isWitnessLost, driven.state.call], [true, "read"]);
    assert.deepEqual(driven.step(failure("refused")), ["trouble", "witness back"]);
  });

  it("is not lost at the first silence after a long row of refusals", () => {
    const driven = holder();
    driven.wait();
    for (const kind of ["not-ready", "refused", "not-ready", "unreachable"] as const) {
      driven.step(failure(kind));
      driven.later(20 * SECOND).wait();
    }
    assert.equal(driven.state.isWitnessLost, false);
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
