/** Answers of two clouds made comparable: what differs from one run to the next is masked, and lists without an order are sorted. */

/** How two answers differ at one place. */
export interface Difference {
  /** Keys and indexes from the answer's root, joined by dots. */
  readonly path: string;
  readonly doubles: unknown;
  readonly real: unknown;
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UUID"],
  [/\b[0-9a-f]{32}\b/g, "HEX32"],
  [/\b[0-9a-f]{56}\b/g, "HEX56"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?/g, "TIME"],
  [/\bfa:16:3e(?::[0-9a-f]{2}){3}\b/g, "MAC"],
  [/\b203\.0\.113\.1\d\d\b/g, "POOL-ADDRESS"],
  [/http:\/\/127\.0\.0\.1:\d+/g, "http://CLOUD"],
  [/\br-[0-9a-z]{8}\b/g, "RESERVATION"],
];

/** Values that nothing in them tells apart, by their keys. Revisions count the writes of Neutron's agents, too. */
const MASKED_KEYS: ReadonlyMap<unknown, string> = new Map([
  ["adminPass", "PASSWORD"],
  ["revision_number", "REVISION"],
]);

/** The same answer with masks, and with lists of objects in an order of their own. */
export function normalised(value: unknown): unknown {
  if (typeof value === "string") return MASKS.reduce((text, [pattern, mask]) => text.replaceAll(pattern, mask), value);
  if (Array.isArray(value)) {
    const items = value.map(normalised);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [normalised(key), MASKED_KEYS.get(key) ?? normalised(inner)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** Where two normalised answers differ, down to single values. */
export function differences(doubles: unknown, real: unknown, path = ""): readonly Difference[] {
  if (Array.isArray(doubles) && Array.isArray(real) && doubles.length === real.length) {
    return doubles.flatMap((item, index) => differences(item, real[index], below(path, String(index))));
  }
  if (isRecord(doubles) && isRecord(real)) {
    const keys = new Set([...Object.keys(doubles), ...Object.keys(real)]);
    return [...keys].sort().flatMap((key) => differences(doubles[key], real[key], below(path, key)));
  }
  return Object.is(doubles, real) || JSON.stringify(doubles) === JSON.stringify(real) ? [] : [{ path, doubles, real }];
}

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
