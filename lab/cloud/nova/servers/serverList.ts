/** Lists of servers: filters and pages. */

import { ApiError } from "../../http/errors.ts";
import { page, type Query, queryValue, UnknownMarker, type Wire, withQuery } from "../../http/wire.ts";
import type { CloudContext } from "../../state/context.ts";
import type { CloudView, Server, View } from "../../state/state.ts";
import { serverStatus } from "./lifecycle.ts";
import { serverPorts } from "./serverAnswer.ts";

/** The newest servers first, as Nova lists them. `path` is the list's own, for the link to the next page. */
export function serverList(
  context: CloudContext,
  query: Query,
  path: string,
  answer: (server: View<Server>) => Wire,
): Wire {
  const found = context.store.state.servers.filter((server) => matches(server, query, context.store.state));
  const limit = queryValue(query, "limit");
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw new ApiError(
      400,
      `Invalid input for query parameters limit. Value: ${limit}. '${limit}' does not match '^[0-9]*$'`,
    );
  }
  try {
    const { items, next } = page(found.toReversed(), (server) => server.id, {
      marker: queryValue(query, "marker"),
      limit: limit === undefined ? undefined : Number(limit),
    });
    const answered: Wire = { servers: items.map(answer) };
    if (next !== undefined) {
      const href = withQuery(`${context.endpoint("compute")}/v2.1/${path}`, query, { marker: next });
      answered["servers_links"] = [{ rel: "next", href }];
    }
    return answered;
  } catch (error) {
    if (error instanceof UnknownMarker) throw new ApiError(400, `marker [${error.message}] not found`);
    throw error;
  }
}

function matches(server: View<Server>, query: Query, state: CloudView): boolean {
  const wanted = (key: string): string | undefined => queryValue(query, key);
  const name = wanted("name");
  const tags = wanted("tags")?.split(",") ?? [];
  return (
    (name === undefined || nameMatches(server.name, name)) &&
    (wanted("status") ?? serverStatus(server)).toUpperCase() === serverStatus(server) &&
    (wanted("flavor") ?? server.flavorId) === server.flavorId &&
    (wanted("image") ?? server.imageId) === server.imageId &&
    (wanted("uuid") ?? server.id) === server.id &&
    (wanted("project_id") ?? wanted("tenant_id") ?? state.projectId) === state.projectId &&
    (wanted("ip") === undefined || addressMatches(server, wanted("ip") ?? "", state)) &&
    tags.every((tag) => server.tags.includes(tag))
  );
}

function addressMatches(server: View<Server>, pattern: string, state: CloudView): boolean {
  return serverPorts(server, state).some((port) =>
    port.fixedIps.some((fixed) => nameMatches(fixed.ipAddress, pattern)),
  );
}

/** Nova takes these filters for regular expressions; one that is none matches as text. */
function nameMatches(text: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return text.includes(pattern);
  }
}
