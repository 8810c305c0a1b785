/** Refusals in the two shapes that OVH has: those of its front door with an `errorCode`, those of its services with a `class`. */
import { ApiError } from "../../http/errors.ts";
import type { Wire } from "../../http/wire.ts";

/** A refusal with OVH's own body. */
export class OvhError extends ApiError {
  override readonly body: Wire;

  constructor(status: number, body: Wire & { readonly message: string }) {
    super(status, body.message);
    this.name = "OvhError";
    this.body = body;
  }
}

/** What a service refuses: `kind` completes the class, such as `BadRequest` or `Conflict::X`. */
export function serviceError(status: number, kind: string, message: string, details?: Wire): OvhError {
  return new OvhError(status, { class: `Client::${kind}`, message, ...(details === undefined ? {} : { details }) });
}

export const notFound = (message: string): OvhError => serviceError(404, "NotFound", message);
export const badRequest = (message: string): OvhError => serviceError(400, "BadRequest", message);
export const conflict = (message: string): OvhError => serviceError(409, "Conflict", message);

const TITLES: Readonly<Record<number, string>> = { 400: "400 Bad Request", 403: "403 Forbidden" };

/** What the front door refuses: who is not known, or signs wrongly, or at the wrong time. */
function doorError(status: 400 | 403, errorCode: string, message: string): OvhError {
  return new OvhError(status, { errorCode, httpCode: TITLES[status], message });
}

export const invalidSignature = (): OvhError => doorError(400, "INVALID_SIGNATURE", "Invalid signature");
export const outOfTime = (): OvhError => doorError(400, "QUERY_TIME_OUT", "Query out of time");
export const notCredential = (): OvhError =>
  doorError(403, "NOT_CREDENTIAL", "You must login first: send a credential with this call");
export const invalidKey = (): OvhError => doorError(403, "INVALID_KEY", "This application key is invalid");
export const invalidCredential = (): OvhError => doorError(403, "INVALID_CREDENTIAL", "This credential is not valid");
export const notGrantedCall = (): OvhError => doorError(403, "NOT_GRANTED_CALL", "This call has not been granted");

/** A token that is not known, is over, or belongs to a client that is gone. */
export const invalidToken = (): OvhError =>
  serviceError(401, "Unauthorized::InvalidAuthToken", "Invalid authentication token");

export const tooManyRequests = (): OvhError =>
  serviceError(429, "TooManyRequests", "Too many requests: this credential has used up its minute");

/** An identity that no policy grants the action. */
export function deniedByIam(action: string): OvhError {
  return serviceError(403, "Forbidden", "User not granted for this request", {
    unauthorizedActionsByAuthentication: "",
    unauthorizedActionsByIAM: action,
  });
}
