/** The ledger as text. */
import { table } from "../../lab/table.ts";
import type { Entry, Ledger, PartSummary, Share } from "./ledger.ts";

/** The figures of each part, aligned. */
export function summaryText({ parts }: Ledger): string {
  const share = ({ covered, of }: Share): string => `${covered} of ${of}`;
  const row = (part: PartSummary): readonly string[] => [
    part.part,
    String(part.rows),
    share(part.positive),
    share(part.negative),
    String(part.settled),
    String(part.optional),
    String(part.missing),
  ];
  const head = ["PART", "ROWS", "SHOWN +", "SHOWN -", "SETTLED BY A REASON", "OPTIONAL, NO TEST", "MISSING"];
  return table([head, ...parts.map(row)]);
}

/** One line each: what no test shows, and what tests cite that is not there. Empty when all is well. */
export function problemsText({ missing, unknown }: Ledger): string {
  return [
    ...missing.map(missingText),
    ...unknown.map(({ id, place }) => `${place}: cites ${id}, which no list of test/ledger has`),
  ].join("\n");
}

function missingText({ requirement, missing, citations }: Entry): string {
  const { part, id, level, rule } = requirement;
  const lacks = citations.length === 0 ? "no test" : `no test for the side ${missing.join(" ")}`;
  const short = rule.length > 90 ? `${rule.slice(0, 87)}...` : rule;
  return `${part} ${id} (${level}) has ${lacks}: ${short}`;
}
