/** Request bodies checked against a schema, and the first thing wrong with one as a value that each service words. */
import type { z } from "zod";
import { isRecord } from "./wire.ts";

/** What is wrong with a body. `path` leads from the body to the object or the attribute. */
export type Problem =
  | { readonly kind: "unknown"; readonly path: readonly string[]; readonly attributes: readonly string[] }
  | { readonly kind: "missing"; readonly path: readonly string[]; readonly attribute: string }
  | { readonly kind: "invalid"; readonly path: readonly string[]; readonly value: unknown; readonly reason: string };

/**
 * The body as the schema makes it. Otherwise throws what `refuse` makes of one of its problems: of the kind that the
 * service looks for first, else the first there is.
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  looksFirstFor: Problem["kind"],
  refuse: (problem: Problem) => Error,
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => problemOf(issue, body));
  const problem = problems.find(({ kind }) => kind === looksFirstFor) ?? problems[0];
  throw refuse(problem ?? { kind: "invalid", path: [], value: body, reason: "" });
}

function problemOf(issue: z.core.$ZodIssue, body: unknown): Problem {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") return { kind: "unknown", path, attributes: issue.keys };
  const value = valueAt(body, path);
  const attribute = path.at(-1);
  if (issue.code === "invalid_key" && attribute !== undefined) {
    return { kind: "unknown", path: path.slice(0, -1), attributes: [attribute] };
  }
  if (value === undefined && attribute !== undefined) return { kind: "missing", path: path.slice(0, -1), attribute };
  const reason =
    issue.code === "invalid_type" ? `${pythonLiteral(value)} is not a valid ${issue.expected}` : issue.message;
  return { kind: "invalid", path, value, reason };
}

/** What is at the end of the path. */
export function valueAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return (value as readonly unknown[])[Number(key)];
    return isRecord(value) ? value[key] : undefined;
  }, body);
}

/** A value as Python prints it, because the services quote what they refuse. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${pythonLiteral(key)}: ${pythonLiteral(item)}`);
    return `{${entries.join(", ")}}`;
  }
  return JSON.stringify(value);
}
