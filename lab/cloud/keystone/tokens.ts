/** Tokens: who shows a valid one may use the services. They live in memory: after a restart everybody logs in again. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a token is good for. */
const LIFETIME_MS = 12 * 3600 * 1000;

/** A token that was given out. */
export interface Token {
  readonly id: string;
  readonly auditId: string;
  readonly methods: readonly string[];
  /** The application credential that it was given for. */
  readonly applicationCredentialId?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The tokens that were given out. */
export interface Tokens {
  issue(methods: readonly string[], applicationCredentialId?: string): Token;
  /** The token, if it is known and has not expired. */
  find(id: string): Token | undefined;
  revoke(id: string): void;
  /** All tokens that were given for an application credential. */
  revokeOf(applicationCredentialId: string): void;
}

/** No tokens yet. `now` is in milliseconds since the epoch. */
export function createTokens(now: () => number): Tokens {
  const tokens = new Map<string, Token>();
  const find = (id: string): Token | undefined => {
    const token = tokens.get(id);
    return token !== undefined && token.expiresAt > now() ? token : undefined;
  };
  return {
    issue(methods, applicationCredentialId) {
      for (const id of tokens.keys()) if (find(id) === undefined) tokens.delete(id);
      const token: Token = {
        id: randomBytes(48).toString("base64url"),
        auditId: randomBytes(16).toString("base64url"),
        methods,
        ...(applicationCredentialId === undefined ? {} : { applicationCredentialId }),
        issuedAt: now(),
        expiresAt: now() + LIFETIME_MS,
      };
      tokens.set(token.id, token);
      return token;
    },
    find,
    revoke: (id) => void tokens.delete(id),
    revokeOf(applicationCredentialId) {
      for (const token of tokens.values()) {
        if (token.applicationCredentialId === applicationCredentialId) tokens.delete(token.id);
      }
    },
  };
}

/** Compares two secrets in a time that tells nothing about them. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
