/** Nova servers: the routes of the collection and of one server. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import type { Query } from "../../http/wire.ts";
import type { CloudContext } from "../../state/context.ts";
import { type CloudState, type CloudView, findById, type Server, type View } from "../../state/state.ts";
import { microversion } from "../request/microversion.ts";
import { nameSchema, novaBody, refuseNewer } from "../request/novaBody.ts";
import { briefServer, fullServer, links, plainServer } from "./serverAnswer.ts";
import { adminPassword, createServer, serverCreation } from "./serverCreation.ts";
import { serverList } from "./serverList.ts";

interface OfOne {
  Params: { id: string };
}

/** Nova's 404 for a server. */
export function serverNotFound(id: string): ApiError {
  return new ApiError(404, `Instance ${id} could not be found.`);
}

/** The server for reading. */
export function requireServer(state: CloudView, id: string): View<Server> {
  const server = findById(state.servers, id);
  if (server === undefined) throw serverNotFound(id);
  return server;
}

/** The server for changing. */
export function draftServer(draft: CloudState, id: string): Server {
  const server = findById(draft.servers, id);
  if (server === undefined) throw serverNotFound(id);
  return server;
}

const updateSchema = z.strictObject({
  server: z.strictObject({ name: nameSchema.optional(), description: z.string().max(255).nullable().optional() }),
});

/** `/servers`, and one of them. */
export function serveServers(app: FastifyInstance, context: CloudContext): void {
  const { store } = context;

  app.get<{ Querystring: Query }>("/servers", (request) =>
    serverList(context, request.query, "servers", (server) => briefServer(server, context)),
  );
  app.get<{ Querystring: Query }>("/servers/detail", (request) =>
    serverList(context, request.query, "servers/detail", (server) =>
      fullServer(server, context, microversion(request)),
    ),
  );

  app.post("/servers", async (request, reply) => {
    const creation = serverCreation(request.body, microversion(request));
    const id = await store.change((draft) => createServer(draft, creation, context).id);
    const groups = creation.server.security_groups ?? [{ name: "default" }];
    return reply.code(202).send({
      server: {
        id,
        links: links(context, `servers/${id}`),
        "OS-DCF:diskConfig": "MANUAL",
        security_groups: groups,
        adminPass: adminPassword(),
      },
    });
  });

  app.get<OfOne>("/servers/:id", (request) => ({
    server: fullServer(requireServer(store.state, request.params.id), context, microversion(request)),
  }));

  app.put<OfOne>("/servers/:id", async (request) => {
    const { id } = request.params;
    requireServer(store.state, id);
    refuseNewer(request.body, ["server"], { description: 19 }, microversion(request));
    const { server: change } = novaBody(updateSchema, request.body);
    await store.change((draft) => {
      const server = draftServer(draft, id);
      server.name = change.name ?? server.name;
      if (change.description !== undefined) server.description = change.description;
      server.updatedAt = context.now();
    });
    return { server: plainServer(requireServer(store.state, id), context, microversion(request)) };
  });

  app.delete<OfOne>("/servers/:id", async (request, reply) => {
    await store.change((draft) => {
      markDeleted(draftServer(draft, request.params.id), context.now());
    });
    return reply.code(204).send();
  });

  app.get<OfOne>("/servers/:id/os-volume_attachments", (request) => {
    requireServer(store.state, request.params.id);
    return { volumeAttachments: [] };
  });
}

/** The server goes: it is out of the region at once and out of the API when the region has converged. */
export function markDeleted(server: Server, now: number): void {
  server.task = { kind: "deleting" };
  server.updatedAt = now;
}
