/** The daemon's control socket: an HTTP server on a unix socket that only its owner may open. */

import { chmod, rm } from "node:fs/promises";
import fastify, { type FastifyInstance } from "fastify";
import { ZodError } from "zod";
import { messageOf } from "../../toolchain/messageOf.ts";
import { type LabControl, linkRequest, runRequest } from "./api.ts";
import { addCloudRoutes } from "./cloudRoutes.ts";
import type { CloudControl } from "./cloudWords.ts";

interface ServerParams {
  readonly Params: { readonly server: string };
}

/** Serves a lab's control at the socket; resolves once it listens. Closing removes the socket. */
export async function serveControl(
  socketPath: string,
  lab: LabControl,
  cloud: CloudControl,
): Promise<{ close(): Promise<void> }> {
  const server = fastify({ logger: false, bodyLimit: 1 << 20 });
  addRoutes(server, lab);
  addCloudRoutes(server, cloud);
  server.setErrorHandler(async (error, _request, reply) => {
    const badRequest = error instanceof ZodError;
    const message = messageOf(error);
    await reply.status(badRequest ? 400 : 500).send({ message });
  });
  await rm(socketPath, { force: true });
  await server.listen({ path: socketPath });
  await chmod(socketPath, 0o600);
  return {
    close: async () => {
      await server.close();
      await rm(socketPath, { force: true });
    },
  };
}

function addRoutes(server: FastifyInstance, lab: LabControl): void {
  server.get("/status", () => lab.status());
  server.post<ServerParams>("/servers/:server/power-cut", async ({ params }) => {
    await lab.powerCut(params.server);
    return {};
  });
  server.post<ServerParams>("/servers/:server/start", async ({ params }) => {
    await lab.start(params.server);
    return {};
  });
  server.post<ServerParams>("/servers/:server/run", ({ params, body }) => {
    const { argv, timeoutMs } = runRequest.parse(body);
    return lab.run(params.server, argv, { timeoutMs });
  });
  server.post<ServerParams>("/servers/:server/link", async ({ params, body }) => {
    const { condition, side } = linkRequest.parse(body);
    await lab.setLink(params.server, condition, side);
    return {};
  });
}
