/** The one form of a problem with a value: what it is, what it is not, and what to write instead. */

/** Values are shown in one line that stays readable. */
const MAX_SHOWN = 60;

/**
 * The error parameter of a schema: `256 is not a priority: write a whole number from 1 to 255`.
 * @param what the thing in the field's own terms, with its article
 * @param remedy what to write, as the end of the sentence `write ...`
 */
export function expected(what: string, remedy: string): { readonly error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      input === undefined ? `is missing: write ${remedy}` : `${shown(input)} is not ${what}: write ${remedy}`,
  };
}

/** A value of a document as a problem quotes it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
