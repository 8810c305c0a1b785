/** What a terminal gets of names that other people chose. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { coloured, plain, tableLines } from "../../agent/cli/text/table.ts";
import { parseAgentConfig } from "../../agent/config/parse.ts";
import { printable, printableColoured } from "../../agent/config/printable.ts";

const ESC = "\u001b";
const HOSTILE = `web${ESC}]0;owned\u0007${ESC}[2J\u009b31m\u202e`;

describe("text for a terminal", () => {
  it("has no character that steers it, and says which there were", () => {
    assert.equal(printable(HOSTILE), "web\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202e");
    assert.equal(
      printable("d\u00e9j\u00e0 vu\n\ttab \u6f22 \ud83d\ude00"),
      "d\u00e9j\u00e0 vu\n\ttab \u6f22 \ud83d\ude00",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.doesNotMatch(printable(text), /(?![\n\t])\p{Cc}/u);
      }),
    );
  });

  it("stays JSON where it is JSON", () => {
    assert.deepEqual(JSON.parse(printable(JSON.stringify({ name: HOSTILE }))), { name: HOSTILE });
  });

  it("keeps the colours of our own tables, and no others'", () => {
    const [line = ""] = tableLines(["NAME"], [[{ text: HOSTILE, colour: "red" }]], coloured).slice(1);
    assert.equal(printableColoured(line), `${ESC}[31m${printable(HOSTILE)}${ESC}[0m`);
    assert.deepEqual(tableLines(["NAME", "X"], [[{ text: ESC }, { text: "y" }]], plain), ["NAME    X", "\\u001b  y"]);
  });

  it("is what a configuration's problems are made of, though the names in it are refused", () => {
    const document = JSON.stringify({ version: 1, node: HOSTILE, virtualRouters: [] });
    const parsed = parseAgentConfig(document);
    assert.ok(!parsed.ok);
    assert.match(parsed.problems.join(), /^node: .* is not the name of a node/);
  });
});
