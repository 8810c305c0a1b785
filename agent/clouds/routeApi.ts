/** What a claim on a public address needs of a cloud's API: to read where it leads, and to move it here. */
import type { Route } from "../claims/route.ts";

export interface RouteApi {
  /** @throws ApiFailure */
  read(signal: AbortSignal): Promise<Route>;
  /** Asks for the move; it may take its time. @throws ApiFailure */
  move(signal: AbortSignal): Promise<Route>;
  /** Requests sent since the start. */
  readonly requests: number;
  close(): void;
}
