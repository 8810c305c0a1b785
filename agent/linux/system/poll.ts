/** Waits for file descriptors in the kernel, with nanosecond timeouts (ppoll(2)). */
import { lastError, ppoll } from "./libc.ts";

const POLLIN = 0x0001;
/** `struct pollfd`: descriptor i32, events i16, revents i16. */
const ENTRY_BYTES = 8;
const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1_000;

/** A set of descriptors that is waited on again and again. */
export class PollSet {
  readonly #fds: readonly number[];
  readonly #entries: Buffer;
  readonly #timeout = new BigInt64Array(2);

  constructor(fds: readonly number[]) {
    this.#fds = fds;
    this.#entries = Buffer.alloc(fds.length * ENTRY_BYTES);
    fds.forEach((fd, index) => {
      this.#entries.writeInt32LE(fd, index * ENTRY_BYTES);
      this.#entries.writeInt16LE(POLLIN, index * ENTRY_BYTES + 4);
    });
  }

  /**
   * Blocks this thread until a descriptor has something (data or an error), or the time is over.
   * @param timeoutMicros 0 looks without waiting; undefined waits forever.
   * @returns the descriptors to read; none when the time is over or a signal came.
   */
  wait(timeoutMicros: number | undefined): number[] {
    const ready = ppoll(this.#entries, this.#fds.length, this.#timespec(timeoutMicros), null);
    if (ready === 0) return [];
    if (ready < 0) {
      const error = lastError("ppoll", `${this.#fds.length} descriptors`);
      if (error.code === "EINTR") return [];
      throw error;
    }
    return this.#ready(ready);
  }

  /** Looks no further than the last one of `count`. */
  #ready(count: number): number[] {
    const fds: number[] = [];
    for (let index = 0; index < this.#fds.length && fds.length < count; index++) {
      const fd = this.#fds[index];
      if (fd !== undefined && this.#entries.readInt16LE(index * ENTRY_BYTES + 6) !== 0) fds.push(fd);
    }
    return fds;
  }

  #timespec(timeoutMicros: number | undefined): BigInt64Array | null {
    if (timeoutMicros === undefined) return null;
    const micros = Math.max(0, timeoutMicros);
    this.#timeout[0] = BigInt(Math.floor(micros / MICROS_PER_SECOND));
    this.#timeout[1] = BigInt((micros % MICROS_PER_SECOND) * NANOS_PER_MICRO);
    return this.#timeout;
  }
}
