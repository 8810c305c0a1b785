/** Glance's API: the images of the configuration, for reading. Mounted at /image. */
import type { FastifyInstance } from "fastify";
import { ApiError } from "../http/errors.ts";
import {
  page,
  type Query,
  queryValue,
  queryValues,
  secondsTime,
  UnknownMarker,
  type Wire,
  withQuery,
} from "../http/wire.ts";
import type { CloudContext, ImageDefinition } from "../state/context.ts";

const CONTROLS = new Set(["limit", "marker", "sort", "sort_key", "sort_dir", "member_status"]);

/** Versions, the list of images, and one image. */
export function glanceRoutes(app: FastifyInstance, context: CloudContext): void {
  const version = {
    id: "v2.9",
    status: "CURRENT",
    links: [{ rel: "self", href: `${context.endpoint("image")}/v2/` }],
  };
  app.get("/", { config: { open: true } }, (_request, reply) => reply.code(300).send({ versions: [version] }));
  app.get("/versions", { config: { open: true } }, () => ({ versions: [version] }));

  app.get<{ Querystring: Query }>("/v2/images", (request) => imageList(context, request.query));
  app.get<{ Params: { id: string } }>("/v2/images/:id", (request) => {
    const { id } = request.params;
    const image = context.images.find((candidate) => candidate.id === id);
    if (image === undefined) throw new ApiError(404, `No image found with ID ${id}`);
    return imageAnswer(image, context);
  });
}

/** An image as Glance answers it. It has no bytes behind the API: the hypervisor knows it by its id. */
function imageAnswer(image: ImageDefinition, { store }: CloudContext): Wire {
  const path = `/v2/images/${image.id}`;
  return {
    id: image.id,
    name: image.name,
    status: "active",
    visibility: "public",
    owner: store.state.projectId,
    protected: false,
    os_hidden: false,
    tags: [],
    disk_format: "raw",
    container_format: "bare",
    min_ram: 0,
    min_disk: 0,
    size: null,
    virtual_size: null,
    checksum: null,
    os_hash_algo: null,
    os_hash_value: null,
    // The images are as old as the region: it was born with them.
    created_at: secondsTime(store.state.createdAt),
    updated_at: secondsTime(store.state.createdAt),
    self: path,
    file: `${path}/file`,
    schema: "/v2/schemas/image",
  };
}

function imageList(context: CloudContext, query: Query): Wire {
  const found = context.images
    .map((image) => imageAnswer(image, context))
    .filter((image) => Object.keys(query).every((name) => matches(image, name, queryValues(query, name))))
    .toSorted((a, b) => order(a, b, query));
  const limit = queryValue(query, "limit");
  if (limit !== undefined && !/^\d+$/.test(limit)) throw new ApiError(400, "limit param must be an integer");
  try {
    const { items, next } = page(found, (image) => String(image["id"]), {
      marker: queryValue(query, "marker"),
      limit: limit === undefined ? undefined : Number(limit),
    });
    return {
      images: items,
      first: withQuery("/v2/images", query, {}).replace(/\?$/, ""),
      schema: "/v2/schemas/images",
      ...(next === undefined ? {} : { next: withQuery("/v2/images", query, { marker: next }) }),
    };
  } catch (error) {
    if (error instanceof UnknownMarker) throw new ApiError(400, `Invalid marker ${error.message}`);
    throw error;
  }
}

function matches(image: Wire, name: string, values: readonly string[]): boolean {
  if (CONTROLS.has(name)) return true;
  const tags = image["tags"];
  if (name === "tag") return values.every((tag) => Array.isArray(tags) && tags.includes(tag));
  if (name === "visibility" && values.includes("all")) return true;
  // A filter on a property that the image does not have leaves it out.
  return values.some((value) => String(image[name]).toLowerCase() === value.toLowerCase());
}

function order(a: Wire, b: Wire, query: Query): number {
  const [sortKey = "name", sortDirection = "asc"] = (queryValue(query, "sort") ?? "").split(":").filter(Boolean);
  const key = queryValue(query, "sort_key") ?? sortKey;
  const sign = (queryValue(query, "sort_dir") ?? sortDirection) === "desc" ? -1 : 1;
  return sign * String(a[key]).localeCompare(String(b[key]), "en");
}
