// A client of OVH's HTTP API: signed or with a token, JSON in and out, errors in the words of OVH's own Go client.

import { createHash } from "node:crypto";
import { z } from "zod";
import { messageOf } from "../../messageOf.ts";
import type { Access, Login } from "./access.ts";

/** One call; the slowest of the official plugin's is answered in a few seconds. */
const CALL_TIMEOUT_MS = 60_000;
/** A token is used no longer than this before its end; one that says it has less is refused soon enough. */
const TOKEN_MARGIN_MS = 60_000;
/** A year; whatever a server says, a token has an end, and the one that it has is told by a refusal. */
const LONGEST_LIFE_SECONDS = 31_536_000;
/** No answer of the API is longer. */
const MAX_ANSWER_OCTETS = 16 << 20;

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A refusal of the API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, called: string, said: string) {
    super(`calling ${called}: OVHcloud API error (status code ${status}): ${said}`);
    this.status = status;
  }
}

const errorBody = z.object({
  class: z.string().optional(),
  errorCode: z.string().optional(),
  message: z.string().default(""),
  details: z.record(z.string(), z.string()).optional(),
});
const tokenBody = z.object({ access_token: z.string(), expires_in: z.number().min(0).max(LONGEST_LIFE_SECONDS) });
/** OVH's clock: seconds since 1970, in this century. */
const clockBody = z.int().min(1_577_836_800).max(4_102_444_800);

/** Calls of one set of credentials. */
export class OvhApi {
  private readonly access: Access;
  private clockOffsetSeconds: Promise<number> | undefined;
  private token: { readonly text: string; readonly untilMs: number } | undefined;

  constructor(access: Access) {
    this.access = access;
  }

  /** @returns the parsed body; null when there is none. @throws ApiError when it is refused */
  async call(method: Method, path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
    const url = this.urlOf(path);
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { ...(await this.identity(method, url, text, signal)), "Content-Type": "application/json" };
    const response = await this.send(`${method} ${path}`, url, signal, {
      method,
      headers,
      ...(text === "" ? {} : { body: text }),
    });
    return response;
  }

  /** As go-ovh does it: paths of /v1 and /v2 stand beside the endpoint's own version. */
  private urlOf(path: string): string {
    const { endpoint } = this.access;
    return /^\/v[12]\//.test(path) ? `${endpoint.replace(/\/(?:1\.0|v1|v2)$/, "")}${path}` : `${endpoint}${path}`;
  }

  private async identity(
    method: Method,
    url: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const { login } = this.access;
    switch (login.kind) {
      case "token":
        return { Authorization: `Bearer ${login.accessToken}` };
      case "serviceAccount":
        return { Authorization: `Bearer ${await this.currentToken(login, signal)}` };
      case "signature": {
        this.clockOffsetSeconds ??= this.measureClock(signal);
        const timestamp = Math.floor(Date.now() / 1000) + (await this.clockOffsetSeconds);
        return {
          "X-Ovh-Application": login.applicationKey,
          "X-Ovh-Consumer": login.consumerKey,
          "X-Ovh-Timestamp": String(timestamp),
          "X-Ovh-Signature": signatureOf(login, method, url, body, timestamp),
        };
      }
    }
  }

  /** How far the API's clock is ahead of this one. */
  private async measureClock(signal: AbortSignal): Promise<number> {
    const server = await this.send("GET /auth/time", this.urlOf("/auth/time"), signal, { method: "GET" });
    return clockBody.parse(server) - Math.floor(Date.now() / 1000);
  }

  private async currentToken(
    { clientId, clientSecret, url }: Extract<Login, { kind: "serviceAccount" }>,
    signal: AbortSignal,
  ): Promise<string> {
    if (this.token !== undefined && Date.now() < this.token.untilMs) return this.token.text;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: "all",
    });
    const answer = tokenBody.parse(await this.send(`POST ${url}`, url, signal, { method: "POST", body }));
    this.token = { text: answer.access_token, untilMs: Date.now() + answer.expires_in * 1000 - TOKEN_MARGIN_MS };
    return this.token.text;
  }

  private async send(called: string, url: string, signal: AbortSignal, init: RequestInit): Promise<unknown> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    let response: Response;
    let text: string;
    try {
      // Not followed: a redirection would take the signature, the token or a secret to wherever the answer says.
      response = await fetch(url, { ...init, signal: limit, redirect: "manual" });
      text = await textOf(response);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const why = messageOf(cause);
      throw new Error(`calling ${called} at ${this.access.endpoint}: ${why}`, { cause: error });
    }
    if (!response.ok) throw new ApiError(response.status, called, refusalIn(response, text));
    if (text.trim() === "") return null;
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`calling ${called} at ${this.access.endpoint}: the answer is no JSON`, { cause: error });
    }
  }
}

async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    octets += piece.length;
    if (octets > MAX_ANSWER_OCTETS) throw new Error(`the answer has more than ${MAX_ANSWER_OCTETS} octets`);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Signature 1 (OVH's guide "First steps with the API"): SHA-1 over the secrets and the exact bytes sent. */
export function signatureOf(
  { applicationSecret, consumerKey }: Pick<Extract<Login, { kind: "signature" }>, "applicationSecret" | "consumerKey">,
  method: string,
  url: string,
  body: string,
  timestamp: number,
): string {
  const signed = [applicationSecret, consumerKey, method, url, body, timestamp].join("+");
  return `$1$${createHash("sha1").update(signed).digest("hex")}`;
}

/** `Client::NotFound: "This service does not exist" (X-OVH-Query-Id: EU.ext-1)`, go-ovh's own form. */
function refusalIn(response: Response, text: string): string {
  const location = response.headers.get("location");
  if (location !== null) return `it leads to ${location}, which is not followed`;
  const query = response.headers.get("x-ovh-queryid");
  const suffix = query === null ? "" : ` (X-OVH-Query-Id: ${query})`;
  let body: z.infer<typeof errorBody>;
  try {
    body = errorBody.parse(JSON.parse(text));
  } catch {
    return `the answer is no JSON${suffix}`;
  }
  const kind = body.class ?? body.errorCode;
  const missing = Object.values(body.details ?? {}).filter((actions) => actions !== "");
  const actions = missing.length === 0 ? "" : ` missing IAM permissions: [${missing.join(", ")}]`;
  return `${kind === undefined ? "" : `${kind}: `}${JSON.stringify(body.message)}${actions}${suffix}`;
}

/** What the call gives, or undefined where the API says that there is nothing. */
export async function unlessGone<Value>(call: Promise<Value>): Promise<Value | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
