/** Reads the agent's configuration from text, with every problem in words for the one who wrote it. */
import type { z } from "zod";
import { checkedAgentConfig } from "./checkedDocument.ts";
import { documentText } from "./documentText.ts";
import { findJsonShapeFault } from "./jsonShape.ts";
import { findJsonSyntaxError } from "./jsonSyntax.ts";
import type { AgentConfig } from "./schema/document.ts";

/** A configuration, or all that is wrong with the text: a line each, with the place, the value, why and what to do. */
export type ParsedAgentConfig =
  | { readonly ok: true; readonly config: AgentConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A longer list nobody reads: the first of it are mended, and the others come or are gone with them. */
const MAX_PROBLEMS = 50;

/**
 * Parses an agent.json. Never throws.
 * @param document the file's octets, or its text
 */
export function parseAgentConfig(document: string | Uint8Array): ParsedAgentConfig {
  const decoded = documentText(typeof document === "string" ? new TextEncoder().encode(document) : document);
  if (!decoded.ok) return { ok: false, problems: [decoded.problem] };
  const { text } = decoded;
  const syntaxError = findJsonSyntaxError(text);
  if (syntaxError !== undefined) {
    const { line, column, expected } = syntaxError;
    return { ok: false, problems: [`line ${line}, column ${column}: this is not JSON: expected ${expected} here`] };
  }
  const fault = findJsonShapeFault(text);
  if (fault !== undefined) {
    return { ok: false, problems: [`line ${fault.line}, column ${fault.column}: ${fault.problem}`] };
  }
  const parsed = checkedAgentConfig.safeParse(JSON.parse(text));
  if (parsed.success) return { ok: true, config: parsed.data };
  const problems = parsed.error.issues.flatMap(problemsOf);
  const others = problems.length - MAX_PROBLEMS;
  if (others <= 1) return { ok: false, problems };
  return { ok: false, problems: [...problems.slice(0, MAX_PROBLEMS), `and ${others} more problems`] };
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${place([...issue.path, key])}: is no key of this document: remove or correct it`);
  }
  return [`${place(issue.path)}: ${issue.message}`];
}

/** `virtualRouters[0].priority` */
function place(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the document";
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
