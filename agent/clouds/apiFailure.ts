/** A call of a cloud's API that failed, by what that means for the caller. */
import { messageOf } from "../logging/messageOf.ts";
import type { Failure, FailureKind } from "./routeApi.ts";

/** Longer answers are cut: an error page is no log line. */
const MAX_MESSAGE = 200;
/** White space, and what would move a terminal's cursor or hide text. */
const UNSEEN = /[\s\p{C}]+/gu;

interface Details {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly retryAfterMicros?: number | undefined;
}

export class ApiFailure extends Error implements Failure {
  readonly kind: FailureKind;
  readonly retryAfterMicros?: number;
  /** HTTP's status; undefined: there was no answer. */
  readonly status: number | undefined;
  /** The API's own name of the problem, `INVALID_SIGNATURE`. */
  readonly code: string | undefined;

  constructor(kind: FailureKind, message: string, { status, code, retryAfterMicros }: Details = {}) {
    super(message.replaceAll(UNSEEN, " ").slice(0, MAX_MESSAGE));
    this.kind = kind;
    this.status = status;
    this.code = code;
    if (retryAfterMicros !== undefined) this.retryAfterMicros = retryAfterMicros;
  }
}

/** What any error means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure("broken", messageOf(error));
}
