/** Values that stand in the agent's document as they stand in the stack: the agent's own schema says which are good. */
import { z } from "zod";
import { shown } from "../../agent/config/fields/expected.ts";

const schemas = new WeakMap<z.ZodType, z.ZodType>();

/** The schema by which a field is checked, when it is not the field's own; undefined when it is. */
export function schemaBehind(field: z.ZodType): z.ZodType | undefined {
  return schemas.get(field);
}

/**
 * A value that the agent's schema accepts, kept as it was written: what the agent then reads is what the operator wrote,
 * and what is left out has the agent's own default. Its problems are the agent's.
 */
export function asInDocument<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.input<Schema>> {
  const field = z.unknown().transform((value, context): z.input<Schema> => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return value as z.input<Schema>;
    context.issues.push(...documentIssues(parsed.error, value));
    return z.NEVER;
  });
  schemas.set(field, schema);
  return field;
}

/** The agent's problems with a value, each with what it says to do in `params.remedy`. */
export function documentIssues(error: z.ZodError, value: unknown): z.core.$ZodRawIssue[] {
  return error.issues.map((issue): z.core.$ZodRawIssue => {
    // zod writes on the paths it is given.
    const path = [...issue.path];
    if (issue.code === "unrecognized_keys") {
      return { code: issue.code, keys: issue.keys, path, input: value as Record<string, unknown> };
    }
    const { why, remedy } = partsOf(issue.message, valueAt(value, path));
    return { code: "custom", path, message: why, params: { remedy }, input: value };
  });
}

/** The two halves of what the agent says (agent/config/fields/expected.ts): `1 is not a TTL: write a whole number ...`. */
export function partsOf(message: string, value?: unknown): { readonly why: string; readonly remedy?: string } {
  const quoted = value === undefined ? [] : [shown(value), JSON.stringify(value)];
  const subject = quoted.find((text) => message.startsWith(`${text} `));
  const said = subject === undefined ? message : message.slice(subject.length + 1);
  const at = said.includes(": write ") ? said.indexOf(": write ") : said.lastIndexOf(": ");
  return at === -1 ? { why: said } : { why: said.slice(0, at), remedy: said.slice(at + 2) };
}

/** The value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
    root,
  );
}
