/** Wakes a thread that blocks in the kernel, from another thread of this process (eventfd(2)). */
import { checked, close, eventfd, lastError, read, write } from "./libc.ts";

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const COUNTER_BYTES = 8;
const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Opens the counter that both threads know by its descriptor. */
export function openWake(): number {
  return checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "wake");
}

/** Makes the descriptor readable, so that the one that waits for it returns. May be called from any thread, any number of times. */
export function wake(fd: number): void {
  // A full counter (EAGAIN) is as readable as it can be.
  if (write(fd, ONE, COUNTER_BYTES) < 0) {
    const error = lastError("write", "wake");
    if (error.code !== "EAGAIN") throw error;
  }
}

/** Takes all wakes so far back, before what they announced is looked at. */
export function clearWake(fd: number): void {
  read(fd, new Uint8Array(COUNTER_BYTES), COUNTER_BYTES);
}

/** Closes the descriptor, once no thread uses it any more. */
export function closeWake(fd: number): void {
  close(fd);
}
