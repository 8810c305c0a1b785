/**
 * The lease on an address: the kernel is told how long it may keep it, and is told again for as long as this node is
 * master. An agent that hangs or is frozen renews nothing, so the kernel takes the address off by itself.
 */
import type { VirtualRouterConfig } from "../config/schema/document.ts";

const MICROS_PER_SECOND = 1_000_000;

/** A quarter, so that of the default lease two renewals may fail, each tried again after a second, before the address is lost. */
const RENEWALS_PER_LEASE = 4;

/** Shorter ones gain nothing: the kernel counts in seconds. */
const SHORTEST_DEFAULT_SECONDS = 3;
/** Of a dead master: three intervals and a skew of less than one (RFC 9568 6.1); CARP's skew is less than a second. */
const SILENT_INTERVALS = 3;
const LONGEST_CARP_SKEW_SECONDS = 1;

/**
 * How long the kernel keeps the addresses of a virtual router; undefined: forever. A lease that is not configured lasts,
 * from the last renewal that a dying agent may have made, until the slowest backup has taken over: nobody would answer
 * in between.
 */
export function lifetimeSecondsOf(config: VirtualRouterConfig): number | undefined {
  if (config.lease === "off") return undefined;
  if (config.lease !== undefined) return config.lease / MICROS_PER_SECOND;
  const remaining = 1 - 1 / RENEWALS_PER_LEASE;
  return Math.max(SHORTEST_DEFAULT_SECONDS, Math.ceil(longestSilenceSeconds(config) / remaining));
}

function longestSilenceSeconds(config: VirtualRouterConfig): number {
  if (config.protocol === "carp") return SILENT_INTERVALS * config.advertisementBase + LONGEST_CARP_SKEW_SECONDS;
  return ((SILENT_INTERVALS + 1) * config.advertisementInterval) / MICROS_PER_SECOND;
}

/** When a lease that was set at `setAtMicros` is to be renewed. */
export function renewalDueMicros(setAtMicros: number, lifetimeSeconds: number): number {
  return setAtMicros + Math.floor((lifetimeSeconds * MICROS_PER_SECOND) / RENEWALS_PER_LEASE);
}
