/** Every requirement has a test or a reason, and every citation in a test is of a requirement. */
import assert from "node:assert/strict";
import { citationsIn, readCitations } from "./citation.ts";
import { ledgerOf } from "./ledger.ts";
import { problemsText, summaryText } from "./report.ts";
import { parseRows, readRequirements } from "./requirement.ts";

const HEAD = "# VRRP\n\n";

describe("the ledger of requirements", () => {
  it("has 156 rows for VRRP, 100 for CARP, 17 for ifstated, each with an id of its own", () => {
    const { parts } = ledgerOf(readRequirements(), []);
    assert.deepEqual(
      parts.map(({ part, rows }) => [part, rows]),
      [
        ["vrrp", 156],
        ["carp", 100],
        ["ifstated", 17],
      ],
    );
  });

  it("finds every row proved or settled, and every citation in a list", () => {
    const ledger = ledgerOf(readRequirements(), readCitations());
    assert.equal(problemsText(ledger), "", `\n${summaryText(ledger)}\n${problemsText(ledger)}`);
  });

  it("finds ids in titles, in tables and in templates, with their sides and places", () => {
    const text = [
      'it("stays [6.4.2-k]", () => {});',
      "const row = { cites: '[7.1-a:- 7.1-b:+]' };",
      "it(`${name} of ${kind} [C6-d]`, () => {});",
      'const not = "[a-z] [7.1-a or so] [7.1-a:x]"; // [9-a]',
    ].join("\n");
    assert.deepEqual(citationsIn("x.ts", text), [
      { id: "6.4.2-k", sides: ["+", "-"], place: "x.ts:1" },
      { id: "7.1-a", sides: ["-"], place: "x.ts:2" },
      { id: "7.1-b", sides: ["+"], place: "x.ts:2" },
      { id: "C6-d", sides: ["+", "-"], place: "x.ts:3" },
    ]);
  });

  it("misses the side that no test shows, but of no optional or settled row", () => {
    const rows = [
      "- **7.1-a** (MUST; +-; T): a | b",
      "- **7.1-b** (MAY; +; T): c",
      "- **7.1-c** (MUST; -; T): d Settled: differs: because",
      "- **7.1-d** (def; +; S): e",
    ];
    const ledger = ledgerOf(parseRows("vrrp", `${HEAD}${rows.join("\n")}`), [
      { id: "7.1-a", sides: ["+"], place: "x.ts:1" },
      { id: "7.9-a", sides: ["+"], place: "x.ts:2" },
    ]);
    const lines = [
      "vrrp 7.1-a (MUST) has no test for the side -: a | b",
      "vrrp 7.1-d (def) has no test: e",
      "x.ts:2: cites 7.9-a, which no list of test/ledger has",
    ];
    assert.equal(problemsText(ledger), lines.join("\n"));
    const [vrrp] = ledger.parts;
    assert.deepEqual(vrrp, {
      part: "vrrp",
      rows: 4,
      positive: { covered: 1, of: 3 },
      negative: { covered: 0, of: 1 },
      settled: 1,
      missing: 2,
      optional: 1,
    });
  });

  it("refuses a row that is not well formed, and says where", () => {
    const refused = (row: string, why: RegExp): void => {
      assert.throws(() => parseRows("carp", `${HEAD}${row}`), why);
    };
    refused("- **C6** (all; +; C): a", /carp\.md line 3: C6 is not the id/);
    refused("- **C6-a** (all; x; C): a", /line 3: x is not a list of sides/);
    refused("- **C6-a** (all; +; C): a Settled: later", /later settles nothing/);
    refused("- C6-a: a", /line 3: not a row/);
    const row = "- **C6-a** (all; +; C): a\n  in two lines";
    assert.equal(parseRows("carp", row)[0]?.rule, "a in two lines");
    assert.throws(() => ledgerOf(parseRows("carp", `${row}\n${row}`), []), /used twice in the lists: C6-a/);
  });
});
