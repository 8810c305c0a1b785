/** Neutron's lists: filters, tags, fields, order and pages, all from the query. */
import {
  isRecord,
  page,
  type Query,
  queryValue,
  queryValues,
  UnknownMarker,
  type Wire,
  withQuery,
} from "../../http/wire.ts";
import { badRequest, invalidInput } from "./attributes.ts";

const CONTROLS = new Set(["fields", "limit", "marker", "page_reverse", "sort_key", "sort_dir"]);
const TAG_FILTERS = new Set(["tags", "tags-any", "not-tags", "not-tags-any"]);

/**
 * The answer to a GET of a collection. `path` is that of the collection's own URL, for the links to further pages.
 * `shown` makes of a resource what the user sees of it: filters look at all of it.
 */
export function listAnswer(
  rows: readonly Wire[],
  query: Query,
  key: string,
  path: string,
  shown: (row: Wire) => Wire,
): Wire {
  const found = sorted(
    rows.filter((row) => matches(row, query)),
    query,
  );
  const reverse = queryValue(query, "page_reverse")?.toLowerCase() === "true";
  const directed = reverse ? found.toReversed() : found;
  const cut = pageOf(directed, query);
  const items = reverse ? cut.items.toReversed() : cut.items;
  const answer: Wire = { [key]: items.map((row) => fieldsOf(shown(row), query)) };
  if (cut.next !== undefined) {
    const href = withQuery(path, query, { marker: cut.next });
    answer[`${key}_links`] = [{ rel: reverse ? "previous" : "next", href }];
  }
  return answer;
}

/** The part of a resource that the query's `fields` ask for; all of it when they ask for none. */
export function fieldsOf(row: Wire, query: Query): Wire {
  const fields = queryValues(query, "fields");
  if (fields.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => fields.includes(name)));
}

function pageOf(rows: readonly Wire[], query: Query): ReturnType<typeof page<Wire>> {
  const limit = queryValue(query, "limit");
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw badRequest(`Limit must be an integer 0 or greater and not '${limit}'`);
  }
  const request = { marker: queryValue(query, "marker"), limit: limit === undefined ? undefined : Number(limit) };
  try {
    return page(rows, (row) => String(row["id"]), request);
  } catch (error) {
    throw error instanceof UnknownMarker ? invalidInput(`marker ${error.message} not found`) : error;
  }
}

function matches(row: Wire, query: Query): boolean {
  return Object.keys(query).every((name) => {
    if (CONTROLS.has(name)) return true;
    const values = queryValues(query, name);
    if (TAG_FILTERS.has(name)) {
      const wanted = values.flatMap((value) => value.split(","));
      return tagsMatch(row["tags"], name, wanted);
    }
    if (!(name in row)) throw badRequest(`['${name}'] is invalid attribute for filtering`);
    return values.some((value) => attributeMatches(row[name], value));
  });
}

function attributeMatches(attribute: unknown, wanted: string): boolean {
  if (attribute === null) return wanted === "" || wanted === "None";
  if (typeof attribute === "boolean") return wanted.toLowerCase() === String(attribute);
  if (typeof attribute === "string") return attribute === wanted;
  if (!Array.isArray(attribute)) return JSON.stringify(attribute) === wanted;
  // fixed_ips=ip_address=10.25.0.11 asks about a part of an item; security_groups=<id> about the item itself.
  return attribute.some((item) => {
    if (!isRecord(item)) return item === wanted;
    const [part = "", ...rest] = wanted.split("=");
    return item[part] === rest.join("=");
  });
}

function tagsMatch(tags: unknown, filter: string, wanted: readonly string[]): boolean {
  const has = (tag: string): boolean => Array.isArray(tags) && tags.includes(tag);
  const found = filter.endsWith("-any") ? wanted.some(has) : wanted.every(has);
  return filter.startsWith("not-") ? !found : found;
}

function sorted(rows: readonly Wire[], query: Query): readonly Wire[] {
  const directions = queryValues(query, "sort_dir");
  const keys = queryValues(query, "sort_key").map((key, index) => ({
    key,
    sign: directions[index] === "desc" ? -1 : 1,
  }));
  return rows.toSorted((a, b) => {
    for (const { key, sign } of keys) {
      const order = String(a[key]).localeCompare(String(b[key]), "en", { numeric: true });
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}
