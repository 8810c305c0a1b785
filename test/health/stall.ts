/** Measures how long this thread's event loop stands still by its own doing. */

const STEP_MS = 2;
const MICROS_PER_MS = 1_000;

/**
 * Begins to measure. What other processes take from this one is not counted: a stall is no longer than the processor
 * time that this process spent in it.
 */
export function longestStall(): {
  /** Ends it. @returns the longest stall in milliseconds. */
  end(): number;
} {
  let longest = 0;
  let before = performance.now();
  let spent = process.cpuUsage();
  const timer = setInterval(() => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(spent);
    longest = Math.max(longest, Math.min(now - before - STEP_MS, (user + system) / MICROS_PER_MS));
    before = now;
    spent = process.cpuUsage();
  }, STEP_MS);
  return {
    end: () => {
      clearInterval(timer);
      return longest;
    },
  };
}
