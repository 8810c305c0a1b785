/** A document's octets: what is no text, and what no text can do to its reader. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { documentText, MAX_DOCUMENT_BYTES } from "../../agent/config/documentText.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";

const DOCUMENT = {
  version: 1,
  node: "edge-1",
  virtualRouters: [
    {
      name: "web",
      protocol: "carp",
      virtualRouterId: 1,
      password: "p\u00e4ssword",
      sourceAddress: "10.25.0.11",
      peers: ["10.25.0.12"],
      addresses: ["10.25.0.10/32"],
    },
  ],
};

function problemsOf(document: string | Uint8Array): readonly string[] {
  const parsed = parseAgentConfig(document);
  return parsed.ok ? [] : parsed.problems;
}

const withMore = (more: string): string => JSON.stringify(DOCUMENT).replace(/\}$/, `,${more}}`);
const nested = (before: string, after: string, depth: number): string =>
  `${before.repeat(depth)}1${after.repeat(depth)}`;

describe("an agent.json's octets", () => {
  const text = JSON.stringify(DOCUMENT);

  it("are UTF-8: the first that is not is named by its offset", () => {
    assert.deepEqual(problemsOf(Buffer.from(text)), []);
    const latin1 = Buffer.from(text, "latin1");
    const offset = latin1.indexOf(0xe4);
    assert.deepEqual(problemsOf(latin1), [
      `it is not UTF-8: the octet at offset ${offset} cannot be there: save it as UTF-8 without a byte order mark`,
    ]);
    // One that is written as such is a character like any other.
    assert.deepEqual(problemsOf(Buffer.from(text.replace("\u00e4", "\ufffd"))), []);
  });

  it("are told apart from UTF-16, with or without its mark, and from UTF-8 with one", () => {
    const utf16 = "it is UTF-16: save it as UTF-8 without a byte order mark";
    assert.deepEqual(problemsOf(Buffer.from(text, "utf16le")), [utf16]);
    assert.deepEqual(problemsOf(Buffer.from(`\ufeff${text}`, "utf16le")), [utf16]);
    assert.deepEqual(problemsOf(Buffer.from(`\ufeff${text}`, "utf16le").swap16()), [utf16]);
    const mark = "it begins with a byte order mark: save it as UTF-8 without a byte order mark";
    assert.deepEqual(problemsOf(Buffer.from(`\ufeff${text}`)), [mark]);
    assert.deepEqual(problemsOf(`\ufeff${text}`), [mark]);
  });

  it("have an end", () => {
    const size = 9 * 1_024 * 1_024;
    const why = `it has ${size} octets, and a configuration ${MAX_DOCUMENT_BYTES} at most`;
    assert.deepEqual(problemsOf(Buffer.alloc(size, " ")), [why]);
  });

  it("of any kind are a text or a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
        const decoded = documentText(octets);
        if (decoded.ok) assert.deepEqual(new TextEncoder().encode(decoded.text), octets);
        else assert.notEqual(decoded.problem, "");
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("an agent.json's shape", () => {
  it("has no name twice in an object, however it is written", () => {
    assert.deepEqual(problemsOf('{\n  "version": 1,\n  "version": 1\n}'), [
      'line 3, column 3: "version" is there already in the same object: keep one of the two',
    ]);
    assert.match(problemsOf('{"node": 1, "n\\u006fde": 2}')[0] ?? "", /"n\\u006fde" is there already/);
    assert.deepEqual(problemsOf(withMore('"checks":{"a":{"ping":"192.0.2.1"},"b":{"ping":"192.0.2.1"}}')), []);
  });

  it("has no name that JavaScript loses, and keeps all others", () => {
    assert.match(
      problemsOf(withMore('"checks":{"__proto__":{"ping":"192.0.2.1"}}'))[0] ?? "",
      /"__proto__" cannot be a name/,
    );
    for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf"]) {
      const parsed = parseAgentConfig(withMore(`"checks":{"${name}":{"ping":"192.0.2.1"}}`));
      assert.deepEqual(parsed.ok && Object.keys(parsed.config.checks), [name]);
      const text = JSON.stringify(DOCUMENT).replaceAll('"web"', `"${name}"`);
      assert.deepEqual(problemsOf(text), []);
      assert.match(problemsOf(withMore(`"${name}":1`)).join(), new RegExp(`^${name}: is no key of this document`));
      const tracked = JSON.stringify(DOCUMENT).replace('"web",', `"web","track":{"${name}":60},`);
      assert.match(problemsOf(tracked).join(), /is no check of this document/);
    }
  });

  it("has an end in every direction, and none of them is a stack trace", () => {
    const actions = nested('[{"if":"link.ens3.up","then":', "}]", 600);
    const states = `"states":{"states":{"a":{"body":${actions}}}}`;
    assert.match(problemsOf(withMore(states)).join(), /is nested more than 64 deep: write it flatter$/);
    assert.match(problemsOf(withMore(`"checks":${nested("[", "]", 100_000)}`)).join(), /is nested more than 64 deep/);
    assert.match(problemsOf(withMore(`"a":[${"1,".repeat(200_000)}1]`)).join(), /has more than 100000 values/);
    const name = "a".repeat(3_000_000);
    assert.equal(problemsOf(withMore(`"node2":"${name}"`)).length, 1);
    const keys = Array.from({ length: 90_000 }, (_, index) => `"k${index}":1`).join(",");
    const unknown = problemsOf(withMore(keys));
    assert.equal(unknown.length, 51);
    assert.equal(unknown.at(-1), "and 89950 more problems");
    const checks = Array.from({ length: 90_000 }, (_, index) => `"k${index}":1`).join(",");
    assert.equal(problemsOf(withMore(`"checks":{${checks}}`)).length, 51);
    const routers = `{"version":1,"node":"edge-1","virtualRouters":[${Array(90_000).fill("1").join(",")}]}`;
    assert.ok(problemsOf(routers).length <= 51);
  });

  it("of any kind is a configuration or a list of reasons", () => {
    const names = fc.constantFrom(
      "version",
      "node",
      "virtualRouters",
      "checks",
      "states",
      "if",
      "then",
      "ping",
      "__proto__",
      "constructor",
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(1, "1s", "web", null, true, "10.25.0.11", "link.a.up"),
        fc.array(tie("value")),
        tie("object"),
      ),
      object: fc.array(fc.tuple(names, tie("value"))).map((entries) => Object.fromEntries(entries)),
    })).value;
    fc.assert(
      fc.property(value, (written) => {
        const parsed = parseAgentConfig(JSON.stringify(written));
        assert.ok(parsed.ok || parsed.problems.length > 0);
      }),
    );
  });
});
