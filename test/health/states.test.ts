import assert from "node:assert/strict";
import fc from "fast-check";
import { NOT_OK, OK, StatesWalk } from "./statesWalk.ts";

const run = (text: string): unknown => ({ run: text.split(" ") });
const when = (condition: string, ...then: unknown[]): unknown => ({ if: condition, then });
const go = (setState: string): unknown => ({ setState });

describe("ifstated's tests", () => {
  it("the same command at the same interval in a state is one test, run once [I-a]", () => {
    const body = ["'a' every 1s", "!'a' every 1s", "'a' every 2s"].map((test) => when(test, run("x")));
    const walk = new StatesWalk({ states: { only: { init: [when("'a' every 1s", run("y"))], body } } });
    walk.start();
    assert.deepEqual(walk.watched, { only: ["a", "a"] });
  });

  it("what two states test is two tests, each run in its own state only [I-b:-]", () => {
    const walk = new StatesWalk({
      initial: "one",
      always: [when("'c' every 1s", run("x"))],
      states: {
        one: { body: [when("'a' every 1s", go("two"))] },
        two: { body: [when("'a' every 1s && 'b' every 1s", go("one"))] },
      },
    });
    walk.start();
    walk.answer("c", NOT_OK);
    assert.deepEqual(walk.watched, { "": ["c"], one: ["a"] });
    walk.answer("a", OK);
    assert.deepEqual(walk.watched, { "": ["c"], two: ["a", "b"] });
    assert.equal(walk.at, "two?", "the answer of state one is not one of state two");
  });

  it("entering waits for the first answer of each command, and init sees them [I-b:+]", () => {
    const walk = new StatesWalk({
      states: { only: { init: [when("'a' every 1s && 'b' every 1s", run("both"))], body: [run("body")] } },
    });
    assert.deepEqual(walk.start(), ["-> only", "watch only"]);
    assert.deepEqual(walk.answer("a", OK), []);
    assert.deepEqual(walk.answer("b", OK), ["both", "body"]);
  });

  it("exit status 0 is true, any other false, and a change of status is an event [I-c]", () => {
    const walk = new StatesWalk({ states: { only: { body: [when("'a' every 1s", run("yes")), run("event")] } } });
    walk.start();
    assert.deepEqual(walk.answer("a", OK), ["yes", "event"]);
    assert.deepEqual(walk.answer("a", OK), []);
    assert.deepEqual(walk.answer("a", NOT_OK), ["event"]);
    assert.deepEqual(walk.answer("a", { kind: "exited", status: 2 }), ["event"], "1 to 2 is false before and after");
  });

  it("a command that a signal killed says nothing: the old answer stays [I-c:-]", () => {
    const walk = new StatesWalk({ states: { only: { body: [when("'a' every 1s", run("yes"))] } } });
    walk.start();
    walk.answer("a", OK);
    assert.deepEqual(walk.answer("a", { kind: "killed", signal: "SIGSEGV" }), []);
    assert.deepEqual(walk.answer("a", NOT_OK), []);
    assert.deepEqual(walk.answer("a", OK), ["yes"]);
  });

  it("a first run that was killed still lets the state be entered, as false", () => {
    const walk = new StatesWalk({ states: { only: { init: [when("!'a' every 1s", run("no"))] } } });
    walk.start();
    assert.deepEqual(walk.answer("a", { kind: "killed", signal: "SIGKILL" }), ["no"]);
    assert.equal(walk.at, "only");
  });

  it("a command that hangs or is not there is false", () => {
    for (const end of [{ kind: "timed-out" }, { kind: "not-started", why: "ENOENT" }] as const) {
      const walk = new StatesWalk({ states: { only: { body: [when("!'a' every 1s", run("no"))] } } });
      walk.start();
      walk.answer("a", OK);
      assert.deepEqual(walk.answer("a", end), ["no"]);
    }
  });

  it("what was never learned is false, and links are up, down or unknown, one at a time [I-e]", () => {
    const tests = [
      "link.ens9.up",
      "link.ens9.down",
      "link.ens9.unknown",
      "role.web.master",
      "role.web.init",
      "check.x.good",
    ];
    const walk = new StatesWalk({ states: { only: { body: tests.map((test) => when(test, run(test))) } } });
    assert.deepEqual(walk.start(), ["-> only", "link.ens9.unknown", "role.web.init"]);
    assert.deepEqual(walk.link("ens9", "up"), ["link.ens9.up", "role.web.init"]);
    assert.deepEqual(walk.link("ens9", "down"), ["link.ens9.down", "role.web.init"]);
  });
});

