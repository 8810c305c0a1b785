/** How long an API wants to be left alone: `Retry-After` (RFC 9110 10.2.3), whole seconds or a date. Pure. */

/** Longer waits are read as this one; far less is kept to, see publicAddress/backoff.ts. */
const LONGEST_MICROS = 86_400_000_000;
const DELAY_SECONDS = /^\d+$/;
/** IMF-fixdate (RFC 9110 5.6.7), the one form that is sent today: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * @param date of the same answer, whose clock a date is by
 * @param nowMs this machine's wall clock, for answers without a `Date`
 * @returns 1 to 86,400,000,000; undefined: it dictates no wait, or what it says is none
 */
export function retryAfterMicros(
  {
    "retry-after": wait = "",
    date = "",
  }: { readonly "retry-after"?: string | undefined; readonly date?: string | undefined },
  nowMs: number,
): number | undefined {
  const micros = DELAY_SECONDS.test(wait) ? Number(wait) * 1e6 : ((dateMs(wait) ?? 0) - (dateMs(date) ?? nowMs)) * 1e3;
  return micros > 0 ? Math.min(LONGEST_MICROS, Math.round(micros)) : undefined;
}

function dateMs(text: string): number | undefined {
  const ms = DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
