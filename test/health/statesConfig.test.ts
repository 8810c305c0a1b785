import assert from "node:assert/strict";
import fc from "fast-check";
import { splitCommand } from "../../agent/config/fields/commandWords.ts";
import { type Expression, parseExpression } from "../../agent/config/schema/expression.ts";
import { states } from "../../agent/config/schema/states.ts";

function parsed(text: string): Expression {
  const result = parseExpression(text);
  assert.ok(result.ok, result.ok ? "" : result.problem);
  return result.expression;
}

function problem(text: string): string {
  const result = parseExpression(text);
  assert.ok(!result.ok, text);
  return result.problem;
}

function problems(document: unknown): string[] {
  const result = states.safeParse(document);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const ens3 = { kind: "link", name: "ens3", is: "up" };
const ens4 = { kind: "link", name: "ens4", is: "up" };
const web = { kind: "role", name: "web", is: "master" };

describe("conditions of states", () => {
  it("reads the three kinds of tests, and names of conditions", () => {
    assert.deepEqual(parsed("link.ens3.up"), ens3);
    assert.deepEqual(parsed("link.ens3.100.unknown"), { kind: "link", name: "ens3.100", is: "unknown" });
    assert.deepEqual(parsed('role."my web".init'), { kind: "role", name: "my web", is: "init" });
    assert.deepEqual(parsed("check.uplink.failed"), { kind: "check", name: "uplink", is: "failed" });
    assert.deepEqual(parsed("network"), { kind: "condition", name: "network" });
  });

  it("! binds tightest; a mix of && and || needs its parentheses", () => {
    assert.deepEqual(parsed("!link.ens3.up && role.web.master"), { kind: "all", of: [{ kind: "not", of: ens3 }, web] });
    assert.deepEqual(parsed("!(link.ens3.up && link.ens4.up)"), { kind: "not", of: { kind: "all", of: [ens3, ens4] } });
    assert.deepEqual(parsed("(link.ens3.up || link.ens4.up) && role.web.master"), {
      kind: "all",
      of: [{ kind: "any", of: [ens3, ens4] }, web],
    });
    assert.deepEqual(parsed("!!link.ens3.up"), ens3);
    for (const mixed of ["a && b || c", "a || b && c", "(a && b || c)", "!(a || b && c)"]) {
      assert.match(problem(mixed), /^mixes && and \|\|: write parentheses/);
    }
  });

  it("reads commands with their interval, and a timeout or the default one", () => {
    const ping = ["ping", "-q", "-c", "1", "-w", "1", "192.0.2.1"];
    assert.deepEqual(parsed("'ping -q -c 1 -w 1 192.0.2.1' every 10s"), {
      kind: "command",
      command: ping,
      every: 10_000_000,
      timeout: 5_000_000,
    });
    assert.deepEqual(parsed("!'ping -q -c 1 -w 1 192.0.2.1' every 2s timeout 500ms"), {
      kind: "not",
      of: { kind: "command", command: ping, every: 2_000_000, timeout: 500_000 },
    });
    assert.match(problem("'true'"), /does not say how often 'true' runs: write every 10s/);
    assert.match(problem("'true' every"), /says is missing: write 100ms to 1h/);
    assert.match(problem("'true' every 10"), /"10" is not an interval of a check: write 100ms to 1h, such as 10s/);
    assert.match(problem("'true' every 1s timeout 1s"), /until it runs again: write a timeout below its interval/);
  });

  it("gives no command to a shell, and says so", () => {
    assert.match(problem("'ping 192.0.2.1 >/dev/null 2>&1' every 10s"), /no shell reads ">\/dev\/null": leave it out/);
    for (const line of ["a | b", "a; b", "a && b", "echo $HOME", "echo `id`", "a &"]) {
      assert.equal(splitCommand(line).ok, false, line);
    }
    const shell = splitCommand('sh -c "test -f /x && echo \\"$HOME\\""');
    assert.deepEqual(shell, { ok: true, words: ["sh", "-c", 'test -f /x && echo "$HOME"'] });
    assert.deepEqual(splitCommand("sh -c 'test -f /x'"), { ok: true, words: ["sh", "-c", "test -f /x"] });
    assert.deepEqual(splitCommand(String.raw`a b\ c "d e"f 'g"h'`), { ok: true, words: ["a", "b c", "d ef", 'g"h'] });
    assert.equal(splitCommand("a 'b").ok, false);
    assert.equal(splitCommand("  ").ok, false);
  });

  it("says what is wrong with a test, and where", () => {
    assert.match(problem("link.ens3.master"), /a link is never "master": write up or down or unknown/);
    assert.match(problem("role.web.up"), /a role is never "up": write master or backup or init/);
    assert.match(problem("ens3.up"), /"ens3.up", which is no test: write one such as link.ens3.up/);
    assert.match(problem("link.ens3.up &&"), /ends where a test should be/);
    assert.match(problem("(link.ens3.up"), /"\(" that is not closed/);
    assert.match(problem("link.ens3.up)"), /has "\)" where it should end/);
    assert.match(problem("a b"), /has "b" where it should end or go on with && or \|\|/);
    assert.match(problem("a & b"), /cannot be read from "& b" on/);
    assert.match(problem(`${"(".repeat(40)}a${")".repeat(40)}`), /nested more than 32 deep/);
  });

  it("reads or refuses anything, and never throws", () => {
    const pieces = fc.constantFrom(
      "&&",
      "||",
      "!",
      "(",
      ")",
      "link.a.up",
      "'x y'",
      "every",
      "1s",
      "a",
      "'",
      '"',
      "\\",
      " ",
    );
    fc.assert(fc.property(fc.array(pieces, { maxLength: 40 }), (some) => void parseExpression(some.join(" "))));
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseExpression(text)));
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void splitCommand(text)));
  });
});

