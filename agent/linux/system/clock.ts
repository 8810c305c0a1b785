/** The one clock of the protocol: CLOCK_MONOTONIC, the same in every thread and every process of this boot. */

const NANOS_PER_MICRO = 1_000n;

/** Microseconds since an arbitrary moment; never steps, stands still while the machine is suspended (clock_gettime(2)). */
export function monotonicMicros(): number {
  // uv_hrtime() reads CLOCK_MONOTONIC; 2^53 us are 285 years.
  return Number(process.hrtime.bigint() / NANOS_PER_MICRO);
}
