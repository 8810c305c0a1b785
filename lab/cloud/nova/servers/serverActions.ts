/** POST /servers/ID/action: one body with one key, the action's name. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError } from "../../http/errors.ts";
import { isRecord, type Wire } from "../../http/wire.ts";
import { touch } from "../../neutron/collections/collection.ts";
import type { CloudContext } from "../../state/context.ts";
import { type CloudState, findById, type Server } from "../../state/state.ts";
import { microversion } from "../request/microversion.ts";
import { novaBody } from "../request/novaBody.ts";
import { requireState, type VmKind } from "./lifecycle.ts";
import { plainServer } from "./serverAnswer.ts";
import { adminPassword } from "./serverCreation.ts";
import { rebuild, rebuildRequest } from "./serverRebuild.ts";
import { draftServer, markDeleted, requireServer } from "./servers.ts";

/** What an action does. It checks its own argument, and answers with a body or with nothing. */
type Action = (call: ActionCall) => Promise<Wire | undefined>;

interface ActionCall {
  readonly context: CloudContext;
  readonly serverId: string;
  readonly argument: unknown;
  readonly request: FastifyRequest;
}

const nothing = z.union([z.null(), z.strictObject({})]);
const rebootSchema = z.strictObject({ type: z.enum(["SOFT", "HARD", "soft", "hard"]) });
const resizeSchema = z.strictObject({
  flavorRef: z.union([z.string(), z.int().transform(String)]),
  "OS-DCF:diskConfig": z.enum(["AUTO", "MANUAL"]).optional(),
});
const consoleSchema = z.strictObject({
  length: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^-?\d+$/)
        .transform(Number),
    ])
    .nullable()
    .optional(),
});
const groupSchema = z.strictObject({ name: z.string() });

/** A change of the server that needs one of these states. */
function changeServer<Result>(
  { context, serverId }: ActionCall,
  action: string,
  allowed: readonly VmKind[],
  change: (server: Server, draft: CloudState) => Result,
): Promise<Result> {
  return context.store.change((draft) => {
    const server = draftServer(draft, serverId);
    requireState(server, action, allowed);
    server.updatedAt = context.now();
    return change(server, draft);
  });
}

const start: Action = async (call) => {
  novaBody(nothing, call.argument);
  await changeServer(call, "start", ["stopped"], (server) => {
    server.power = "on";
    server.task = { kind: "powering-on" };
  });
  return undefined;
};

const stop: Action = async (call) => {
  novaBody(nothing, call.argument);
  await changeServer(call, "stop", ["active", "error"], (server) => {
    // A failed machine is off already: nothing will be heard of its stopping.
    if (server.power === "off") server.vm = { kind: "stopped" };
    else server.task = { kind: "powering-off" };
    server.power = "off";
  });
  return undefined;
};

const reboot: Action = async (call) => {
  const { type } = novaBody(rebootSchema, call.argument);
  const how = type.toLowerCase() === "hard" ? "hard" : "soft";
  const allowed: readonly VmKind[] = how === "hard" ? ["active", "stopped", "error"] : ["active"];
  const running = await changeServer(call, "reboot", allowed, (server) => {
    requireHost(server, "reboot");
    const wasOn = server.power === "on";
    server.power = "on";
    server.task = { kind: "rebooting", how };
    return wasOn;
  });
  // One that is off starts because the region now wants it on.
  if (running) void call.context.conductor.reboot(call.serverId, how);
  return undefined;
};

const resize: Action = async (call) => {
  const { flavorRef } = novaBody(resizeSchema, call.argument);
  const { context, serverId } = call;
  if (!context.flavors.some(({ id }) => id === flavorRef)) {
    throw new ApiError(400, `Flavor ${flavorRef} could not be found.`);
  }
  const running = await changeServer(call, "resize", ["active", "stopped"], (server) => {
    const oldFlavorId = server.flavorId;
    if (oldFlavorId === flavorRef) throw new ApiError(400, "When resizing, instances must change flavor!");
    server.flavorId = flavorRef;
    if (server.power === "on") server.task = { kind: "resizing", oldFlavorId };
    else server.vm = { kind: "resized", oldFlavorId };
    return server.power === "on";
  });
  // A resized machine boots again on its new host.
  if (running) void context.conductor.reboot(serverId, "soft");
  return undefined;
};

