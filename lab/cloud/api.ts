/** The HTTP server in front of the services: bodies, tokens, errors, faults and the log. */
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { glanceRoutes } from "./glance/routes.ts";
import { ApiError, asApiError, errorBody, errorPage, SERVICES, type ServiceName, unauthorized } from "./http/errors.ts";
import { applyFaults, type FaultSource, pathOf } from "./http/faults.ts";
import { noteBody } from "./http/rawBody.ts";
import { isAllowed } from "./keystone/accessRules.ts";
import { keystoneRoutes } from "./keystone/routes.ts";
import type { Tokens } from "./keystone/tokens.ts";
import { neutronRoutes } from "./neutron/routes.ts";
import { novaRoutes } from "./nova/routes.ts";
import { countRequests } from "./ovh/access/door.ts";
import type { OvhService } from "./ovh/context/context.ts";
import { ovhRoutes } from "./ovh/routes.ts";
import type { CloudContext } from "./state/context.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** May be used without a token. */
    open?: boolean;
    /** What OVH's IAM calls it. */
    action?: string;
  }
}

/** The server with all services, not yet listening. */
export function createApi(
  context: CloudContext,
  tokens: Tokens,
  ovh: OvhService,
  faults: FaultSource,
): FastifyInstance {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
  });
  readJson(app);
  logRequests(app, context);
  countRequests(app, context, ovh);
  applyFaults(app, faults, serviceOf);
  requireToken(app, context, tokens);
  wordErrors(app, context);
  mount(app, "/identity", (scope) => {
    keystoneRoutes(scope, context, tokens);
  });
  mount(app, "/network", (scope) => {
    neutronRoutes(scope, context);
  });
  mount(app, "/compute", (scope) => {
    novaRoutes(scope, context);
  });
  mount(app, "/image", (scope) => {
    glanceRoutes(scope, context);
  });
  mount(app, "/ovh", (scope) => {
    ovhRoutes(scope, context, ovh);
  });
  return app;
}

function mount(app: FastifyInstance, prefix: string, routes: (scope: FastifyInstance) => void): void {
  app.register(
    (scope, _options, done) => {
      routes(scope);
      done();
    },
    { prefix },
  );
}

/** JSON is the only language, but for OAuth2's form; an empty body is none. */
function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
    noteBody(request, text.toString());
    if (text === "") {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(text.toString()));
    } catch {
      done(new ApiError(400, "Malformed request body: it is not JSON", "MalformedRequestBody"));
    }
  });
}

/** At debug only, and without headers and bodies: they hold tokens and passwords. */
function logRequests(app: FastifyInstance, { logger }: CloudContext): void {
  app.addHook("onResponse", (request, reply, done) => {
    logger.debug(
      { method: request.method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      "request",
    );
    done();
  });
}

function requireToken(app: FastifyInstance, context: CloudContext, tokens: Tokens): void {
  app.addHook("onRequest", (request, reply, done) => {
    const { "x-auth-token": shown } = request.headers;
    const service = serviceOf(request);
    // OVH has credentials of its own, looked at once the body is there that is signed with the rest.
    if (service === "ovh" || request.routeOptions.config.open === true) {
      done();
      return;
    }
    const token = typeof shown === "string" ? tokens.find(shown) : undefined;
    const call = { service, method: request.method, path: pathOf(request) };
    if (token !== undefined && isAllowed(token, call, context.store.state)) {
      done();
      return;
    }
    reply.header("WWW-Authenticate", `Keystone uri="${context.endpoint("identity")}"`);
    done(unauthorized());
  });
}

function wordErrors(app: FastifyInstance, { logger }: CloudContext): void {
  app.setNotFoundHandler(() => {
    throw new ApiError(404, "The resource could not be found.");
  });
  app.setErrorHandler<Error>((thrown, request, reply) => {
    const error = asApiError(thrown);
    if (error === undefined) {
      logger.error({ err: thrown, method: request.method, path: pathOf(request) }, "request failed");
    }
    const told = error ?? new ApiError(500, "Request Failed: internal server error while processing your request.");
    const service = serviceOf(request);
    // Without a valid token nobody gets as far as Glance: the middleware before it speaks JSON to all.
    if (service === "image" && told.status !== 401 && !asksForJson(request)) {
      return reply.code(told.status).type("text/html; charset=UTF-8").send(errorPage(told));
    }
    return reply.code(told.status).send(errorBody(service, told));
  });
}

function asksForJson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes("application/json") === true;
}

/** The service a request is for; what is for none is answered by Keystone. */
function serviceOf(request: FastifyRequest): ServiceName {
  const [, first] = pathOf(request).split("/", 2);
  return SERVICES.find((service) => service === first) ?? "identity";
}
