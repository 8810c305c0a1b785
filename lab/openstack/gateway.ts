/**
 * The one door to a real OpenStack's services: an HTTP proxy on a port of the loopback, with the paths that the doubles
 * have. The services are in a network that nobody else is in; the proxy reaches them by sockets in the file system.
 */

import { type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from "node:http";
import type { Server } from "node:net";
import type { Readable } from "node:stream";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { messageOf } from "../../toolchain/messageOf.ts";
import { ApiError, errorBody, SERVICES, type ServiceName } from "../cloud/http/errors.ts";
import { applyFaults, createFaultTable, type FaultTable, pathOf } from "../cloud/http/faults.ts";
import { portTaken } from "../cloud/http/portTaken.ts";
import { API_NAMES, type ApiName } from "./settings/places.ts";

/** An open door. */
export interface Gateway {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly faults: FaultTable;
  /** Serves the connections of another listening socket as well, which stays the caller's to close. */
  serve(socket: Server): void;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** What concerns one connection and not the message (RFC 9110, section 7.6.1), and what the proxy says itself. */
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Opens it; `socketOf` names the socket of a service, which need not be there yet. @throws UserError when the port is taken */
export async function openGateway(port: number, socketOf: (api: ApiName) => string, logger: Logger): Promise<Gateway> {
  const app = Fastify({ logger: false, forceCloseConnections: true, exposeHeadRoutes: false });
  const faults = createFaultTable(Date.now);
  // Bodies pass through as they come.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, body, done) => {
    done(null, body);
  });
  logRequests(app, logger);
  applyFaults(app, faults, serviceOf);
  for (const api of API_NAMES) {
    for (const url of [`/${api}`, `/${api}/*`]) {
      app.route({ method: [...METHODS], url, handler: (asked, reply) => forward(api, socketOf(api), asked, reply) });
    }
  }
  app.setNotFoundHandler((asked, reply) =>
    reply
      .code(404)
      .send(
        errorBody("identity", new ApiError(404, `the lab's cloud has ${API_NAMES.join(", ")}, not ${pathOf(asked)}`)),
      ),
  );
  const url = await app.listen({ host: LOOPBACK, port }).catch((error: unknown) => {
    throw portTaken(error, port) ?? error;
  });
  return {
    url,
    faults,
    serve: (socket) => {
      socket.on("connection", (connection) => app.server.emit("connection", connection));
    },
    close: () => app.close(),
  };
}

/** Asks the service and hands its answer on, both as they come. */
async function forward(
  api: ApiName,
  socketPath: string,
  asked: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  let answer: IncomingMessage;
  try {
    answer = await askService(api, socketPath, asked, reply);
  } catch (error) {
    const why = messageOf(error);
    const refusal = new ApiError(503, `the lab's OpenStack does not answer at /${api}: ${why}`);
    return reply.code(503).send(errorBody(serviceOf(asked), refusal));
  }
  // When nobody wants the answer any more, or a fault took its place.
  reply.raw.once("close", () => answer.destroy());
  return reply
    .code(answer.statusCode ?? 502)
    .headers(forwarded(answer.headers))
    .send(answer);
}

function askService(
  api: ApiName,
  socketPath: string,
  { raw, body, url, method, ip }: FastifyRequest,
  reply: FastifyReply,
): Promise<IncomingMessage> {
  const path = url.slice(`/${api}`.length);
  const headers = {
    ...forwarded(raw.headers),
    // Links in answers begin with these.
    "x-forwarded-proto": "http",
    "x-forwarded-host": raw.headers.host ?? "",
    "x-forwarded-prefix": `/${api}`,
    "x-forwarded-for": ip,
  };
  return new Promise((resolve, reject) => {
    const asked = sendRequest(
      { socketPath, method, path: path.startsWith("/") ? path : `/${path}`, headers, agent: false },
      resolve,
    );
    asked.once("error", reject);
    reply.raw.once("close", () => asked.destroy());
    if (isStream(body)) body.pipe(asked);
    else asked.end();
  });
}

const isStream = (body: unknown): body is Readable => typeof body === "object" && body !== null && "pipe" in body;

/** The headers that belong to the message. */
export function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name) && !named.includes(name)),
  );
}

/** In whose words a refusal of the gateway's own is. */
function serviceOf(asked: FastifyRequest): ServiceName {
  const [, first] = pathOf(asked).split("/", 2);
  return SERVICES.find((service) => service === first) ?? "identity";
}

/** At debug only, and without headers and bodies: they hold tokens and passwords. */
function logRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook("onResponse", (asked, reply, done) => {
    const ms = Math.round(reply.elapsedTime);
    logger.debug({ method: asked.method, path: pathOf(asked), status: reply.statusCode, ms }, "request");
    done();
  });
}
