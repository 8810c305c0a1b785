/**
 * Access rules of application credentials, as the services enforce them (keystonemiddleware 10.1, auth_token,
 * validate_allowed_request): what no rule allows is a token that is not good, 401.
 */
import { type CloudView, findById } from "../state/state.ts";
import type { Token } from "./tokens.ts";

/** A request as a service sees it: with the path that it has in the catalog, without the query. */
export interface Call {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** Whether the credential that the token was given for, if any, allows the call. */
export function isAllowed(
  { applicationCredentialId }: Token,
  { service, method, path }: Call,
  state: CloudView,
): boolean {
  const { accessRules = [] } = findById(state.applicationCredentials, applicationCredentialId ?? "") ?? {};
  if (accessRules.length === 0 || (service === "identity" && method === "GET" && path.endsWith("/v3/auth/tokens")))
    return true;
  return accessRules.some((rule) => rule.service === service && rule.method === method && fits(path, rule.path));
}

/** `*` and `{name}` are one part of a path, `**` is anything. */
function fits(path: string, rule: string): boolean {
  const pattern = rule.replaceAll(/\{[^}]*\}|\*\*|\*|[^{*]/g, (token) => {
    if (token === "**") return ".*";
    return token === "*" || token.startsWith("{") ? "[^/]+" : token.replace(/[\\^$.|?+()[\]{}]/, "\\$&");
  });
  return new RegExp(`^${pattern}$`).test(path);
}
