/**
 * The lease on an address: the kernel is told how long it may keep it, and is told again for as long as this node is
 * master. An agent that hangs or is frozen renews nothing, so the kernel takes the address off by itself.
 */

/** A quarter, so that of the default lease two renewals may fail, each tried again after a second, before the address is lost. */
const RENEWALS_PER_LEASE = 4;

/** When a lease that was set at `setAtMicros` is to be renewed. */
export function renewalDueMicros(setAtMicros: number, lifetimeSeconds: number): number {
  return setAtMicros + Math.floor((lifetimeSeconds * 1_000_000) / RENEWALS_PER_LEASE);
}
