/** The earliest of several deadlines, of which any may be none. */
export function earliest(deadlines: readonly (number | undefined)[]): number | undefined {
  return deadlines.reduce((first, next) =>
    first === undefined || (next !== undefined && next < first) ? next : first,
  );
}
