/** The ledger itself: which requirement has its tests, and which has not. */
import type { Citation } from "./citation.ts";
import { isRequired, PARTS, type Part, type Requirement, type Side } from "./requirement.ts";

/** A row and the tests that show its sides. */
export interface Entry {
  readonly requirement: Requirement;
  readonly citations: readonly Citation[];
  /** Sides that no test shows, though one must. */
  readonly missing: readonly Side[];
}

/** The figures of one part. */
export interface PartSummary {
  readonly part: Part;
  readonly rows: number;
  /** Rows with a test that shows the side, of those that have the side. */
  readonly positive: Share;
  readonly negative: Share;
  /** Rows with a reason. */
  readonly settled: number;
  /** Rows that need a test or a reason and have neither for one of their sides. */
  readonly missing: number;
  /** Rows that bind nobody and have no test. */
  readonly optional: number;
}

export interface Share {
  readonly covered: number;
  readonly of: number;
}

export interface Ledger {
  readonly entries: readonly Entry[];
  readonly parts: readonly PartSummary[];
  /** Rows that need a test or a reason. */
  readonly missing: readonly Entry[];
  /** What tests cite that no table has. */
  readonly unknown: readonly Citation[];
}

/** Brings rows and citations together. @throws Error when two rows have one id. */
export function ledgerOf(requirements: readonly Requirement[], citations: readonly Citation[]): Ledger {
  const byId = new Map<string, Citation[]>(requirements.map(({ id }) => [id, []]));
  if (byId.size !== requirements.length) throw new Error(`used twice in the lists: ${twice(requirements).join(", ")}`);
  const unknown = citations.filter(({ id }) => !byId.has(id));
  for (const citation of citations) byId.get(citation.id)?.push(citation);
  const entries = requirements.map((requirement) => entryOf(requirement, byId.get(requirement.id) ?? []));
  return {
    entries,
    parts: PARTS.map((part) => summaryOf(part, entries)),
    missing: entries.filter(({ missing }) => missing.length > 0),
    unknown,
  };
}

function entryOf(requirement: Requirement, citations: readonly Citation[]): Entry {
  const lacking = requirement.sides.filter((side) => !shows(citations, side));
  return { requirement, citations, missing: isRequired(requirement) ? lacking : [] };
}

function shows(citations: readonly Citation[], side: Side): boolean {
  return citations.some(({ sides }) => sides.includes(side));
}

function summaryOf(part: Part, all: readonly Entry[]): PartSummary {
  const entries = all.filter(({ requirement }) => requirement.part === part);
  const unsettled = entries.filter(({ requirement }) => requirement.settled === undefined);
  const share = (side: Side): Share => {
    const having = unsettled.filter(({ requirement }) => requirement.sides.includes(side));
    return { covered: having.filter(({ citations }) => shows(citations, side)).length, of: having.length };
  };
  return {
    part,
    rows: entries.length,
    positive: share("+"),
    negative: share("-"),
    settled: entries.length - unsettled.length,
    missing: entries.filter(({ missing }) => missing.length > 0).length,
    optional: unsettled.filter(({ requirement, citations }) => !isRequired(requirement) && citations.length === 0)
      .length,
  };
}

function twice(requirements: readonly Requirement[]): readonly string[] {
  const ids = requirements.map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}
