/** A local datagram socket that a test listens on, as systemd and the log daemon do. */

import { AF_UNIX, closeSocket, openSocket, receiveInto, SOCK_DGRAM } from "../../agent/linux/sockets/socket.ts";
import { bindSocket, checked } from "../../agent/linux/system/libc.ts";

const LONGEST_OCTETS = 4_096;

export class DatagramListener {
  readonly #fd = openSocket(AF_UNIX, SOCK_DGRAM, 0, "test");
  readonly #buffer = Buffer.alloc(LONGEST_OCTETS);

  constructor(path: string) {
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(`${path}\0`)]);
    checked(bindSocket(this.#fd, address, address.length), "bind", path);
  }

  /** The oldest datagram that waits; undefined when none does. */
  next(): string | undefined {
    const received = receiveInto(this.#fd, this.#buffer);
    if (typeof received !== "object" || !("length" in received)) return undefined;
    return this.#buffer.subarray(0, received.length).toString();
  }

  close(): void {
    closeSocket(this.#fd);
  }
}
