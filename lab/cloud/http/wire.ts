/** What goes over the wire: JSON objects, queries, and the services' ways to write a time. */

/** A JSON object of an answer. */
export type Wire = Record<string, unknown>;

/** A query string, parsed: a name that comes more than once has a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All values of a query parameter, in their order. */
export function queryValues(query: Query, name: string): readonly string[] {
  const value = query[name];
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** The first value of a query parameter. */
export function queryValue(query: Query, name: string): string | undefined {
  return queryValues(query, name)[0];
}

/** Neutron's, Nova's and Glance's time: 2026-11-21T02:05:13Z. */
export function secondsTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Nova's time in its extensions, without a zone: 2026-11-21T02:05:35.000000. */
export function microsTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000`;
}

/** One page of a list, and the marker of the next one if there is more. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** The marker names an item that is not in the list. */
export class UnknownMarker extends Error {}

/** Cuts a page out of a list. `limit` absent or 0: everything after the marker. Throws UnknownMarker. */
export function page<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  request: { readonly marker: string | undefined; readonly limit: number | undefined },
): Page<Item> {
  let start = 0;
  if (request.marker !== undefined) {
    const at = items.findIndex((item) => idOf(item) === request.marker);
    if (at < 0) throw new UnknownMarker(request.marker);
    start = at + 1;
  }
  const rest = items.slice(start);
  if (request.limit === undefined || request.limit === 0 || rest.length <= request.limit) {
    return { items: rest, next: undefined };
  }
  const cut = rest.slice(0, request.limit);
  const last = cut.at(-1);
  return { items: cut, next: last === undefined ? undefined : idOf(last) };
}

/** The path with some query parameters replaced: the link to a further page. */
export function withQuery(path: string, query: Query, replace: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams();
  for (const name of Object.keys(query)) {
    if (!(name in replace)) for (const value of queryValues(query, name)) parameters.append(name, value);
  }
  for (const [name, value] of Object.entries(replace)) parameters.append(name, value);
  return `${path}?${parameters.toString()}`;
}
