/** Keystone: tokens for the one user, the catalog, and the versions of the identity API. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError, unauthorized } from "../http/errors.ts";
import { checked } from "../http/validation.ts";
import type { Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import { findById } from "../state/state.ts";
import { applicationCredentialOf, credentialReference, serveApplicationCredentials } from "./applicationCredentials.ts";
import { catalog, originOf, stableId } from "./catalog.ts";
import { refusal } from "./refusal.ts";
import { ROLES } from "./roles.ts";
import { sameSecret, type Token, type Tokens } from "./tokens.ts";

const DOMAIN = { id: "default", name: "Default" } as const;

/** By id or by name, with the domain where it is by name; what is named must be what there is. */
const domainReference = z.object({ id: z.string().optional(), name: z.string().optional() });
const reference = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  domain: domainReference.optional(),
});

const authBody = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user: reference.extend({ password: z.string() }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      application_credential: credentialReference.optional(),
    }),
    scope: z.union([z.literal("unscoped"), z.object({ project: reference.optional() })]).optional(),
  }),
});
type Auth = z.infer<typeof authBody>["auth"];

/** POST and validation of tokens, and what hangs on them. Mounted at /identity. */
export function keystoneRoutes(app: FastifyInstance, context: CloudContext, tokens: Tokens): void {
  const root = context.endpoint("identity");
  const version = {
    id: "v3.14",
    status: "stable",
    updated: "2020-04-07T00:00:00Z",
    links: [{ rel: "self", href: `${root}/v3/` }],
    "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
  };
  app.get("/", { config: { open: true } }, (_request, reply) =>
    reply.code(300).send({ versions: { values: [version] } }),
  );
  app.get("/v3", { config: { open: true } }, () => ({ version }));

  app.post("/v3/auth/tokens", { config: { open: true } }, (request, reply) => {
    const { auth } = checked(authBody, request.body, "missing", refusal);
    if (!mayEnter(auth, context, tokens)) throw unauthorized();
    const token = tokens.issue(auth.identity.methods, enteringCredential(auth, context, tokens));
    return reply
      .code(201)
      .header("X-Subject-Token", token.id)
      .send(tokenAnswer(token, context, originOf(request, context)));
  });

  const subject = (headers: Readonly<Record<string, unknown>>): Token => {
    const id = headers["x-subject-token"];
    const token = typeof id === "string" ? tokens.find(id) : undefined;
    if (token === undefined) throw new ApiError(404, "Could not find token.");
    return token;
  };
  app.get("/v3/auth/tokens", (request, reply) => {
    const token = subject(request.headers);
    return reply.header("X-Subject-Token", token.id).send(tokenAnswer(token, context, originOf(request, context)));
  });
  app.delete("/v3/auth/tokens", (request, reply) => {
    tokens.revoke(subject(request.headers).id);
    return reply.code(204).send();
  });

  serveApplicationCredentials(app, context, tokens);
  app.get("/v3/auth/catalog", (request) => ({
    catalog: catalog(originOf(request, context)),
    links: { self: `${root}/v3/auth/catalog` },
  }));
  for (const path of ["/v3/auth/projects", "/v3/projects"]) {
    app.get(path, () => ({ projects: [projectAnswer(context)], links: { self: `${root}${path}`, next: null } }));
  }
}

/** Whether the credentials are the user's and the scope is the project. */
function mayEnter(auth: Auth, context: CloudContext, tokens: Tokens): boolean {
  const { credentials, store } = context;
  const user = { id: store.state.userId, name: credentials.userName };
  const project = { id: store.state.projectId, name: credentials.projectName };
  const { methods, password, token, application_credential: asked } = auth.identity;
  const known = methods.every((method) => {
    switch (method) {
      case "password":
        return (
          password !== undefined &&
          refersTo(password.user, user) &&
          sameSecret(password.user.password, credentials.password)
        );
      case "application_credential":
        // It is for its one project, so nobody may ask for a scope.
        return auth.scope === undefined && asked !== undefined && applicationCredentialOf(context, asked) !== undefined;
      case "token":
        return token !== undefined && tokens.find(token.id) !== undefined;
      default:
        return false;
    }
  });
  if (auth.scope === undefined || auth.scope === "unscoped") return known;
  return known && auth.scope.project !== undefined && refersTo(auth.scope.project, project);
}

/** The application credential that somebody enters with; a token that was given for one passes it on. */
function enteringCredential(auth: Auth, context: CloudContext, tokens: Tokens): string | undefined {
  const { application_credential: asked, token } = auth.identity;
  if (asked !== undefined) return applicationCredentialOf(context, asked)?.id;
  return token === undefined ? undefined : tokens.find(token.id)?.applicationCredentialId;
}

function refersTo(asked: z.infer<typeof reference>, there: { readonly id: string; readonly name: string }): boolean {
  const { domain } = asked;
  const domainFits =
    domain === undefined || ((domain.id ?? DOMAIN.id) === DOMAIN.id && (domain.name ?? DOMAIN.name) === DOMAIN.name);
  if (asked.id !== undefined) return asked.id === there.id && domainFits;
  return asked.name === there.name && domainFits;
}

function tokenAnswer(token: Token, context: CloudContext, origin: string): Wire {
  const { credentials, store } = context;
  const own = findById(store.state.applicationCredentials, token.applicationCredentialId ?? "");
  return {
    token: {
      methods: token.methods,
      user: { domain: DOMAIN, id: store.state.userId, name: credentials.userName, password_expires_at: null },
      audit_ids: [token.auditId],
      expires_at: keystoneTime(token.expiresAt),
      issued_at: keystoneTime(token.issuedAt),
      project: { domain: DOMAIN, id: store.state.projectId, name: credentials.projectName },
      is_domain: false,
      roles: ROLES.map((name) => ({ id: stableId(`role ${name}`), name })),
      catalog: catalog(origin),
      ...(own === undefined
        ? {}
        : { application_credential: { id: own.id, name: own.name, restricted: !own.unrestricted } }),
    },
  };
}

function projectAnswer({ credentials, store }: CloudContext): Wire {
  return {
    id: store.state.projectId,
    name: credentials.projectName,
    domain_id: DOMAIN.id,
    parent_id: DOMAIN.id,
    description: "",
    enabled: true,
    is_domain: false,
    tags: [],
    options: {},
    links: {},
  };
}

function keystoneTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
