/** The links of the guides lead somewhere. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { anchorsOf, CHECKOUT, codeWords, readGuide, readGuides } from "./guide.ts";

/** Of the code, without a placeholder such as NAME or a group such as `{vrrp,carp}`. */
const PATH = /^(?:agent|infra|lab|toolchain|test|bench|docs|stacks)\/[a-z][\w./-]*$/;

describe("the guides", () => {
  for (const guide of readGuides()) {
    it(`${guide.file}: links lead to files and headings that are there`, () => {
      for (const [, target = ""] of guide.text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? guide.file : join(dirname(guide.file), path);
        assert.ok(existsSync(join(CHECKOUT, file)), `${target} is not there`);
        if (anchor !== undefined) assert.ok(anchorsOf(readGuide(file)).has(anchor), `${target} has no such heading`);
      }
    });
  }

  it("name files and folders of the repository that are there", () => {
    const missing = readGuides().flatMap((guide) =>
      [...codeWords(guide)]
        .filter((word) => PATH.test(word) && !existsSync(join(CHECKOUT, word)))
        .map((word) => `${guide.file}: ${word}`),
    );
    assert.deepEqual(missing, []);
  });

  it("are all in the index of the README", () => {
    const { text } = readGuide("README.md");
    for (const { file } of readGuides()) {
      if (file.startsWith("docs/")) assert.ok(text.includes(`](${relative("", file)})`), `${file} is not`);
    }
  });
});
