/** The one order of names in everything that is rendered. */

/** Orders names by code unit, the same on every machine whatever its locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
