/** The rows of the ledger: what RFC 9568, CARP's implementations and ifstated(8) demand, one Markdown list a part. */
import { readFileSync } from "node:fs";

/** Which side of a rule a test shows: that it works, or that its contrary is refused. */
export type Side = "+" | "-";

/** Why a row needs no test: the agent has no such thing, or does otherwise on purpose. */
export interface Settlement {
  readonly kind: "not-applicable" | "differs";
  readonly reason: string;
}

/** One row. */
export interface Requirement {
  readonly part: Part;
  /** Section and letter, `6.4.2-h`, `C6-d`, `I-f`. */
  readonly id: string;
  /** MUST, SHOULD and so on; `table`, `def`; for CARP whose code has it; `N` for a note. */
  readonly level: string;
  readonly rule: string;
  readonly sides: readonly Side[];
  readonly settled: Settlement | undefined;
}

export const PARTS = ["vrrp", "carp", "ifstated"] as const;
export type Part = (typeof PARTS)[number];

/** Levels that bind nobody: a row of theirs may go without a test. */
const OPTIONAL_LEVELS: readonly string[] = ["MAY", "N"];

/** Whether the row must have a test for each of its sides, or a reason. */
export function isRequired({ level, settled }: Requirement): boolean {
  return settled === undefined && !OPTIONAL_LEVELS.includes(level);
}

/** The rows of every part, in the order of the lists. */
export function readRequirements(): readonly Requirement[] {
  return PARTS.flatMap((part) => parseRows(part, readFileSync(new URL(`${part}.md`, import.meta.url), "utf8")));
}

/** `- **6.1-a** (MUST; +-; T): the rule. Settled: differs: why`, with its lines joined. */
const ROW = /^- \*\*(\S+)\*\* \((.+?); (\S+); (.+?)\): (.+?)(?: Settled: (.+))?$/;

/** The rows of one part's list. @throws Error that names the part and the line of a row that is not well formed. */
export function parseRows(part: Part, text: string): readonly Requirement[] {
  return [...text.matchAll(/^- .*(?:\n {2}.*)*/gm)].map((match): Requirement => {
    const place = `${part}.md line ${text.slice(0, match.index).split("\n").length}`;
    const row = ROW.exec(match[0].replaceAll(/\s+/g, " "));
    if (row === null) throw new Error(`${place}: not a row: write - **ID** (LEVEL; SIDES; SOURCE): RULE`);
    const [, id = "", level = "", sides = "", , rule = "", settled = ""] = row;
    if (!isRequirementId(id)) throw new Error(`${place}: ${id} is not the id of a requirement`);
    return { part, id, level, rule, sides: sidesOf(sides, place), settled: settlementOf(settled, place) };
  });
}

/** Whether a word has the form of an id: a section of the RFC, C and a section, or I, and a letter. */
export function isRequirementId(word: string): boolean {
  return /^(?:\d+(?:\.\d+)*|C\d+|I)-[a-z]$/.test(word);
}

/** `+`, `-` or `+-`. */
function sidesOf(text: string, place: string): readonly Side[] {
  if (!/^\+?-?$/.test(text) || text === "")
    throw new Error(`${place}: ${text} is not a list of sides: write +, - or +-`);
  return (["+", "-"] as const).filter((side) => text.includes(side));
}

function settlementOf(text: string, place: string): Settlement | undefined {
  if (text === "") return undefined;
  const [, kind, reason = ""] = /^(not-applicable|differs): (.+)$/.exec(text) ?? [];
  if (kind !== "not-applicable" && kind !== "differs")
    throw new Error(`${place}: ${text} settles nothing: write "not-applicable: why" or "differs: why"`);
  return { kind, reason };
}
