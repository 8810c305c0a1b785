/** Where a public address leads, as a cloud's API says, and what can go wrong in asking: the words of claims on one. */

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
 * - `aborted`: the caller wanted no answer any more.
 */
export type FailureKind = "unreachable" | "broken" | "busy" | "not-ready" | "refused" | "missing" | "aborted";

export interface Failure {
  readonly kind: FailureKind;
  /** What the API said, in one line and without secrets. */
  readonly message: string;
  /** How long the API wants to be left alone. */
  readonly retryAfterMicros?: number;
}

/** Another node that may have the address. */
export interface Member {
  readonly node: string;
  /** Its machine, as the API knows it; undefined: it has not said yet. */
  readonly instance: string | undefined;
  /** Whether it is heard over the peer link, and its protocols live. */
  readonly reachable: boolean;
  /** Whether it says that it is master of the address's virtual router. */
  readonly isMaster: boolean;
  /** As against `GroupView.preference`; the higher the better. */
  readonly preference: number;
  readonly inMaintenance: boolean;
}

/** The virtual router's members as the peer link knows them; nobody, where there is none. */
export interface GroupView {
  /** Of this node. */
  readonly preference: number;
  readonly members: readonly Member[];
}

/** A node that knows nobody. */
export const ALONE: GroupView = { preference: 0, members: [] };
