/** `npm run ledger`: prints how many requirements are proved and names those that are not; exit code 1 when there are any. */
import { readCitations } from "./citation.ts";
import { ledgerOf } from "./ledger.ts";
import { problemsText, summaryText } from "./report.ts";
import { readRequirements } from "./requirement.ts";

const ledger = ledgerOf(readRequirements(), readCitations());
const problems = problemsText(ledger);
process.stdout.write(`${summaryText(ledger)}\n${problems === "" ? "" : `\n${problems}\n`}`);
process.exitCode = problems === "" ? 0 : 1;