const confirmResize: Action = async (call) => {
  novaBody(nothing, call.argument);
  await changeServer(call, "confirmResize", ["resized"], (server) => {
    server.vm = { kind: server.power === "on" ? "active" : "stopped" };
  });
  return undefined;
};

const revertResize: Action = async (call) => {
  novaBody(nothing, call.argument);
  const running = await changeServer(call, "revertResize", ["resized"], (server) => {
    if (server.vm.kind === "resized") server.flavorId = server.vm.oldFlavorId;
    if (server.power === "on") server.task = { kind: "reverting-resize" };
    else server.vm = { kind: "stopped" };
    return server.power === "on";
  });
  if (running) void call.context.conductor.reboot(call.serverId, "soft");
  return undefined;
};

const rebuildServer: Action = async (call) => {
  const { context, serverId, request } = call;
  const asked = rebuildRequest(call.argument, microversion(request));
  await changeServer(call, "rebuild", ["active", "stopped", "error"], (server, draft) => {
    requireHost(server, "rebuild");
    rebuild(draft, server, asked, context);
  });
  const answer = plainServer(requireServer(context.store.state, serverId), context, microversion(request));
  return { server: { ...answer, adminPass: adminPassword() } };
};

const consoleOutput: Action = async ({ context, serverId, argument }) => {
  const { length } = novaBody(consoleSchema, argument);
  const server = requireServer(context.store.state, serverId);
  if (server.host === null || server.vm.kind === "building") {
    throw new ApiError(409, `Instance ${serverId} is not ready`);
  }
  const output = await context.conductor.consoleLog(serverId);
  if (length === undefined || length === null || length < 0) return { output };
  return { output: length === 0 ? "" : output.trimEnd().split("\n").slice(-length).join("\n") };
};

const forceDelete: Action = async (call) => {
  novaBody(nothing, call.argument);
  const { context, serverId } = call;
  await context.store.change((draft) => {
    markDeleted(draftServer(draft, serverId), context.now());
  });
  return undefined;
};

/** Adds or removes a security group on every port of the server. */
function regroup(action: string, change: (ids: readonly string[], id: string) => string[]): Action {
  return async (call) => {
    const { name } = novaBody(groupSchema, call.argument);
    const { context } = call;
    await changeServer(call, action, ["active", "stopped", "resized", "error"], (server, draft) => {
      const group = draft.securityGroups.find((candidate) => candidate.name === name || candidate.id === name);
      if (group === undefined) {
        throw new ApiError(404, `Security group ${name} not found for project ${draft.projectId}.`);
      }
      for (const portId of server.portIds) {
        const port = findById(draft.ports, portId);
        if (port === undefined) continue;
        port.securityGroupIds = change(port.securityGroupIds, group.id);
        touch(port, context.now());
      }
    });
    return undefined;
  };
}

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["os-start", start],
  ["os-stop", stop],
  ["reboot", reboot],
  ["resize", resize],
  ["confirmResize", confirmResize],
  ["revertResize", revertResize],
  ["rebuild", rebuildServer],
  ["os-getConsoleOutput", consoleOutput],
  ["forceDelete", forceDelete],
  ["addSecurityGroup", regroup("addSecurityGroup", (ids, id) => [...new Set([...ids, id])])],
  ["removeSecurityGroup", regroup("removeSecurityGroup", (ids, id) => ids.filter((other) => other !== id))],
]);

/** A server that no host would have has no machine to do anything with. */
function requireHost(server: Server, action: string): void {
  if (server.host === null) {
    throw new ApiError(409, `Cannot '${action}' instance ${server.id}: it was never scheduled to a host`);
  }
}

/** `/servers/ID/action`. */
export function serveServerActions(app: FastifyInstance, context: CloudContext): void {
  app.post<{ Params: { id: string } }>("/servers/:id/action", async (request, reply) => {
    const serverId = request.params.id;
    requireServer(context.store.state, serverId);
    const entries = isRecord(request.body) ? Object.entries(request.body) : [];
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) throw new ApiError(400, "Malformed request body");
    const [name, argument] = entry;
    const action = ACTIONS.get(name);
    if (action === undefined) throw new ApiError(400, `There is no such action: ${name}`);
    const answer = await action({ context, serverId, argument, request });
    if (answer !== undefined) return reply.code(name === "os-getConsoleOutput" ? 200 : 202).send(answer);
    return reply.code(name === "confirmResize" ? 204 : 202).send();
  });
}
