/** OAuth2 client credentials (RFC 6749, 4.4): service accounts and the tokens they get. Tokens live in memory. */
import type { FastifyInstance } from "fastify";
import { ApiError } from "../../http/errors.ts";
import type { Wire } from "../../http/wire.ts";
import { sameSecret } from "../../keystone/tokens.ts";
import type { CloudContext } from "../../state/context.ts";
import type { OAuth2Client } from "../../state/ovhRecords.ts";
import type { View } from "../../state/state.ts";
import type { OvhService } from "../context/context.ts";

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
