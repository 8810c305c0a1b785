/** A call of a cloud's API that failed, by what that means for the caller. */
import type { Failure, FailureKind } from "../claims/route.ts";

/** Longer answers are cut: an error page is no log line. */
const MAX_MESSAGE = 200;

export class ApiFailure extends Error implements Failure {
  readonly kind: FailureKind;
  readonly retryAfterMicros?: number;
  /** HTTP's status; undefined: there was no answer. */
  readonly status: number | undefined;
  /** The API's own name of the problem, `INVALID_SIGNATURE`. */
  readonly code: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    details: { readonly status?: number; readonly code?: string; readonly retryAfterMicros?: number } = {},
  ) {
    super(message.replaceAll(/\s+/g, " ").slice(0, MAX_MESSAGE));
    this.kind = kind;
    this.status = details.status;
    this.code = details.code;
    if (details.retryAfterMicros !== undefined) this.retryAfterMicros = details.retryAfterMicros;
  }
}

/** What any error means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure("broken", error instanceof Error ? error.message : String(error));
}
