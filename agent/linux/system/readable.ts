/** Tells when a descriptor is readable without blocking this thread: one of libuv's pool blocks in its place (ppoll(2)). */
import { ppoll } from "./libc.ts";
import { closeWake, openWake, wake } from "./wake.ts";

const POLLIN = 0x0001;
/** `struct pollfd`: descriptor i32, events i16, revents i16. */
const ENTRY_BYTES = 8;

/**
 * Calls back whenever the descriptor is readable, until it is closed. It holds one of the pool's threads (four by
 * default) all the time, so a process can have few of these.
 */
export class ReadableWatch {
  readonly #entries: Buffer;
  readonly #readable: () => void;
  readonly #wakeFd = openWake();
  #closed: (() => void) | undefined;

  /** @param readable must take away what is there to read, or it is called again at once. */
  constructor(fd: number, readable: () => void) {
    this.#readable = readable;
    this.#entries = Buffer.alloc(2 * ENTRY_BYTES);
    [fd, this.#wakeFd].forEach((watched, index) => {
      this.#entries.writeInt32LE(watched, index * ENTRY_BYTES);
      this.#entries.writeInt16LE(POLLIN, index * ENTRY_BYTES + 4);
    });
    // A process that exits waits for its pool: without this forever.
    process.on("exit", this.#wake);
    this.#wait();
  }

  /** Calls back no more; only the first call counts. The descriptor is the caller's to close, not before `closed` is called. */
  close(closed: () => void): void {
    if (this.#closed !== undefined) return;
    this.#closed = closed;
    this.#wake();
  }

  #wait(): void {
    ppoll.async(this.#entries, 2, null, null, () => {
      if (this.#closed === undefined) {
        this.#readable();
        this.#wait();
        return;
      }
      process.off("exit", this.#wake);
      closeWake(this.#wakeFd);
      this.#closed();
    });
  }

  readonly #wake = (): void => {
    wake(this.#wakeFd);
  };
}
