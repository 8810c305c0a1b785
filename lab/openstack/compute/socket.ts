/**
 * Where Nova's driver finds its hypervisor: HTTP on a unix socket that only its owner may open. Requests name the compute
 * host on whose behalf they are made; `/hosts/HOST/events` never ends and says, a line of JSON each, whose power changed.
 */

import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import { ZodError } from "zod";
import { messageOf } from "../../../toolchain/messageOf.ts";
import { NotFound } from "./machine.ts";
import { type Machines } from "./machines.ts";
import {
  inventoryRequest,
  placeParams,
  portParams,
  portRequest,
  rebootRequest,
  removeRequest,
  serverParams,
  serverRequest,
  stopRequest,
} from "./words.ts";

/** User data is at most 64 KiB, but is on the drive a dozen times, once for each version of its format. */
const BODY_LIMIT = 8 << 20;

/** Serves machines at the socket; resolves once it listens. Closing ends the streams and removes the socket. */
export async function serveMachines(socketPath: string, machines: Machines): Promise<{ close(): Promise<void> }> {
  const server = fastify({ logger: false, bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  addServerRoutes(server, machines);
  addPortRoutes(server, machines);
  addHostRoutes(server, machines);
  server.setErrorHandler(async (error, _request, reply) => {
    const status = error instanceof ZodError ? 400 : error instanceof NotFound ? 404 : statusOf(error);
    await reply.status(status).send({ message: messageOf(error) });
  });
  const folder = dirname(socketPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
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

/** What fastify itself refuses, a body that is too big or no JSON, it says as a number. */
const statusOf = (error: unknown): number =>
  error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;

const SERVER = "/hosts/:host/servers/:server";

function addServerRoutes(http: FastifyInstance, machines: Machines): void {
  http.put(SERVER, async ({ params, body }) => {
    const { host, server } = serverParams.parse(params);
    await machines.define(host, server, serverRequest.parse(body));
    return {};
  });
  http.get(SERVER, ({ params }) => {
    const { host, server } = serverParams.parse(params);
    return Promise.resolve({ serverId: server, power: machines.power(host, server) });
  });
  http.post(`${SERVER}/plug`, async ({ params }) => {
    const { host, server } = serverParams.parse(params);
    await machines.plugIn(host, server);
    return {};
  });
  http.post(`${SERVER}/start`, async ({ params }) => {
    const { host, server } = serverParams.parse(params);
    await machines.start(host, server);
    return {};
  });
  http.post(`${SERVER}/stop`, async ({ params, body }) => {
    const { host, server } = serverParams.parse(params);
    await machines.stop(host, server, stopRequest.parse(body).graceSeconds * 1000);
    return {};
  });
  http.post(`${SERVER}/reboot`, async ({ params, body }) => {
    const { host, server } = serverParams.parse(params);
    await machines.reboot(host, server, rebootRequest.parse(body).how);
    return {};
  });
  http.post(`${SERVER}/remove`, async ({ params, body }) => {
    const { host, server } = serverParams.parse(params);
    await machines.remove(host, server, removeRequest.parse(body).disk);
    return {};
  });
  http.get(`${SERVER}/console`, async ({ params }) => {
    const { host, server } = serverParams.parse(params);
    machines.power(host, server);
    return { text: await machines.consoleLog(server) };
  });
}

function addPortRoutes(http: FastifyInstance, machines: Machines): void {
  http.post(`${SERVER}/ports`, async ({ params, body }) => {
    const { host, server } = serverParams.parse(params);
    await machines.attach(host, server, portRequest.parse(body));
    return {};
  });
  http.delete(`${SERVER}/ports/:port`, async ({ params }) => {
    const { host, server, port } = portParams.parse(params);
    await machines.detach(host, server, port);
    return {};
  });
}

function addHostRoutes(http: FastifyInstance, machines: Machines): void {
  http.get("/hosts/:host/servers", ({ params }) => {
    const { host } = placeParams.parse(params);
    return Promise.resolve({ servers: machines.list(host) });
  });
  http.post("/hosts/:host/inventory", async ({ params, body }) => {
    const { host } = placeParams.parse(params);
    await machines.takeInventory(host, inventoryRequest.parse(body).serverIds);
    return {};
  });
  http.get("/hosts/:host/events", async ({ params }, reply) => {
    const { host } = placeParams.parse(params);
    machines.list(host);
    const stream = new PassThrough();
    const stop = machines.onPower((where, event) => {
      if (where === host) stream.write(`${JSON.stringify(event)}\n`);
    });
    stream.once("close", stop);
    // The first line tells the reader that nothing is missed from here on.
    stream.write("\n");
    return reply.type("application/x-ndjson").send(stream);
  });
}
