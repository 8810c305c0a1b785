/** Counts the requests of each credential and each address that it is used from, and holds them to a limit. */

/** OVH counts by the minute. */
const WINDOW_MS = 60_000;

/** The requests of one credential from one address. */
export interface RequestCount {
  /** A credential's number or client id: never a secret. */
  readonly credential: string;
  readonly source: string;
  readonly total: number;
  /** Those that were refused with 429, which are part of the total. */
  readonly refused: number;
  /** The most in any 60 s. */
  readonly busiestMinute: number;
  /** How often each call was made: method and path. */
  readonly calls: Readonly<Record<string, number>>;
}

/** One call, as it is counted. */
export interface CountedCall {
  readonly credential: string;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The counts since the lab came up or they were last forgotten. */
export interface RequestCounts {
  /** Counts a call; false when the credential has used up `limit` (undefined: none) in the last 60 s. */
  admit(call: CountedCall, limit: number | undefined): boolean;
  read(): readonly RequestCount[];
  forget(): void;
}

interface Entry {
  readonly credential: string;
  readonly source: string;
  readonly times: number[];
  refused: number;
  readonly calls: Map<string, number>;
}

/** No requests yet. */
export function createRequestCounts(): RequestCounts {
  const entries = new Map<string, Entry>();
  /** The last requests of each credential that were let in, whatever address they came from. */
  const admitted = new Map<string, number[]>();
  const entryOf = ({ credential, source }: CountedCall): Entry => {
    const key = `${credential} ${source}`;
    const entry = entries.get(key) ?? { credential, source, times: [], refused: 0, calls: new Map<string, number>() };
    entries.set(key, entry);
    return entry;
  };
  return {
    admit(call, limit) {
      const entry = entryOf(call);
      const name = `${call.method} ${call.path}`;
      entry.times.push(call.at);
      entry.calls.set(name, (entry.calls.get(name) ?? 0) + 1);
      const recent = (admitted.get(call.credential) ?? []).filter((time) => time > call.at - WINDOW_MS);
      admitted.set(call.credential, recent);
      if (limit !== undefined && recent.length >= limit) {
        entry.refused += 1;
        return false;
      }
      recent.push(call.at);
      return true;
    },
    read: () =>
      [...entries.values()].map(({ credential, source, times, refused, calls }) => ({
        credential,
        source,
        total: times.length,
        refused,
        busiestMinute: busiest(times),
        calls: Object.fromEntries(calls),
      })),
    forget() {
      entries.clear();
      admitted.clear();
    },
  };
}

/** The most times that lie in one window; they are in order. */
function busiest(times: readonly number[]): number {
  let first = 0;
  return times.reduce((most, time, index) => {
    while ((times[first] ?? time) <= time - WINDOW_MS) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
}
