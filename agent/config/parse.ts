/** Reads the agent's configuration from text, with every problem in words for the one who wrote it. */
import type { z } from "zod";
import { type AgentConfig, agentConfigSchema } from "./document.ts";
import { findJsonSyntaxError } from "./jsonSyntax.ts";

/** A configuration, or all that is wrong with the text: a line each, with the place, the value, why and what to do. */
export type ParsedAgentConfig =
  | { readonly ok: true; readonly config: AgentConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Parses an agent.json. Never throws. */
export function parseAgentConfig(text: string): ParsedAgentConfig {
  const syntaxError = findJsonSyntaxError(text);
  if (syntaxError !== undefined) {
    const { line, column, expected } = syntaxError;
    return { ok: false, problems: [`line ${line}, column ${column}: this is not JSON: expected ${expected} here`] };
  }
  const parsed = agentConfigSchema.safeParse(JSON.parse(text));
  if (parsed.success) return { ok: true, config: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) };
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
