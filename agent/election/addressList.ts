/** Lists of shared addresses, as advertised and as configured. */

/** Whether a list has each configured address and no other; the order is for the eye only (RFC 9568 5.2.9). */
export function listsSameAddresses(listed: readonly string[], configured: readonly string[]): boolean {
  return listed.length === configured.length && configured.every((address) => listed.includes(address));
}
