/** Work that must not overlap, and work of which only so much may run at a time. */

/** Runs what it is given in turn, in the order given; a failure concerns its own caller alone. */
export type InOrder = <T>(work: () => Promise<T>) => Promise<T>;

export const inOrder = (): InOrder => atMost(1);

/** Runs at most `count` at a time, the others in the order given. */
export function atMost(count: number): InOrder {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
