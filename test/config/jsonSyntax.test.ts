import assert from "node:assert/strict";
import fc from "fast-check";
import { findJsonSyntaxError } from "../../agent/config/jsonSyntax.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("the place where a text stops being JSON", () => {
  const faulty: readonly (readonly [string, number, number, string])[] = [
    ["", 1, 1, "a value"],
    ["  \n", 2, 1, "a value"],
    ["\ufeff{}", 1, 1, "a value"],
    ['{"a":}', 1, 6, "a value"],
    ['{\n  "a": 1,\n}', 3, 1, "a name in double quotes"],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, '"," or the closing bracket'],
    ['{"a" 1}', 1, 6, '":"'],
    ["{a: 1}", 1, 2, 'a name in double quotes or "}"'],
    ["[1,]", 1, 4, "a value"],
    ["[,1]", 1, 2, 'a value or "]"'],
    ['[1, {"a": [}]', 1, 12, 'a value or "]"'],
    ["[1}", 1, 3, '"," or the closing bracket'],
    ["[[1]", 1, 5, '"," or the closing bracket'],
    ["{} {}", 1, 4, "the end of the text"],
    ["// no comments\n{}", 1, 1, "a value"],
    ["[01]", 1, 3, '"," or the closing bracket'],
    ["[1.]", 1, 3, '"," or the closing bracket'],
    ['["a\nb"]', 1, 2, "a string that ends in its line, with no control character and only known escapes"],
    ['["\\x41"]', 1, 2, "a string that ends in its line, with no control character and only known escapes"],
    ['{"a', 1, 2, "a string that ends in its line, with no control character and only known escapes"],
  ];
  for (const [text, line, column, expected] of faulty) {
    it(`${JSON.stringify(text)}: line ${line}, column ${column}`, () => {
      assert.deepEqual(findJsonSyntaxError(text), { line, column, expected });
    });
  }

  it("is nowhere in JSON", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, "\t"), (text, space) => {
        assert.equal(findJsonSyntaxError(JSON.stringify(JSON.parse(text), null, space)), undefined);
      }),
    );
  });

  it("is somewhere exactly if JSON.parse refuses the text", () => {
    const characters = Array.from('{}[],: \n\t\r0129-+.eE"\\/u');
    const pieces = fc.constantFrom(...characters, "true", "null", '"a"', "\\u00e4", "\u0001", "\ud800");
    const nearlyJson = fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + piece + text.slice(position + (at % 3));
    });
    const soup = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(nearlyJson, soup, fc.string()), (text) => {
        assert.equal(findJsonSyntaxError(text) === undefined, isJson(text));
      }),
      { numRuns: 5000 },
    );
  });

  it("is found in a text of any depth and size", () => {
    const depth = 100_000;
    assert.deepEqual(findJsonSyntaxError("[".repeat(depth))?.column, depth + 1);
    assert.equal(findJsonSyntaxError("[".repeat(depth) + "]".repeat(depth)), undefined);
    assert.equal(findJsonSyntaxError(`"${"a".repeat(1_000_000)}"`), undefined);
  });
});
