/** For how long a token is used: well before its end it is renewed, and a server's word on that end has bounds. Pure. */

/** A shorter life would have each call log in first; a token that is over before is refused, and renewed then. */
const LEAST_MS = 60_000;
const MOST_MS = 86_400_000;
/** So long before its end it is given up, or at half of a short life. */
const MARGIN_MS = 600_000;

/** @param lifeMs as the server says, of any value @returns 60,000 to 86,400,000 */
export function usableMs(lifeMs: number): number {
  if (Number.isNaN(lifeMs)) return LEAST_MS;
  return Math.min(MOST_MS, Math.max(LEAST_MS, lifeMs / 2, lifeMs - MARGIN_MS));
}
