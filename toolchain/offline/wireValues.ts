// Property values as the engine sends them to a provider: plain JSON with marked objects for secrets and assets.
import {
  specialArchiveSig,
  specialAssetSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from "@pulumi/pulumi/runtime/rpc.js";
import { z } from "zod";

/** A property value on the wire; objects may be marked by a signature under `specialSigKey`. */
export type WireValue = null | boolean | number | string | readonly WireValue[] | WireObject;

/** A resource's properties on the wire, by name. */
export interface WireObject {
  readonly [key: string]: WireValue;
}

/** Stands for a value that is not known before something else is created: only in a preview. */
export const UNKNOWN = unknownValue;

/** Marks a value as a secret, once. */
export function secret(value: WireValue): WireValue {
  return isSecret(value) ? value : { [specialSigKey]: specialSecretSig, value };
}

// Array.isArray alone does not tell a read-only array from an object.
const isList = (value: WireValue): value is readonly WireValue[] => Array.isArray(value);
const isObject = (value: WireValue): value is WireObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isSecret(value: WireValue): value is WireObject & { readonly value: WireValue } {
  return isObject(value) && value[specialSigKey] === specialSecretSig && "value" in value;
}

/** Whether a value is, or holds somewhere, a secret. */
export function holdsSecret(value: WireValue): boolean {
  if (isSecret(value)) return true;
  return children(value).some(holdsSecret);
}

/** Whether a value is, or holds somewhere, one that is not known yet. */
export function holdsUnknown(value: WireValue): boolean {
  return value === UNKNOWN || children(value).some(holdsUnknown);
}

/** The same value with its secrets in the open: for doing the work with, never for showing. */
export function open(value: WireValue): WireValue {
  if (isSecret(value)) return open(value.value);
  if (isList(value)) return value.map(open);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)]));
}

/** Every text that is secret in a value, to be kept out of messages. */
export function secretTexts(value: WireValue, within = false): string[] {
  if (isSecret(value)) return secretTexts(value.value, true);
  if (typeof value === "string") return within ? [value] : [];
  return children(value).flatMap((child) => secretTexts(child, within));
}

/** The value with everything under one of these names marked as a secret, however deep. */
export function markNamed(value: WireValue, names: ReadonlySet<string>): WireValue {
  if (isList(value)) return value.map((item) => markNamed(item, names));
  if (!isObject(value)) return value;
  const marked = ([name, inner]: [string, WireValue]): [string, WireValue] => [
    name,
    names.has(name) ? secret(inner) : markNamed(inner, names),
  ];
  return Object.fromEntries(Object.entries(value).map(marked));
}

/** Applies `change` inside a value's secret marking, if it has one. */
export function mapInside(value: WireValue, change: (inner: WireValue) => WireValue): WireValue {
  return isSecret(value) ? secret(mapInside(value.value, change)) : change(value);
}

function children(value: WireValue): readonly WireValue[] {
  if (isList(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

/**
 * Whether two values are the same to the engine: secrecy does not count, and an asset or an archive is its content,
 * wherever it lies.
 */
export function sameValue(one: WireValue, other: WireValue): boolean {
  return JSON.stringify(canonical(open(one))) === JSON.stringify(canonical(open(other)));
}

function canonical(value: WireValue): WireValue {
  if (isList(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const signature = value[specialSigKey];
  const isContent = signature === specialAssetSig || signature === specialArchiveSig;
  const hash = value["hash"];
  if (isContent && typeof hash === "string" && hash !== "") return { [specialSigKey]: signature, hash };
  const entries = Object.entries(value).map(([key, inner]): [string, WireValue] => [key, canonical(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A FileAsset, StringAsset or FileArchive; the hash is the engine's, over the content. */
export const assetOrArchive = z
  .object({
    [specialSigKey]: z.enum([specialAssetSig, specialArchiveSig]),
    hash: z.string(),
    path: z.string().optional(),
    text: z.string().optional(),
    uri: z.string().optional(),
    assets: z.unknown().optional(),
  })
  .transform(({ [specialSigKey]: signature, hash, path, text, uri, assets }, context): AssetOrArchive => {
    const isArchive = signature === specialArchiveSig;
    // An empty StringAsset has neither text nor path on the wire.
    const none = [path, text, uri, assets].every((part) => part === undefined || part === "");
    if (path !== undefined && path !== "") return { kind: "path", path, hash };
    if (!isArchive && ((text !== undefined && text !== "") || none)) return { kind: "text", text: text ?? "", hash };
    // What the engine remembers of an archive it deployed before.
    if (isArchive && none) return { kind: "remembered", hash };
    const allowed = isArchive ? "a FileArchive: the path of a file or folder" : "a FileAsset or a StringAsset";
    context.addIssue({ code: "custom", message: `must be ${allowed}` });
    return z.NEVER;
  });

/**
 * What to copy: something on this machine's disk, or a text; of an archive in a resource's old state only the hash is
 * left, which changes when the content does.
 */
export type AssetOrArchive =
  | { readonly kind: "path"; readonly path: string; readonly hash: string }
  | { readonly kind: "text"; readonly text: string; readonly hash: string }
  | { readonly kind: "remembered"; readonly hash: string };
