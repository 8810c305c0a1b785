/** Access tokens of OAuth2 clients, in memory. */
import { randomBytes } from "node:crypto";

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
