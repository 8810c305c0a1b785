/** OVH's request signature, as its API console documents it: SHA-1 over the request between secrets. Pure. */
import { createHash } from "node:crypto";

export interface SigningKeys {
  readonly applicationKey: string;
  readonly applicationSecret: string;
  readonly consumerKey: string;
}

/** What is signed. */
export interface SignedRequest {
  readonly method: string;
  /** The whole address, its version's path and query included. */
  readonly url: string;
  /** The very octets that are sent; "" if none are. */
  readonly body: string;
  /** By OVH's clock, seconds since 1970. */
  readonly timestamp: number;
}

/** `$1$` and 40 hexadecimal digits. */
export function ovhSignature(
  { applicationSecret, consumerKey }: Pick<SigningKeys, "applicationSecret" | "consumerKey">,
  { method, url, body, timestamp }: SignedRequest,
): string {
  const text = [applicationSecret, consumerKey, method, url, body, timestamp].join("+");
  return `$1$${createHash("sha1").update(text).digest("hex")}`;
}

export function signedHeaders(keys: SigningKeys, request: SignedRequest): Record<string, string> {
  return {
    "x-ovh-application": keys.applicationKey,
    "x-ovh-consumer": keys.consumerKey,
    "x-ovh-timestamp": String(request.timestamp),
    "x-ovh-signature": ovhSignature(keys, request),
  };
}
