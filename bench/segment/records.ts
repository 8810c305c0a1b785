/** What a probe writes and its reader reads while it is written: one record of fixed size a request, in a file. */

/** One request and its answer, times in microseconds of CLOCK_MONOTONIC. */
export interface ProbeRecord {
  readonly sentMicros: number;
  /** 0 while there is no answer. */
  readonly answeredMicros: number;
  /** TTL of the answer, 0 while there is none. */
  readonly ttl: number;
}

/** Three 64-bit floats, in the byte order of the machine, which both ends share. */
export const RECORD_BYTES = 24;

export function encodeRecord({ sentMicros, answeredMicros, ttl }: ProbeRecord): Uint8Array {
  return new Uint8Array(Float64Array.of(sentMicros, answeredMicros, ttl).buffer);
}

/** The whole records in some bytes. */
export function decodeRecords(bytes: Uint8Array): readonly ProbeRecord[] {
  const count = Math.floor(bytes.length / RECORD_BYTES);
  const words = new Float64Array(new Uint8Array(bytes.subarray(0, count * RECORD_BYTES)).buffer);
  return Array.from({ length: count }, (_, index) => ({
    sentMicros: words[3 * index] ?? 0,
    answeredMicros: words[3 * index + 1] ?? 0,
    ttl: words[3 * index + 2] ?? 0,
  }));
}
