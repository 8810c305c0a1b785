/** The guides as a test reads them: their text, their blocks of code and their links. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const CHECKOUT = join(import.meta.dirname, "..", "..");

/** A fenced block of code. */
export interface Block {
  /** What stands behind the fence, such as `yaml`; empty: nothing. */
  readonly language: string;
  readonly text: string;
  /** The file, as seen from the checkout, and the line. */
  readonly place: string;
}

export interface Guide {
  /** As seen from the checkout, such as `docs/vrrp.md`. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Everything at the top of the checkout and in docs/. */
export function readGuides(): readonly Guide[] {
  return ["", "docs/"].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => readGuide(`${folder}${name}`)),
  );
}

export function readGuide(file: string): Guide {
  const text = readFileSync(join(CHECKOUT, file), "utf8");
  return { file, text, blocks: blocksIn(file, text) };
}

/** The text without its blocks of code. */
export function proseOf({ text, blocks }: Guide): string {
  return blocks.reduce((rest, block) => rest.replace(block.text, ""), text);
}

/** The words in backticks, a table's cells and lists included, blocks of code left out. */
export function codeWords(guide: Guide): ReadonlySet<string> {
  return new Set([...proseOf(guide).matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word));
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf({ text }: Guide): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function blocksIn(file: string, text: string): readonly Block[] {
  return [...text.matchAll(/^( *)(?:[-*] |\d+\. )?```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match): Block => {
    const [, indent = "", language = "", body = ""] = match;
    const line = text.slice(0, match.index).split("\n").length;
    return { language, text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""), place: `${file}:${line}` };
  });
}