describe("states of a document", () => {
  const go = (setState: string): unknown => [{ if: "link.ens3.up", then: [{ setState }] }];

  it("fills in what is not written", () => {
    assert.deepEqual(states.parse({ states: { only: { init: [{ run: ["/bin/true"] }] } } }), {
      initial: "only",
      conditions: {},
      always: [],
      states: {
        only: { demote: {}, init: [{ kind: "run", run: ["/bin/true"], timeout: 10_000_000 }], body: [] },
      },
    });
  });

  it("begins where it is told, because the order of keys is not to be relied on", () => {
    assert.deepEqual(problems({ states: { a: { body: go("b") }, b: { body: go("a") } } }), [
      "initial: is missing: write one of a, b",
    ]);
    assert.deepEqual(problems({ initial: "c", states: { a: {} } }), ['initial: "c" is no state: write one of a']);
    assert.deepEqual(problems({ states: {} }), ["states: has no state: write one or more"]);
  });

  it("refuses names that lead nowhere, and a state that nobody enters", () => {
    assert.deepEqual(problems({ states: { a: { body: go("b") } } }), [
      'states.a.body.0.then.0.setState: "b" is no state: write one of a',
    ]);
    assert.deepEqual(problems({ initial: "a", states: { a: {}, b: {} } }), [
      "states.b: is a state that no setState leads to: lead to it, or remove it",
    ]);
    assert.deepEqual(problems({ always: [{ setState: "a" }], states: { a: {} } }), [
      "always.0.setState: is in no state, so it sets none: move it into the body of a state",
    ]);
    assert.deepEqual(problems({ states: { a: { body: [{ if: "network", then: [] }] } } }), [
      'states.a.body.0.if: "network" is neither a test nor one of conditions: add it, or correct the name',
    ]);
    assert.deepEqual(problems({ conditions: { x: "y", y: "!x", z: "x" }, states: { a: {} } }), [
      "conditions.x: names itself, directly or through another: undo the circle",
    ]);
    assert.deepEqual(problems({ states: { a: { body: [{ if: "link.sixteencharacter.up", then: [] }] } } }), [
      'states.a.body.0.if: "link.sixteencharacter.up" has "link.sixteencharacter.up", and no interface can be called "sixteencharacter": write one such as link.ens3.up',
    ]);
  });

  it("refuses chains and lists that have no sensible end, in a time that grows with them", () => {
    const chain = (length: number): object =>
      Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `c${index}`,
          index === 0 ? "link.ens3.up" : `c${index - 1} && c${index - 1}`,
        ]),
      );
    assert.deepEqual(problems({ conditions: chain(32), states: { a: {} } }), []);
    const tooLong = "names others in a chain of more than 32: write the tests that it is about";
    assert.deepEqual(problems({ conditions: chain(256), states: { a: {} } }), [`conditions.c32: ${tooLong}`]);
    assert.deepEqual(problems({ conditions: chain(257), states: { a: {} } }), [
      "conditions: has more than 256 conditions: write fewer",
    ]);
    const states = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`s${index}`, {}]));
    assert.deepEqual(problems({ initial: "s0", states }), ["states: has more than 256 states: write fewer"]);
  });

  it("points at a problem inside an action", () => {
    assert.deepEqual(problems({ states: { a: { body: [{ if: "a && b || c", then: [] }] } } }), [
      'states.a.body.0.if: "a && b || c" mixes && and ||: write parentheses around what belongs together',
    ]);
    assert.match(
      problems({ states: { a: { body: [{ walk: 1 }] } } }).join(),
      /states.a.body.0: .* is not an action: write one of/,
    );
    assert.match(
      problems({ states: { a: { body: [{ run: [] }] } } }).join(),
      /states.a.body.0.run: \[\] is not a program/,
    );
    assert.match(
      problems({ states: { a: { demote: { web: 255 } } } }).join(),
      /states.a.demote.web: 255 is not a demotion/,
    );
  });
});
