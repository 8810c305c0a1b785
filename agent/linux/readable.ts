/** Waits for a descriptor without blocking the thread, by a thread of libuv's pool that blocks instead (ppoll(2)). */
import { ppoll } from "./libc.ts";
import { clearWake, closeWake, openWake, wake } from "./wake.ts";

const POLLIN = 0x0001;
/** `struct pollfd`: descriptor i32, events i16, revents i16. */
const ENTRY_BYTES = 8;
const NONE = null;

/**
 * Tells again and again that a descriptor is readable, until it is closed. It holds one of the pool's threads (four by
 * default) all the time, so a process has few of these.
 */
export class ReadableWatch {
  readonly #fd: number;
  readonly #told: () => void;
  readonly #wakeFd = openWake();
  readonly #entries = Buffer.alloc(2 * ENTRY_BYTES);
  #closed = false;

  /** @param told must take away what is readable, or it is told again at once. */
  constructor(fd: number, told: () => void) {
    this.#fd = fd;
    this.#told = told;
    // A process that exits waits for its pool: without this for ever.
    process.on("exit", this.#end);
    this.#wait();
  }

  /** Tells no more. The descriptor is the caller's, to be closed when `closed` is called back. */
  close(closed: () => void): void {
    this.#closed = true;
    this.#afterEnd = closed;
    process.off("exit", this.#end);
    wake(this.#wakeFd);
  }

  #afterEnd: () => void = () => undefined;

  readonly #end = (): void => {
    wake(this.#wakeFd);
  };

  #wait(): void {
    [this.#fd, this.#wakeFd].forEach((fd, index) => {
      this.#entries.writeInt32LE(fd, index * ENTRY_BYTES);
      this.#entries.writeInt32LE(POLLIN, index * ENTRY_BYTES + 4);
    });
    ppoll.async(this.#entries, 2, NONE, NONE, () => {
      if (this.#closed) {
        clearWake(this.#wakeFd);
        closeWake(this.#wakeFd);
        this.#afterEnd();
        return;
      }
      this.#told();
      this.#wait();
    });
  }
}
