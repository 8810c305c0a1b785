/** `/auth`: the API's clock, who one is, and new consumer keys. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { secondsTime, type Wire } from "../../http/wire.ts";
import type { CloudContext } from "../../state/context.ts";
import { type AccessRule, accessRules, nextNumber, type SignatureCredential } from "../../state/ovhRecords.ts";
import type { CloudState, View } from "../../state/state.ts";
import { type OvhService, ovhBody } from "../context/context.ts";
import { OPERATOR_CREDENTIAL } from "../context/definition.ts";
import { invalidKey } from "../context/errors.ts";
import { callerOf } from "./door.ts";

const credentialBody = z.object({ accessRules, redirection: z.string().nullable().optional() });

/** The routes. */
export function serveAuth(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  const { store, now } = context;
  app.get("/auth/time", { config: { open: true } }, () => Math.floor(ovh.clock() / 1000));

  app.get("/auth/details", (request) => {
    const { account } = ovh.definition;
    const caller = callerOf(request, context, ovh);
    const isKey = caller.kind === "signature";
    return {
      account,
      user: "",
      description: "",
      method: isKey ? "account" : "oauth2",
      identities: [isKey ? `urn:v1:eu:identity:account:${account}` : caller.identity],
      roles: [],
      allowedRoutes: isKey ? caller.credential.rules : [],
    };
  });

  app.get("/auth/currentCredential", (request) => {
    const caller = callerOf(request, context, ovh);
    return caller.kind === "signature" ? credentialAnswer(caller.credential) : { credentialId: null, rules: [] };
  });

  /** Asked for by the operator's own key, signed, it is valid at once; else somebody has to say yes to it. */
  app.post("/auth/credential", { config: { open: true } }, async (request) => {
    const { accessRules: rules } = ovhBody(credentialBody, request.body);
    const applicationKey = String(request.headers["x-ovh-application"] ?? "");
    if (!store.state.ovh.applications.some(({ key }) => key === applicationKey)) throw invalidKey();
    const caller = request.headers["x-ovh-consumer"] === undefined ? undefined : callerOf(request, context, ovh);
    const byOperator = caller?.kind === "signature" && caller.credential.id === OPERATOR_CREDENTIAL;
    const made = await store.change((draft) =>
      addCredential(draft, { applicationKey, rules, validated: byOperator, now: now() }),
    );
    const { id, consumerKey, status } = made;
    const validationUrl = `http://${request.headers.host ?? ""}/ovh/auth/validate/${id}`;
    return { validationUrl, consumerKey, state: status };
  });
}

/** Makes a consumer key. */
export function addCredential(
  draft: CloudState,
  asked: {
    readonly applicationKey: string;
    readonly rules: readonly AccessRule[];
    readonly validated: boolean;
    readonly now: number;
  },
): SignatureCredential {
  const credential: SignatureCredential = {
    id: nextNumber(draft.ovh),
    applicationKey: asked.applicationKey,
    consumerKey: randomBytes(16).toString("hex"),
    rules: [...asked.rules],
    status: asked.validated ? "validated" : "pendingValidation",
    createdAt: asked.now,
  };
  draft.ovh.credentials.push(credential);
  return credential;
}

function credentialAnswer({ id, rules, status, createdAt }: View<SignatureCredential>): Wire {
  return {
    credentialId: id,
    applicationId: 1,
    status,
    rules,
    creation: secondsTime(createdAt),
    expiration: null,
    lastUse: null,
    ovhSupport: false,
    allowedIPs: null,
  };
}
