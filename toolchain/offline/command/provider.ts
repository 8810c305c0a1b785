// The command provider without its wire: what each request of the engine means for a resource of any of its types.
import { randomBytes } from "node:crypto";
import type { CheckFailure, RequestContext, ResourceName } from "../provider.ts";
import {
  holdsSecret,
  holdsUnknown,
  markNamed,
  open,
  sameValue,
  secret,
  secretTexts,
  UNKNOWN,
  type WireObject,
  type WireValue,
} from "../wireValues.ts";
import { copyToRemote } from "./copyToRemote.ts";
import { remoteCommand } from "./remoteCommand.ts";
import type { Operation, Printed, ResourceType } from "./resourceType.ts";

/** The only property whose change replaces a resource: any other is an update. */
const REPLACING_PROPERTY = "triggers";
/** Shorter texts are part of so many words that hiding them would hide everything. */
const SHORTEST_SECRET = 4;
/** What logs in to a machine is secret, whether or not the program marked it. */
const LOGINS: ReadonlySet<string> = new Set(["password", "privateKey", "privateKeyPassword"]);

/** Completes and checks inputs. What is not known yet is taken on trust until it is. */
export function check({ type }: ResourceName, news: WireObject): { inputs: WireObject; failures: CheckFailure[] } {
  const kind = kindOf(type);
  const inputs = kind.withDefaults(news);
  const failures = kind
    .problems(open(inputs))
    .filter(({ path }) => !holdsUnknown(reach(inputs, path)))
    .map(({ path, message }) => ({ property: path.join("."), reason: message }));
  return { inputs, failures };
}

/** The value at a path, or the nearest above it that is there. */
function reach(inputs: WireObject, path: readonly PropertyKey[]): WireValue {
  let value = open(inputs);
  for (const key of path) {
    if (typeof value !== "object" || value === null) return value;
    const inner = (value as Readonly<Record<PropertyKey, WireValue | undefined>>)[key];
    if (inner === undefined) return null;
    value = inner;
  }
  return value;
}

/** Which inputs differ, and which of those replace the resource. */
export function diff(olds: WireObject, news: WireObject): { changed: string[]; replaces: string[] } {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  const changed = [...names].filter((name) => !sameValue(olds[name] ?? null, news[name] ?? null)).sort();
  return { changed, replaces: changed.filter((name) => name === REPLACING_PROPERTY) };
}

/** The state of a resource that a preview expects: its inputs, and outputs nobody knows yet. */
export function expect({ type }: ResourceName, inputs: WireObject): WireObject {
  return state(inputs, Object.fromEntries(kindOf(type).outputs.map((output) => [output, UNKNOWN])));
}

/** Creates a resource and returns its id and state. */
export async function create(
  { type, name }: ResourceName,
  inputs: WireObject,
  context: RequestContext,
): Promise<{ id: string; state: WireObject }> {
  const kind = kindOf(type);
  const outputs = await kind.create(open(inputs), operation(inputs, context));
  const unique = randomBytes(4).toString("hex");
  return { id: kind.idFromName ? `${name}${unique}` : unique, state: state(inputs, outputs) };
}

/** Updates a resource in place and returns its new state. */
export async function update(
  { type }: ResourceName,
  olds: WireObject,
  news: WireObject,
  context: RequestContext,
): Promise<WireObject> {
  const kind = kindOf(type);
  const outputs = await kind.update(open(news), open(olds), printed(olds), operation({ olds, news }, context));
  return state(news, outputs);
}

/** Deletes a resource, with what is in its state. */
export async function remove({ type }: ResourceName, olds: WireObject, context: RequestContext): Promise<void> {
  await kindOf(type).delete(open(olds), printed(olds), operation(olds, context));
}

const TYPES: Readonly<Record<string, ResourceType>> = {
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
};

function kindOf(type: string): ResourceType {
  const found = TYPES[type];
  if (found !== undefined) return found;
  throw new Error(`${type} is not offered by this stand-in for Pulumi's command plugin; an official Pulumi has it`);
}

/** A secret among the inputs makes what a command printed a secret; how to log in always is one. */
function state(inputs: WireObject, { stdout, stderr }: Printed): WireObject {
  const mark = holdsSecret(inputs) ? secret : (value: WireValue) => value;
  const connection = inputs["connection"];
  return {
    ...inputs,
    ...(connection === undefined ? {} : { connection: secret(connection) }),
    ...(stdout === undefined ? {} : { stdout: mark(stdout) }),
    ...(stderr === undefined ? {} : { stderr: mark(stderr) }),
  };
}

/** What a command in the state printed when it last ran. */
function printed(olds: WireObject): Printed {
  const stdout = open(olds["stdout"] ?? null);
  const stderr = open(olds["stderr"] ?? null);
  return { ...(typeof stdout === "string" ? { stdout } : {}), ...(typeof stderr === "string" ? { stderr } : {}) };
}

function operation(properties: WireObject, { signal, log }: RequestContext): Operation {
  const redact = redactor(properties);
  return {
    signal,
    redact,
    log: (line) => {
      log(redact(line));
    },
  };
}

/** Takes every secret out of a text: what is marked as one, and how to log in. */
export function redactor(properties: WireObject): (text: string) => string {
  const texts = secretTexts(markNamed(properties, LOGINS))
    .flatMap((text) => [text, ...text.split("\n")])
    .map((text) => text.trim())
    .filter((text) => text.length >= SHORTEST_SECRET);
  // The longest first: a secret that holds another must not be cut in two.
  const words = [...new Set(texts)].sort((one, other) => other.length - one.length);
  return (text) => words.reduce((rest, word) => rest.replaceAll(word, "[secret]"), text);
}
