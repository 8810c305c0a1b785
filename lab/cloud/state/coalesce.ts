/** Runs that share work: what saving the state and converging the region have in common. */

/**
 * Makes of `work` a function that never runs it twice at a time: a call during a run waits for one further run, which
 * all calls made meanwhile share. So the promise a caller gets settles with a run that began after the call.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const begin = (): Promise<void> => {
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };

  return () => {
    if (next !== undefined) return next;
    if (running === undefined) return begin();
    next = running
      .catch(() => undefined) // the caller of that run hears of it
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
}
