/** Keystone's application credentials: secrets of the user's own, good for the one project, for programs to log in with. */
import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "../http/errors.ts";
import { checked } from "../http/validation.ts";
import type { Wire } from "../http/wire.ts";
import type { CloudContext } from "../state/context.ts";
import { type ApplicationCredential, type CloudView, findById, removeWhere, type View } from "../state/state.ts";
import { stableId } from "./catalog.ts";
import { refusal } from "./refusal.ts";
import { ROLES } from "./roles.ts";
import { sameSecret, type Tokens } from "./tokens.ts";

/** How a login names one: by id, or by name with its user. */
export const credentialReference = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  user: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
  secret: z.string(),
});

/** Calls that it is kept to: of one service, by method and path as `accessRules.ts` matches them. */
const accessRules = z.array(
  z.strictObject({
    id: z.string().max(64).optional(),
    service: z.string().max(64),
    method: z.enum(["POST", "GET", "HEAD", "PATCH", "PUT", "DELETE"]),
    path: z.string().max(225).startsWith("/"),
  }),
);

const createBody = z.object({
  application_credential: z.object({
    name: z.string().min(1).max(255),
    secret: z.string().min(1).optional(),
    description: z.string().nullable().optional(),
    expires_at: z.iso.datetime({ local: true, offset: true }).nullable().optional(),
    unrestricted: z.boolean().optional(),
    roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
    access_rules: accessRules.optional(),
  }),
});

interface OfUser {
  Params: { user: string };
}

interface OfOne {
  Params: { user: string; id: string };
}

/** `/v3/users/{id}/application_credentials`. */
export function serveApplicationCredentials(app: FastifyInstance, context: CloudContext, tokens: Tokens): void {
  const { store, now } = context;
  const path = "/v3/users/:user/application_credentials";
  const answer = (credential: View<ApplicationCredential>): Wire => credentialAnswer(credential, store.state);
  const requireUser = (id: string): void => {
    if (id !== store.state.userId) throw new ApiError(403, "You are not authorized to perform the requested action.");
  };
  /** One that is restricted, as they are unless asked otherwise, cannot make itself heirs. */
  const requireUnrestricted = (header: unknown): void => {
    const token = typeof header === "string" ? tokens.find(header) : undefined;
    const own = findById(store.state.applicationCredentials, token?.applicationCredentialId ?? "");
    if (own?.unrestricted !== false) return;
    const message =
      "Using method 'application_credential' is not allowed for managing additional application credentials.";
    throw new ApiError(403, message);
  };

  app.get<OfUser>(path, (request) => {
    requireUser(request.params.user);
    const { url } = request;
    const rows = store.state.applicationCredentials.map(answer);
    return { application_credentials: rows, links: { self: url, next: null, previous: null } };
  });
  app.get<OfOne>(`${path}/:id`, (request) => {
    requireUser(request.params.user);
    return { application_credential: answer(requireCredential(store.state, request.params.id)) };
  });
  app.post<OfUser>(path, async (request, reply) => {
    requireUser(request.params.user);
    requireUnrestricted(request.headers["x-auth-token"]);
    const asked = checked(createBody, request.body, "missing", refusal).application_credential;
    const secret = asked.secret ?? randomBytes(48).toString("base64url");
    const credential = newCredential(asked, secret, now());
    await store.change((draft) => {
      if (draft.applicationCredentials.some(({ name }) => name === asked.name)) {
        const message = `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${asked.name}.`;
        throw new ApiError(409, message);
      }
      draft.applicationCredentials.push(credential);
    });
    return reply.code(201).send({ application_credential: { ...answer(credential), secret } });
  });
  app.delete<OfOne>(`${path}/:id`, async (request, reply) => {
    requireUser(request.params.user);
    requireUnrestricted(request.headers["x-auth-token"]);
    const { id } = request.params;
    await store.change((draft) => {
      requireCredential(draft, id);
      removeWhere(draft.applicationCredentials, (other) => other.id === id);
    });
    tokens.revokeOf(id);
    return reply.code(204).send();
  });
}

function newCredential(
  asked: z.infer<typeof createBody>["application_credential"],
  secret: string,
  now: number,
): ApplicationCredential {
  const { name, description = null, unrestricted = false, expires_at: end = null, access_rules: rules = [] } = asked;
  const expiresAt = end === null ? null : Date.parse(utc(end));
  if (expiresAt !== null && expiresAt <= now) {
    throw new ApiError(400, "The expires_at of an application credential must be in the future.");
  }
  const id = randomBytes(16).toString("hex");
  const accessRules = rules.map(({ id: ruleId = randomBytes(16).toString("hex"), ...rule }) => ({
    id: ruleId,
    ...rule,
  }));
  return { id, name, description, secretHash: hashOf(secret), unrestricted, expiresAt, accessRules };
}

/** The credential that a login names and has the secret of, unless its time is over. */
export function applicationCredentialOf(
  { store, credentials, now }: CloudContext,
  asked: z.infer<typeof credentialReference>,
): View<ApplicationCredential> | undefined {
  const { applicationCredentials, userId } = store.state;
  const userFits = asked.user === undefined || (asked.user.id ?? userId) === userId;
  const nameFits = asked.user === undefined || (asked.user.name ?? credentials.userName) === credentials.userName;
  const found = applicationCredentials.find(({ id, name }) =>
    asked.id === undefined ? asked.user !== undefined && name === asked.name : id === asked.id,
  );
  if (found === undefined || !userFits || !nameFits) return undefined;
  if (found.expiresAt !== null && found.expiresAt <= now()) return undefined;
  return sameSecret(found.secretHash, hashOf(asked.secret)) ? found : undefined;
}

function requireCredential(state: CloudView, id: string): View<ApplicationCredential> {
  const credential = findById(state.applicationCredentials, id);
  if (credential === undefined) throw new ApiError(404, `Could not find Application Credential: ${id}.`);
  return credential;
}

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** A time without a zone is UTC. */
const utc = (time: string): string => (/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);

function credentialAnswer(credential: View<ApplicationCredential>, state: CloudView): Wire {
  const { id, name, description, unrestricted, expiresAt, accessRules } = credential;
  return {
    id,
    name,
    description,
    unrestricted,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString().replace("Z", "000"),
    project_id: state.projectId,
    user_id: state.userId,
    roles: ROLES.map((role) => ({ id: stableId(`role ${role}`), name: role, domain_id: null })),
    system: null,
    ...(accessRules.length === 0 ? {} : { access_rules: accessRules.map((rule) => ({ ...rule })) }),
    links: {},
  };
}
