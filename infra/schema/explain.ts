/** Turns what zod finds wrong into problems a person can act on. */
import { z } from "zod";
import { ownEntry } from "../../agent/config/fields/ownEntry.ts";
import { schemaBehind, valueAt } from "./documentField.ts";
import { type FieldNote, fieldNotes } from "./fields.ts";
import { nearest } from "./nearest.ts";
import { type Problem, showValue } from "./problem.ts";
import { nearestShape } from "./unions.ts";

/** Where a value stands below the namespace, `["nodes", "edge-1", "priority"]`; a number is a place in a list. */
export type KeyPath = readonly (string | number)[];

/** Why of what is not there. */
export const MISSING = "is missing";
/** Why of a key that is in no schema. */
export const UNKNOWN_KEY = "is no key of the configuration";

/** What the configuration is called in messages: Pulumi's namespace, the project's name. */
export const NAMESPACE = "vip-failover";

/** `vip-failover:nodes.edge-1.priority`, as `pulumi config set --path` takes it. */
export function keyName(path: KeyPath): string {
  return `${NAMESPACE}:${path
    .map((part) => (typeof part === "number" ? `[${part}]` : part))
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
  const path = pathOf(issue.path, at);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(schema, [...path, key]));
  const value = valueAt(root, path);
  const inner = issue.code === "invalid_union" ? nearestShape(issue.errors) : undefined;
  if (inner !== undefined) return inner.flatMap((one) => explain(one, schema, root, path));
  const note = noteAt(schema, path);
  const said: unknown = issue.code === "custom" ? issue.params?.["remedy"] : undefined;
  const hidden = value === undefined || note?.secret === true;
  return [
    {
      key: keyName(path),
      ...(hidden ? {} : { value: showValue(value) }),
      why: why(issue, value),
      remedy: typeof said === "string" ? said : remedyOf(note, path),
    },
  ];
}

/** The path of an issue as one of ours; zod allows symbols, and the configuration has none. */
export function pathOf(path: readonly PropertyKey[], at: KeyPath = []): KeyPath {
  return [...at, ...path.map((key) => (typeof key === "symbol" ? String(key) : key))];
}

function remedyOf(note: FieldNote | undefined, path: KeyPath): string {
  return note?.remedy.replace("PATH", keyName(path).slice(NAMESPACE.length + 1)) ?? "see docs/configuration.md";
}

/** A key that is not in the schema: a slip of the pen, or nothing we know. */
export function unknownKey(schema: z.ZodType, path: KeyPath): Problem {
  const key = keyName(path);
  const known = keysAt(schema, path.slice(0, -1));
  const meant = nearest(String(path.at(-1) ?? ""), known);
  const choice = known.length === 0 ? "remove it, or correct its name" : `use one of: ${known.join(", ")}`;
  const remedy = meant === undefined ? choice : `did you mean ${meant}?`;
  return { key, why: UNKNOWN_KEY, remedy };
}

function why(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return MISSING;
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

/** The note of the value at a path, else of what holds it: a value without a note of its own is as secret as its holder. */
function noteAt(schema: z.ZodType, path: KeyPath): FieldNote | undefined {
  for (let length = path.length; length > 0; length--) {
    const note = layersAt(schema, path.slice(0, length))
      .map((layer) => fieldNotes.get(layer))
      .find(Boolean);
    if (note !== undefined) return note;
  }
  return undefined;
}

function keysAt(schema: z.ZodType, path: KeyPath): readonly string[] {
  const objects = layersAt(schema, path).filter((layer) => layer instanceof z.ZodObject);
  return [...new Set(objects.flatMap(({ shape }) => Object.keys(shape)))];
}

/** The schemas at a path, from the outermost wrapper (optional, default) to the types themselves. */
function layersAt(schema: z.ZodType, path: KeyPath): readonly z.ZodType[] {
  return path.reduce<readonly z.ZodType[]>(
    (layers, key) => layers.flatMap((layer) => childOf(layer, key) ?? []).flatMap(unwrapped),
    unwrapped(schema),
  );
}

function unwrapped(schema: z.ZodType): readonly z.ZodType[] {
  return [schema, ...within(schema).flatMap(unwrapped)];
}

function within(schema: z.ZodType): readonly z.ZodType[] {
  const behind = schemaBehind(schema);
  if (behind !== undefined) return [behind];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return [schema.unwrap() as z.ZodType];
  }
  if (schema instanceof z.ZodPipe) return [schema.in as z.ZodType];
  return schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]) : [];
}

function childOf(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return ownEntry(schema.shape as Record<string, z.ZodType>, String(key));
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

/** Whether a configured value is a map of keys. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
