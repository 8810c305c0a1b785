/** Where an API may be spoken to without encryption: on this machine alone. What goes there are passwords and tokens. */

/** As `URL` writes them: it makes `127.1` and `0x7f000001` the first. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** What to do about it. */
export const PLAIN_HTTP_REMEDY = "write https://, or, in a lab, allowPlainHttp: true";

/** Whether it is an `http://` address whose passwords and tokens anybody on the way could read. */
export function isReadableOnTheWay(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !LOOPBACK.test(hostname);
}
