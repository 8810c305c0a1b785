/** OVH's signature of a request (docs.ovh.com, "First steps with the OVHcloud APIs"). */
import { createHash } from "node:crypto";

/** What a signature is made of. */
export interface SignedRequest {
  readonly applicationSecret: string;
  readonly consumerKey: string;
  readonly method: string;
  /** With scheme, host and query, as the client wrote it. */
  readonly url: string;
  /** The exact text that was sent; empty for none. */
  readonly body: string;
  /** Seconds since the epoch, as the header has it. */
  readonly timestamp: string;
}

/** The value of `X-Ovh-Signature`. */
export function signatureOf(request: SignedRequest): string {
  const { applicationSecret, consumerKey, method, url, body, timestamp } = request;
  const text = [applicationSecret, consumerKey, method, url, body, timestamp].join("+");
  return `$1$${createHash("sha1").update(text).digest("hex")}`;
}
