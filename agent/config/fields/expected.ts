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

/** The same for what may hold a secret: the value is not quoted. */
export function expectedUnquoted(what: string, remedy: string): ReturnType<typeof expected> {
  return {
    error: ({ input }) => (input === undefined ? `is missing: write ${remedy}` : `is not ${what}: write ${remedy}`),
  };
}

/** Names in a document whose values are secrets, and lists and objects of such. */
const SECRETS: readonly string[] = [
  "digestKey",
  "password",
  "secret",
  "key",
  "keys",
  "authentication",
  "peerLink",
  "ovh",
  "openstack",
];

/** A value of a document as a problem quotes it: in a whole object that is quoted, secrets are not. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, (name, inner: unknown) => (SECRETS.includes(name) ? "…" : inner));
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
