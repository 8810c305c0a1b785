/** OAuth2 client credentials (RFC 6749, 4.4): service accounts and the tokens they get. Tokens live in memory. */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { CloudContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { sameSecret } from "../keystone/tokens.ts";
import type { View } from "../state.ts";
import type { Wire } from "../wire.ts";
import type { OvhService } from "./context.ts";
import type { OAuth2Client } from "./records.ts";

/** The tokens that were given out. */
export interface AccessTokens {
  issue(clientId: string, lifetimeMs: number): string;
  /** The client of a token that is known and not over. */
  clientOf(token: string): string | undefined;
}

/** No tokens yet. `now` is in milliseconds since the epoch. */
export function createAccessTokens(now: () => number): AccessTokens {
  const tokens = new Map<string, { readonly clientId: string; readonly expiresAt: number }>();
  return {
    issue(clientId, lifetimeMs) {
      for (const [token, { expiresAt }] of tokens) if (expiresAt <= now()) tokens.delete(token);
      const token = randomBytes(48).toString("base64url");
      tokens.set(token, { clientId, expiresAt: now() + lifetimeMs });
      return token;
    },
    clientOf(token) {
      const found = tokens.get(token);
      return found !== undefined && found.expiresAt > now() ? found.clientId : undefined;
    },
  };
}

/** A refusal in OAuth2's own words (RFC 6749, 5.2). */
class OAuth2Error extends ApiError {
  override readonly body: Wire;

  constructor(status: 400 | 401, error: string, description: string) {
    super(status, description);
    this.body = { error, error_description: description };
  }
}

/** `POST /auth/oauth2/token`. */
export function serveTokens(app: FastifyInstance, { store }: CloudContext, ovh: OvhService): void {
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, text, done) => {
    done(null, Object.fromEntries(new URLSearchParams(text.toString())));
  });
  app.post("/auth/oauth2/token", { config: { open: true } }, (request) => {
    const form = new Map(Object.entries((request.body ?? {}) as Record<string, string>));
    const basic = basicCredentials(request.headers.authorization);
    const clientId = basic?.id ?? form.get("client_id") ?? "";
    const secret = basic?.secret ?? form.get("client_secret") ?? "";
    if (form.get("grant_type") !== "client_credentials") {
      throw new OAuth2Error(400, "unsupported_grant_type", "grant_type must be client_credentials");
    }
    const client = usableClient(store.state.ovh.oauth2Clients, clientId);
    if (client === undefined || !sameSecret(client.clientSecret, secret)) {
      throw new OAuth2Error(401, "invalid_client", "client authentication failed");
    }
    const { tokenLifetimeMs } = ovh.behaviour;
    return {
      access_token: ovh.tokens.issue(clientId, tokenLifetimeMs),
      token_type: "Bearer",
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      scope: form.get("scope") ?? "all",
    };
  });
}

/** The client, unless it is gone or was revoked. */
export function usableClient(clients: View<OAuth2Client[]>, clientId: string): View<OAuth2Client> | undefined {
  return clients.find((client) => client.clientId === clientId && !client.revoked);
}

/** The name of a client as policies know it. */
export function identityOf(account: string, clientId: string): string {
  return `urn:v1:eu:identity:credential:${account}/oauth2-${clientId}`;
}

function basicCredentials(header: string | undefined): { readonly id: string; readonly secret: string } | undefined {
  const [, encoded] = /^Basic (.+)$/.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [id = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { id: decodeURIComponent(id), secret: decodeURIComponent(rest.join(":")) };
}
