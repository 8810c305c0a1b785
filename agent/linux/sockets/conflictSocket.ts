/** Packet sockets that hear who else says that it has an address of this machine (packet(7)): one a family. */
import type { Family } from "../../protocol/packet/packet.ts";
import { bindSocket, checked } from "../system/libc.ts";
import { conflictProgram, type WatchedAddresses } from "./conflictFilter.ts";
import { linkAddress, openPacketSocket, type PacketFds } from "./packetSocket.ts";
import { closeSocket, receiveInto } from "./socket.ts";
import { attachProgram, DROP, type Instruction } from "./socketFilter.ts";

/** ARP and IPv6. Of the frames that come in: a socket of one EtherType is not shown those that leave. */
const ETHERTYPE = { 4: 0x0806, 6: 0x86dd } as const;
const EVERY_INTERFACE = 0;
/** The longest frame that is looked for has 86 octets. */
const FRAME_BYTES = 128;
const READS_PER_TURN = 64;

/**
 * A socket hears something from when the first address of its family is watched, and is kept: to close one, the kernel
 * waits until no processor looks at it, for tens of milliseconds.
 */
export class ConflictSockets {
  /** That were opened before; absent: each is opened when it is needed. */
  readonly #opened: PacketFds["conflicts"] | undefined;
  /** Those that hear. */
  readonly #fds = new Map<Family, number>();
  readonly #buffer = new Uint8Array(FRAME_BYTES);

  /** @param opened which are these ones' to close. */
  constructor(opened?: PacketFds["conflicts"]) {
    this.#opened = opened;
  }

  get fds(): readonly number[] {
    return [...this.#fds.values()];
  }

  has(fd: number): boolean {
    return fd === this.#fds.get(4) || fd === this.#fds.get(6);
  }

  /** Hears of these addresses from now on, and of no others. @throws SystemCallError */
  watch(watched: WatchedAddresses): void {
    for (const family of [4, 6] as const) {
      const program = conflictProgram(watched, family);
      const fd = this.#fds.get(family);
      if (fd !== undefined) attachProgram(fd, program ?? [DROP], subjectOf(family));
      else if (program !== undefined) {
        this.#fds.set(family, this.#begin(family, program));
      }
    }
  }

  /** Reads what waits in one of the sockets; a frame's bytes are valid until the next one is given. */
  readEach(fd: number, take: (frame: Uint8Array) => void): void {
    for (let count = 0; count < READS_PER_TURN; count++) {
      const received = receiveInto(fd, this.#buffer);
      if (received === "nothing") return;
      if ("length" in received) take(this.#buffer.subarray(0, received.length));
    }
  }

  close(): void {
    const opened = this.#opened === undefined ? [] : Object.values(this.#opened);
    for (const fd of new Set([...opened, ...this.#fds.values()])) closeSocket(fd);
    this.#fds.clear();
  }

  /** It hears nothing before its program is in place: only then is it bound to a protocol. */
  #begin(family: Family, program: readonly Instruction[]): number {
    const subject = subjectOf(family);
    const fd = this.#opened?.[family] ?? openPacketSocket(subject);
    try {
      attachProgram(fd, program, subject);
      const address = linkAddress(EVERY_INTERFACE, ETHERTYPE[family]);
      checked(bindSocket(fd, address, address.length), "bind", subject);
      return fd;
    } catch (error) {
      if (this.#opened === undefined) closeSocket(fd);
      throw error;
    }
  }
}

function subjectOf(family: Family): string {
  return `packet socket for address conflicts of IPv${family}`;
}
