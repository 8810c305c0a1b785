/** One thing that two places of a configuration say, each right alone and wrong together. */

/** A contradiction, at its later place. */
export interface CrossFieldError {
  /** From the document on. */
  readonly path: readonly (string | number)[];
  readonly input: unknown;
  readonly message: string;
}
