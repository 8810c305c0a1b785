/**
 * Which of a stack's values are encrypted. The engine hands them all over in clear and says of each top-level key whether
 * something in it was encrypted; what that was only the stack's file says: `privateKey: { secure: v1:... }`.
 */
import { parse } from "yaml";
import { valueAt } from "../schema/documentField.ts";
import { isMap, type KeyPath, NAMESPACE } from "../schema/explain.ts";
import { SecretTexts } from "../values/secretTexts.ts";
import { parseValue } from "./parseValue.ts";

/** How a value stands in the stack's file; `unknown` where its section holds something encrypted and the file is not at hand. */
export type Standing = "encrypted" | "clear" | "unknown";

/** What is encrypted in a stack. */
export interface Encryption {
  readonly standingOf: (path: KeyPath) => Standing;
  readonly secretTexts: SecretTexts;
}

/** What the engine says of a configuration, and the file that it says it of. */
export interface EncryptionSource {
  /** Pulumi's configuration map, decrypted. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys of the map that hold something encrypted; undefined when that is not known. */
  readonly secretKeys: readonly string[] | undefined;
  /** Text of the stack's file; undefined when it is not at hand. */
  readonly stackFile?: string | undefined;
}

/** Paths of encrypted values below a top-level key; undefined where the file does not say what the engine says. */
type Encrypted = readonly KeyPath[] | undefined;

/** Finds out what is encrypted. */
export function readEncryption({ values, secretKeys, stackFile }: EncryptionSource): Encryption {
  const written = configIn(stackFile);
  const encryptedIn = (key: string): Encrypted => {
    if (secretKeys?.includes(key) === false) return [];
    // A file that was not used for this run, or a part of the configuration that comes from elsewhere, says nothing.
    const found = encryptedPaths(parsed(written[key]), parseValue(values[key] ?? ""), []);
    return found?.length === 0 ? undefined : found;
  };
  const sections = new Map(Object.keys(values).map((key) => [key, encryptedIn(key)] as const));
  const texts = (of: (encrypted: Encrypted) => readonly KeyPath[]): string[] =>
    [...sections].flatMap(([key, encrypted]) =>
      of(encrypted).flatMap((path) => textsIn(valueAt(parseValue(values[key] ?? ""), path))),
    );
  return {
    standingOf: ([section = "", ...path]) => {
      const encrypted = sections.get(`${NAMESPACE}:${section}`);
      if (encrypted === undefined) return "unknown";
      return encrypted.some((one) => isWithin(path, one)) ? "encrypted" : "clear";
    },
    secretTexts: new SecretTexts(
      texts((encrypted) => encrypted ?? []),
      texts((encrypted) => (encrypted === undefined ? [[]] : [])),
    ),
  };
}

/** The stack's own `config`; empty when there is no such file, or it is none. */
function configIn(stackFile: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const file: unknown = stackFile === undefined ? undefined : parse(stackFile);
    return isMap(file) && isMap(file["config"]) ? file["config"] : {};
  } catch {
    return {};
  }
}

const parsed = (value: unknown): unknown => (typeof value === "string" ? parseValue(value) : value);

/**
 * Lays what the file has beside what the engine handed over.
 * @returns paths of what is encrypted; undefined when the two are not the same configuration
 */
function encryptedPaths(written: unknown, actual: unknown, at: KeyPath): Encrypted {
  if (isSecure(written)) return actual === undefined ? undefined : [at];
  if (Array.isArray(written)) {
    if (!Array.isArray(actual) || actual.length !== written.length) return undefined;
    return together(written.map((item, index) => encryptedPaths(item, actual[index], [...at, index])));
  }
  if (isMap(written)) {
    if (!isMap(actual) || Object.keys(actual).length !== Object.keys(written).length) return undefined;
    return together(
      Object.entries(written).map(([key, value]) =>
        Object.hasOwn(actual, key) ? encryptedPaths(value, actual[key], [...at, key]) : undefined,
      ),
    );
  }
  return String(written) === String(actual) ? [] : undefined;
}

function together(parts: readonly Encrypted[]): Encrypted {
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

/** As Pulumi tells a secret in a stack's file: a map with this one key and a text. */
function isSecure(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

function isWithin(path: KeyPath, holder: KeyPath): boolean {
  return holder.every((part, at) => String(part) === String(path[at]));
}

/** Every text in a value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
