/** Nova server groups: before 2.64 `policies`, a list of one; since then `policy` and its `rules`. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import type { Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import { type CloudView, findById, removeWhere, type ServerGroup, type View } from "../state/state.ts";
import { microversion } from "./request/microversion.ts";
import { nameSchema, novaBody } from "./request/novaBody.ts";

const SOFT_POLICIES = 15;
const ONE_POLICY = 64;

const hardPolicy = z.enum(["affinity", "anti-affinity"]);
const policy = z.enum(["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"]);

const listSchema = (minor: number) =>
  z.strictObject({
    server_group: z.strictObject({
      name: nameSchema,
      policies: z.array(minor >= SOFT_POLICIES ? policy : hardPolicy).length(1),
    }),
  });
const ruleSchema = z.strictObject({
  server_group: z.strictObject({
    name: nameSchema,
    policy,
    rules: z
      .strictObject({
        max_server_per_host: z
          .union([
            z.int().min(1),
            z
              .string()
              .regex(/^[1-9]\d*$/)
              .transform(Number),
          ])
          .optional(),
      })
      .optional(),
  }),
});

interface OfOne {
  Params: { id: string };
}

/** `/os-server-groups`. */
export function serveServerGroups(app: FastifyInstance, { store }: CloudContext): void {
  app.get("/os-server-groups", (request) => ({
    server_groups: store.state.serverGroups.map((group) => groupAnswer(group, store.state, microversion(request))),
  }));

  app.post("/os-server-groups", async (request) => {
    const group = newGroup(request.body, microversion(request));
    await store.change((draft) => draft.serverGroups.push(group));
    return { server_group: groupAnswer(group, store.state, microversion(request)) };
  });

  app.get<OfOne>("/os-server-groups/:id", (request) => {
    const group = requireGroup(store.state, request.params.id);
    return { server_group: groupAnswer(group, store.state, microversion(request)) };
  });

  app.delete<OfOne>("/os-server-groups/:id", async (request, reply) => {
    await store.change((draft) => {
      const { id } = requireGroup(draft, request.params.id);
      removeWhere(draft.serverGroups, (group) => group.id === id);
      for (const server of draft.servers) if (server.serverGroupId === id) server.serverGroupId = null;
    });
    return reply.code(204).send();
  });
}

function newGroup(body: unknown, minor: number): ServerGroup {
  const id = randomUUID();
  if (minor < ONE_POLICY) {
    const { server_group: asked } = novaBody(listSchema(minor), body);
    return { id, name: asked.name, policy: asked.policies[0] ?? "anti-affinity", maxServersPerHost: 1 };
  }
  const { server_group: asked } = novaBody(ruleSchema, body);
  if (asked.rules !== undefined && asked.policy !== "anti-affinity") {
    throw new ApiError(400, "Only anti-affinity policy supports rules.");
  }
  return { id, name: asked.name, policy: asked.policy, maxServersPerHost: asked.rules?.max_server_per_host ?? 1 };
}

function requireGroup(state: CloudView, id: string): View<ServerGroup> {
  const group = findById(state.serverGroups, id);
  if (group === undefined) throw new ApiError(404, `Instance group ${id} could not be found.`);
  return group;
}

function groupAnswer(group: View<ServerGroup>, state: CloudView, minor: number): Wire {
  const members = state.servers.filter((server) => server.serverGroupId === group.id).map((server) => server.id);
  const owner = { project_id: state.projectId, user_id: state.userId };
  if (minor < ONE_POLICY) {
    return {
      id: group.id,
      name: group.name,
      policies: [group.policy],
      metadata: {},
      members,
      ...(minor >= 13 ? owner : {}),
    };
  }
  const rules = group.maxServersPerHost === 1 ? {} : { max_server_per_host: group.maxServersPerHost };
  return { id: group.id, name: group.name, policy: group.policy, rules, members, ...owner };
}
