/** Every Markdown file of the repository fits a terminal of 100 columns, and no table has a column without a name. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "./guide.ts";

const COLUMNS = 100;
const README_LINES = 110;

/** Those of Git, new ones included. */
function markdownFiles(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: CHECKOUT,
    encoding: "utf8",
  });
  return listed.split("\n").filter((file) => file !== "" && existsSync(join(CHECKOUT, file)));
}

const linesOf = (file: string): readonly string[] => readFileSync(join(CHECKOUT, file), "utf8").trimEnd().split("\n");
/** Characters as a person counts them. */
const widthOf = (line: string): number => Array.from(line).length;

describe("Markdown", () => {
  const files = markdownFiles();

  it("is found", () => {
    assert.ok(files.includes("README.md") && files.includes("docs/agent.md"), files.join());
  });

  for (const file of files) {
    it(`${file}: no line is longer than ${COLUMNS} columns`, () => {
      const long = linesOf(file).flatMap((line, index) =>
        widthOf(line) > COLUMNS ? [`line ${index + 1} has ${widthOf(line)}`] : [],
      );
      assert.deepEqual(long, []);
    });

    it(`${file}: every column of a table has a name`, () => {
      const lines = linesOf(file);
      const unnamed = lines.filter((line, index) => /^\|[-| ]+\|$/.test(lines[index + 1] ?? "") && /\| +\|/.test(line));
      assert.deepEqual(unnamed, []);
    });
  }

  it(`the README has at most ${README_LINES} lines`, () => {
    const count = linesOf("README.md").length;
    assert.ok(count <= README_LINES, `${count} lines`);
  });
});
