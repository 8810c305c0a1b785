/** What a daemon is about while it starts: lines in its log that the waiting command shows. */

const MARK = "… ";

/** Said by the daemon. */
export function sayDetail(text: string): void {
  process.stdout.write(`${MARK}${text}\n`);
}

/** The newest of them in a log; undefined when there is none. */
export function lastDetail(log: string): string | undefined {
  const line = log.split("\n").findLast((candidate) => candidate.startsWith(MARK));
  return line?.slice(MARK.length);
}
