/** Turns what zod finds wrong into problems a person can act on. */
import { z } from "zod";
import { type FieldNote, fieldNotes } from "./fields.ts";
import { laterKey, laterValue } from "./laterWords.ts";
import { nearest } from "./nearest.ts";
import { type Problem, showValue } from "./problem.ts";

/** Where a value stands below the namespace: `["nodes", "edge-1", "priority"]`. */
export type KeyPath = readonly string[];

/** What the configuration is called in messages: Pulumi's namespace, the project's name. */
export const NAMESPACE = "vip-failover";

/** `vip-failover:nodes.edge-1.priority`, as `pulumi config set --path` takes it. */
export function keyName(path: KeyPath): string {
  return `${NAMESPACE}:${path
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : part))
    .join(".")
    .replaceAll(".[", "[")}`;
}

/**
 * Explains one issue.
 * @param schema the schema of the whole configuration
 * @param root the whole configuration as written
 * @param at where the value that was parsed stands; the issue's own path goes on from there
 */
export function explain(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown, at: KeyPath): readonly Problem[] {
  const path = [...at, ...issue.path.map(String)];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(schema, [...path, key]));
  const value = valueAt(root, path);
  const note = noteAt(schema, path);
  const instead = laterValue(path, value);
  const hidden = value === undefined || note?.secret === true;
  return [
    {
      key: keyName(path),
      ...(hidden ? {} : { value: showValue(value) }),
      why: instead === undefined ? why(issue, value) : "is not in this version yet",
      remedy: instead ?? note?.remedy ?? "see infra/config/schema.ts",
    },
  ];
}

/** A key that is not in the schema: one of a later version, a slip of the pen, or nothing we know. */
export function unknownKey(schema: z.ZodType, path: KeyPath): Problem {
  const key = keyName(path);
  const instead = laterKey(path);
  if (instead !== undefined) return { key, why: "is not in this version yet", remedy: instead };
  const known = keysAt(schema, path.slice(0, -1));
  const meant = nearest(path.at(-1) ?? "", known);
  return {
    key,
    why: "is no key of the configuration",
    remedy: meant === undefined ? `use one of: ${known.join(", ")}` : `did you mean ${meant}?`,
  };
}

function why(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `is ${kindOf(value)}, where ${KIND_NAMES[issue.expected] ?? issue.expected} is needed`;
    case "invalid_value":
      return `is none of: ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int" ? `is below ${String(issue.minimum)}` : "is empty";
    case "too_big":
      return `is above ${String(issue.maximum)}`;
    default:
      return issue.message;
  }
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a fraction";
  return KIND_NAMES[typeof value] ?? typeof value;
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) => (isMap(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    root,
  );
}

/** The note of the value at a path, else of what holds it: a value without a note of its own is as secret as its holder. */
function noteAt(schema: z.ZodType, path: KeyPath): FieldNote | undefined {
  for (let length = path.length; length > 0; length--) {
    const note = [...layersAt(schema, path.slice(0, length))].map((layer) => fieldNotes.get(layer)).find(Boolean);
    if (note !== undefined) return note;
  }
  return undefined;
}

function keysAt(schema: z.ZodType, path: KeyPath): readonly string[] {
  const object = [...layersAt(schema, path)].find((layer) => layer instanceof z.ZodObject);
  return object === undefined ? [] : Object.keys(object.shape);
}

/** The schemas at a path, from the outermost wrapper (optional, default) to the type itself. */
function* layersAt(schema: z.ZodType, path: KeyPath): Generator<z.ZodType> {
  let layers: readonly z.ZodType[] = unwrapped(schema);
  for (const key of path) {
    const inner = layers.map((layer) => childOf(layer, key)).find((child) => child !== undefined);
    if (inner === undefined) return;
    layers = unwrapped(inner);
  }
  yield* layers;
}

function unwrapped(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return [schema, ...unwrapped(schema.unwrap() as z.ZodType)];
  }
  return [schema];
}

function childOf(schema: z.ZodType, key: string): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[key] as z.ZodType | undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

/** Whether a configured value is a map of keys. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
