/** Where the doubles answer otherwise than a real OpenStack on purpose: everything else is a bug of theirs. */

/** A difference that is known and stays. */
export interface AllowedDifference {
  /** Of the call's name. */
  readonly call: RegExp;
  /** Of the place in the answer. */
  readonly path: RegExp;
  readonly because: string;
}

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [];
