/** What moving a public address needs of a cloud's API: to read where it leads, to lead it here, and what can go wrong. */

/** The latest answer on one public address. */
export interface Route {
  /** The instance it leads to; null: none. */
  readonly to: string | null;
  /** Whether no change of it is under way. */
  readonly settled: boolean;
}

/**
 * Why a call did not do what it should:
 *
 * - `unreachable`: no connection, no answer in time, or one that was cut off. It may have been done.
 * - `broken`: the API says that it failed, or what it says is no answer of it. It may have been done.
 * - `busy`: too many requests.
 * - `not-ready`: not possible now: a new instance without its address, a move that is under way.
 * - `refused`: the credentials are not good, or may not do this.
 * - `missing`: the project does not have the address, or nothing is known of this machine.
 * - `aborted`: the caller no longer wanted an answer.
 */
export type FailureKind = "unreachable" | "broken" | "busy" | "not-ready" | "refused" | "missing" | "aborted";

export interface Failure {
  readonly kind: FailureKind;
  /** What the API said, in one line and without secrets. */
  readonly message: string;
  /** How long the API wants to be left alone. */
  readonly retryAfterMicros?: number;
}

export interface RouteApi {
  /** @throws ApiFailure */
  read(signal: AbortSignal): Promise<Route>;
  /** Asks for the move; it may take its time. @throws ApiFailure */
  move(signal: AbortSignal): Promise<Route>;
  /** Requests sent since the start. */
  readonly requests: number;
  close(): void;
}