describe("ifstated's events", () => {
  it("an event does the whole body, once, and judges every if on what is known then [I-f]", () => {
    const walk = new StatesWalk({
      states: {
        only: { body: [run("first"), when("link.a.up", run("a")), when("link.b.up", run("b")), run("last")] },
      },
    });
    walk.start();
    assert.deepEqual(walk.learn({ kind: "link", name: "a", is: "up" }, { kind: "link", name: "b", is: "up" }), [
      "first",
      "a",
      "b",
      "last",
    ]);
    assert.deepEqual(walk.link("b", "down"), ["first", "a", "last"]);
  });

  it("what no test of the state asks for is no event of it [I-f:- I-o]", () => {
    const walk = new StatesWalk({
      initial: "one",
      always: [when("link.b.up", run("always"))],
      states: {
        one: { body: [run("body"), when("link.a.up", go("two"))] },
        two: { body: [when("link.c.up", run("c"))] },
      },
    });
    walk.start();
    assert.deepEqual(walk.link("b", "up"), ["always"]);
    assert.deepEqual(walk.link("c", "up"), [], "known, and acted on when state two is entered");
    assert.deepEqual(walk.link("a", "up"), ["body", "-> two", "c"]);
  });

  it("the body goes on after setState, and the last target counts [I-g]", () => {
    const walk = new StatesWalk({
      initial: "one",
      states: {
        one: { body: [when("link.a.up", go("two"), run("still here")), when("link.b.up", go("three")), run("end")] },
        two: {},
        three: {},
      },
    });
    walk.start();
    walk.link("b", "down");
    assert.deepEqual(walk.learn({ kind: "link", name: "a", is: "up" }, { kind: "link", name: "b", is: "up" }), [
      "still here",
      "end",
      "-> three",
    ]);
  });

  it("setState to the state it is in does nothing, and takes an earlier target back [I-h]", () => {
    const walk = new StatesWalk({
      initial: "one",
      states: { one: { init: [run("init")], body: [when("link.a.up", go("two"), go("one"))] }, two: {} },
    });
    assert.deepEqual(walk.start(), ["-> one", "init"]);
    assert.deepEqual(walk.link("a", "up"), []);
    assert.equal(walk.at, "one");
  });

  it("a switch does init, then the body, and may lead on at once [I-i:+]", () => {
    const walk = new StatesWalk({
      initial: "a",
      states: {
        a: { body: [when("link.x.up", go("b"))] },
        b: { init: [run("init b")], body: [run("body b"), go("c")] },
        c: { init: [run("init c")], body: [run("body c")] },
      },
    });
    walk.start();
    assert.deepEqual(walk.link("x", "up"), ["-> b", "init b", "body b", "-> c", "init c", "body c"]);
  });

  it("a circle ends where it closes, and says so [I-i:-]", () => {
    const walk = new StatesWalk({
      initial: "a",
      states: { a: { body: [when("link.x.up", go("b"))] }, b: { body: [go("a")] } },
    });
    walk.start();
    assert.deepEqual(walk.link("x", "up"), ["-> b", "-> a", "circle b a b"]);
    assert.equal(walk.at, "a");
    assert.deepEqual(walk.link("x", "down"), []);
    assert.deepEqual(
      walk.link("x", "up"),
      ["-> b", "-> a", "circle b a b"],
      "and is tried again when something changed",
    );
  });

  it("a circle through commands ends too", () => {
    const walk = new StatesWalk({
      initial: "a",
      states: { a: { body: [when("'x' every 1s", go("b"))] }, b: { body: [when("'x' every 1s", go("a"))] } },
    });
    walk.start();
    walk.answer("x", OK);
    assert.equal(walk.at, "b?");
    assert.deepEqual(walk.answer("x", OK), ["circle a b a"]);
    assert.equal(walk.at, "b");
  });

  it("starts with links, then what is always done, then the initial state [I-j]", () => {
    const walk = new StatesWalk({
      always: [when("'c' every 1s && link.a.up", run("always"))],
      states: { only: { init: [run("init")], body: [run("body")] } },
    });
    assert.deepEqual(walk.start({ kind: "link", name: "a", is: "up" }), ["watch always"]);
    assert.deepEqual(walk.answer("c", OK), ["always", "-> only", "init", "body"]);
  });

  it("holds the body back until every command has answered since the state was entered [I-m]", () => {
    const walk = new StatesWalk({
      states: { only: { body: [when("'a' every 1s && link.x.up", run("both")), run("body")] } },
    });
    walk.start();
    assert.deepEqual(walk.link("x", "up"), []);
    assert.deepEqual(walk.answer("a", OK), ["both", "body"]);
  });

  it("an answer of a state that is over is not heard [I-d:-]", () => {
    const walk = new StatesWalk({
      initial: "one",
      states: {
        one: { body: [when("link.x.up", go("two")), when("'a' every 1s", run("one"))] },
        two: { body: [when("!link.x.up", go("one"))] },
      },
    });
    walk.start();
    const [command] = walk.state.awaited;
    assert.ok(command !== undefined);
    walk.answer("a", NOT_OK);
    walk.link("x", "up");
    const late = { kind: "command", command: ["a"], every: 1_000_000, timeout: 500_000 } as const;
    assert.deepEqual(walk.learn({ kind: "command", scope: "one", command: late, end: OK }), []);
    assert.deepEqual(walk.link("x", "down"), ["-> one", "watch one"]);
    assert.equal(walk.at, "one?", "it asks again");
  });
});

