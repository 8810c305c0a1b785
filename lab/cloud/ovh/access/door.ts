/** OVH's front door: who calls, whether the call is granted, and how many calls the caller has left this minute. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { pathOf } from "../../http/faults.ts";
import { bodyText } from "../../http/rawBody.ts";
import { sameSecret } from "../../keystone/tokens.ts";
import type { CloudContext } from "../../state/context.ts";
import type { SignatureCredential } from "../../state/ovhRecords.ts";
import type { View } from "../../state/state.ts";
import type { OvhService } from "../context/context.ts";
import { OPERATOR_CREDENTIAL } from "../context/definition.ts";
import {
  deniedByIam,
  invalidCredential,
  invalidKey,
  invalidSignature,
  invalidToken,
  notCredential,
  notGrantedCall,
  outOfTime,
  tooManyRequests,
} from "../context/errors.ts";
import { policiesGrant, rulesGrant } from "./grants.ts";
import { identityOf, usableClient } from "./oauth2.ts";
import { signatureOf } from "./signature.ts";

/** Who calls. */
export type Caller =
  | { readonly kind: "signature"; readonly credential: View<SignatureCredential> }
  | { readonly kind: "oauth2"; readonly clientId: string; readonly identity: string };

const isOvhs = (request: FastifyRequest): boolean => pathOf(request).startsWith("/ovh/");

/** A path as rules and clients write it: `/cloud/project`, `/v2/iam/policy`. */
export const callPath = (request: FastifyRequest): string =>
  pathOf(request).replace(/^\/ovh(?:\/1\.0|\/v1)?(?=\/)/, "");

const sourceOf = (request: FastifyRequest): string => request.ip.replace(/^::ffff:/, "");

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * Numbers and counts every request to OVH, also one that a fault then spoils, by the credential that it shows. To be
 * hooked in before the faults.
 */
export function countRequests(app: FastifyInstance, { store, now }: CloudContext, ovh: OvhService): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (!isOvhs(request)) {
      done();
      return;
    }
    reply.header("X-Ovh-QueryID", `EU.lab-1.${randomBytes(4).toString("hex")}.${randomBytes(16).toString("hex")}`);
    const shown = shownCredential(request, store.state.ovh.credentials, ovh);
    const limited = shown !== undefined && shown !== String(OPERATOR_CREDENTIAL);
    const call = {
      credential: shown ?? "none",
      source: sourceOf(request),
      method: request.method,
      path: callPath(request),
      at: now(),
    };
    if (ovh.counts.admit(call, limited ? ovh.behaviour.requestsPerMinute : undefined)) done();
    else done(tooManyRequests());
  });
}

function shownCredential(
  request: FastifyRequest,
  credentials: View<SignatureCredential[]>,
  ovh: OvhService,
): string | undefined {
  const consumerKey = header(request, "x-ovh-consumer");
  const bearer = bearerOf(request);
  if (bearer !== undefined) return ovh.tokens.clientOf(bearer);
  const known = credentials.find((credential) => credential.consumerKey === consumerKey);
  return known === undefined ? undefined : String(known.id);
}

/** Lets nobody in who is not granted the call. Needs the body, which is signed with the rest. */
export function guard(app: FastifyInstance, context: CloudContext, ovh: OvhService): void {
  app.addHook("preHandler", (request, _reply, done) => {
    const { open, action } = request.routeOptions.config;
    if (open !== true) requireGranted(request, callerOf(request, context, ovh), action, context, ovh);
    done();
  });
}

/** The caller. Throws OVH's refusals of who is not known. */
export function callerOf(request: FastifyRequest, { store }: CloudContext, ovh: OvhService): Caller {
  const { ovh: records } = store.state;
  const bearer = bearerOf(request);
  if (bearer !== undefined) {
    const client = usableClient(records.oauth2Clients, ovh.tokens.clientOf(bearer) ?? "");
    if (client === undefined) throw invalidToken();
    const { clientId } = client;
    return { kind: "oauth2", clientId, identity: identityOf(ovh.definition.account, clientId) };
  }
  const consumerKey = header(request, "x-ovh-consumer");
  const applicationKey = header(request, "x-ovh-application");
  if (applicationKey === undefined || consumerKey === undefined) throw notCredential();
  const application = records.applications.find(({ key }) => key === applicationKey);
  if (application === undefined) throw invalidKey();
  const credential = records.credentials.find((known) => known.consumerKey === consumerKey);
  if (credential?.applicationKey !== applicationKey || credential.status !== "validated") throw invalidCredential();
  requireSignature(request, { applicationSecret: application.secret, consumerKey }, ovh);
  return { kind: "signature", credential };
}

function requireSignature(
  request: FastifyRequest,
  secrets: { readonly applicationSecret: string; readonly consumerKey: string },
  ovh: OvhService,
): void {
  const timestamp = header(request, "x-ovh-timestamp") ?? "";
  const url = `http://${request.headers.host ?? ""}${request.url}`;
  const { method } = request;
  const right = signatureOf({ ...secrets, method, url, body: bodyText(request), timestamp });
  if (!sameSecret(header(request, "x-ovh-signature") ?? "", right)) throw invalidSignature();
  const awayMs = Math.abs(Number(timestamp) * 1000 - ovh.clock());
  if (Number.isNaN(awayMs) || awayMs > ovh.behaviour.clockToleranceMs) throw outOfTime();
}

function requireGranted(
  request: FastifyRequest,
  caller: Caller,
  action: string | undefined,
  { store, now }: CloudContext,
  ovh: OvhService,
): void {
  if (caller.kind === "signature") {
    // A key may always look at itself.
    if (action !== undefined && !rulesGrant(caller.credential.rules, request.method, callPath(request))) {
      throw notGrantedCall();
    }
    return;
  }
  if (action === undefined) return;
  const question = {
    identity: caller.identity,
    action,
    resource: resourceOf(request, ovh.definition.account),
    sourceAddress: sourceOf(request),
    now: now(),
  };
  if (!policiesGrant(store.state.ovh.policies, question)) throw deniedByIam(action);
}

/** What a call is about, as policies name it. */
function resourceOf(request: FastifyRequest, account: string): string {
  const { p, pn } = request.params as { readonly p?: string; readonly pn?: string };
  const name = pn !== undefined ? `vrack:${pn}` : p !== undefined ? `publicCloudProject:${p}` : `account:${account}`;
  return `urn:v1:eu:resource:${name}`;
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
}
