/** A server's metadata and tags. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import type { CloudContext } from "../../state/context.ts";
import { requireMicroversion } from "../request/microversion.ts";
import { metadataSchema, novaBody, tagSchema } from "../request/novaBody.ts";
import { draftServer, requireServer } from "./servers.ts";

interface OfOne {
  Params: { id: string };
}

interface OfKey {
  Params: { id: string; key: string };
}

const metadataBody = z.strictObject({ metadata: metadataSchema });
const itemBody = z.strictObject({ meta: metadataSchema });
const tagsBody = z.strictObject({ tags: z.array(tagSchema).max(50) });

/** `/servers/ID/metadata`. */
export function serveServerMetadata(app: FastifyInstance, { store, now }: CloudContext): void {
  type Metadata = Record<string, string>;
  const metadataOf = (id: string): Readonly<Metadata> => requireServer(store.state, id).metadata;
  const change = (id: string, work: (metadata: Readonly<Metadata>) => Metadata): Promise<Metadata> =>
    store.change((draft) => {
      const server = draftServer(draft, id);
      server.metadata = work(server.metadata);
      server.updatedAt = now();
      return server.metadata;
    });
  const item = (metadata: Readonly<Metadata>, key: string): Metadata => {
    const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (value === undefined) throw new ApiError(404, "Metadata item was not found");
    return { [key]: value };
  };

  app.get<OfOne>("/servers/:id/metadata", (request) => ({ metadata: metadataOf(request.params.id) }));
  app.post<OfOne>("/servers/:id/metadata", async (request) => {
    const { metadata } = novaBody(metadataBody, request.body);
    return { metadata: await change(request.params.id, (there) => ({ ...there, ...metadata })) };
  });
  app.put<OfOne>("/servers/:id/metadata", async (request) => {
    const { metadata } = novaBody(metadataBody, request.body);
    return { metadata: await change(request.params.id, () => metadata) };
  });
  app.get<OfKey>("/servers/:id/metadata/:key", (request) => ({
    meta: item(metadataOf(request.params.id), request.params.key),
  }));
  app.put<OfKey>("/servers/:id/metadata/:key", async (request) => {
    const { id, key } = request.params;
    const { meta } = novaBody(itemBody, request.body);
    if (Object.keys(meta).join() !== key) throw new ApiError(400, "Request body and URI mismatch");
    await change(id, (there) => ({ ...there, ...meta }));
    return { meta };
  });
  app.delete<OfKey>("/servers/:id/metadata/:key", async (request, reply) => {
    const { id, key } = request.params;
    await change(id, (there) => {
      item(there, key);
      return Object.fromEntries(Object.entries(there).filter(([name]) => name !== key));
    });
    return reply.code(204).send();
  });
}

/** `/servers/ID/tags`, since 2.26. */
export function serveServerTags(app: FastifyInstance, { store }: CloudContext): void {
  const TAGS = 26;
  const change = (id: string, work: (tags: readonly string[]) => string[]): Promise<string[]> =>
    store.change((draft) => {
      const server = draftServer(draft, id);
      server.tags = [...new Set(work(server.tags))];
      return server.tags;
    });
  const requireTag = (id: string, tag: string): void => {
    if (requireServer(store.state, id).tags.includes(tag)) return;
    throw new ApiError(404, `Server ${id} hasn't a tag '${tag}'`);
  };

  app.get<OfOne>("/servers/:id/tags", (request) => {
    requireMicroversion(request, TAGS);
    return { tags: requireServer(store.state, request.params.id).tags };
  });
  app.put<OfOne>("/servers/:id/tags", async (request) => {
    requireMicroversion(request, TAGS);
    const { tags } = novaBody(tagsBody, request.body);
    return { tags: await change(request.params.id, () => tags) };
  });
  app.delete<OfOne>("/servers/:id/tags", async (request, reply) => {
    requireMicroversion(request, TAGS);
    await change(request.params.id, () => []);
    return reply.code(204).send();
  });
  app.get<OfKey>("/servers/:id/tags/:key", (request, reply) => {
    requireMicroversion(request, TAGS);
    requireTag(request.params.id, request.params.key);
    return reply.code(204).send();
  });
  app.put<OfKey>("/servers/:id/tags/:key", async (request, reply) => {
    requireMicroversion(request, TAGS);
    const { id, key } = request.params;
    const there = requireServer(store.state, id).tags.includes(key);
    await change(id, (tags) => [...tags, novaBody(tagSchema, key)]);
    return reply.code(there ? 204 : 201).send();
  });
  app.delete<OfKey>("/servers/:id/tags/:key", async (request, reply) => {
    requireMicroversion(request, TAGS);
    const { id, key } = request.params;
    requireTag(id, key);
    await change(id, (tags) => tags.filter((tag) => tag !== key));
    return reply.code(204).send();
  });
}