describe("states in general", () => {
  const conditions = ["link.a.up", "!link.b.up", "link.a.up && role.web.master", "check.c.failed || link.b.down"];
  const names = ["s0", "s1", "s2", "s3"];
  const actions = fc.array(
    fc.oneof(
      fc.constantFrom(...names).map(go),
      fc.constant(run("x")),
      fc
        .tuple(fc.constantFrom(...conditions), fc.constantFrom(...names))
        .map(([test, to]) => when(test, go(to), run("y"))),
    ),
    { maxLength: 4 },
  );
  const facts = fc.oneof(
    fc.record({
      kind: fc.constant("link" as const),
      name: fc.constantFrom("a", "b"),
      is: fc.constantFrom("up" as const, "down" as const),
    }),
    fc.record({
      kind: fc.constant("role" as const),
      name: fc.constant("web"),
      is: fc.constantFrom("master" as const, "backup" as const, "init" as const),
    }),
    fc.record({
      kind: fc.constant("check" as const),
      name: fc.constant("c"),
      is: fc.constantFrom("good" as const, "failed" as const),
    }),
  );

  it("every event ends in a state that is settled, whatever the states say, and enters each at most once", () => {
    const anyStates = fc.array(fc.record({ init: actions, body: actions }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(anyStates, fc.array(facts, { maxLength: 20 }), (bodies, events) => {
        // A state that leads everywhere makes all of them reachable.
        const everywhere = names.map((name) => when("link.never.up", go(name)));
        const all = bodies.map(({ init, body }, index) => [names[index], { init, body: [...body, ...everywhere] }]);
        const walk = new StatesWalk({ initial: "s0", states: Object.fromEntries(all) as unknown });
        walk.start();
        for (const fact of events) {
          const entered = walk.learn(fact).filter((output) => output.startsWith("->"));
          assert.equal(new Set(entered).size, entered.length);
          assert.equal(walk.state.phase, "settled");
        }
      }),
    );
  });
});
