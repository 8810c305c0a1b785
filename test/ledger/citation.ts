/**
 * Where the tests cite the ledger. A test names the requirements it proves in its title, or a table of tests in the text
 * its titles are made of: `[6.4.2-h]`, several as `[6.4.2-h 5.2.4-d]`, and `[7.1-a:+]` or `[7.1-a:-]` where it shows
 * one side only. So every string literal of every test file is looked through, template literals too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { isRequirementId, type Side } from "./requirement.ts";

/** One requirement in one literal. */
export interface Citation {
  readonly id: string;
  readonly sides: readonly Side[];
  /** The file, as seen from the checkout, and the line. */
  readonly place: string;
}

const TESTS = join(import.meta.dirname, "..");
/** Its titles are examples. */
const OWN_TEST = "ledger/ledger.test.ts";
const CHECKOUT = join(TESTS, "..");
const BRACKETS = /\[([^[\]]+)\]/g;

/** The citations of every test file but the own one. */
export function readCitations(): readonly Citation[] {
  return readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path !== OWN_TEST)
    .sort()
    .flatMap((path) => {
      const file = join(TESTS, path);
      return citationsIn(relative(CHECKOUT, file), readFileSync(file, "utf8"));
    });
}

/** The citations of one file's text, in its order. */
export function citationsIn(file: string, text: string): readonly Citation[] {
  // Parsing is what takes time, and most files cite nothing.
  if (![...text.matchAll(BRACKETS)].some(([, words = ""]) => citedBy(words).length > 0)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Citation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      for (const [, words = ""] of node.text.matchAll(BRACKETS))
        found.push(...citedBy(words).map((cited) => ({ ...cited, place: `${file}:${line + 1}` })));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The ids within a pair of brackets; none when one word of it is not an id. */
function citedBy(words: string): readonly Omit<Citation, "place">[] {
  const cited = words.split(" ").map((word) => {
    const [id = "", side] = word.split(":");
    const sides: readonly Side[] | undefined =
      side === undefined ? ["+", "-"] : side === "+" || side === "-" ? [side] : undefined;
    return isRequirementId(id) && sides !== undefined ? { id, sides } : undefined;
  });
  return cited.every((one) => one !== undefined) ? cited : [];
}
