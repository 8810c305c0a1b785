/** Reads what waits in protocol sockets as packets, of either family. */
import type { Packet } from "../../protocol/packet/packet.ts";
import { MessageReader } from "./messageReader.ts";
import type { RawSocket } from "./rawSocket.ts";
import { receiveInto } from "./socket.ts";

/** Longer than any advertisement: IP header with options, 8 octets, 255 addresses, a trailer. What is longer is cut and refused. */
const DATAGRAM_BYTES = 8_192;

/** What one read found. `passed-over` is not for this socket, or an error that the network caused and this read took off. */
export type PacketRead = Packet | "nothing" | "passed-over";

/** One reader serves every socket of a thread; a packet's bytes are valid until the next read. */
export class PacketReader {
  readonly #datagram = Buffer.alloc(DATAGRAM_BYTES);
  readonly #messages = new MessageReader(DATAGRAM_BYTES);

  read(socket: RawSocket): PacketRead {
    return socket.family === 4 ? this.#readIpv4(socket) : this.#readIpv6(socket);
  }

  close(): void {
    this.#messages.close();
  }

  /** raw(7): the header comes along, and the socket hears only what it is bound to. */
  #readIpv4({ fd, linkIndex }: RawSocket): PacketRead {
    const received = receiveInto(fd, this.#datagram);
    if (received === "nothing") return "nothing";
    if ("error" in received) return "passed-over";
    return { family: 4, linkIndex, datagram: this.#datagram.subarray(0, received.length) };
  }

  #readIpv6({ fd, linkIndex, hears }: RawSocket): PacketRead {
    const message = this.#messages.read(fd);
    if (message === "nothing") return "nothing";
    if (message === "incomplete" || "error" in message || message.destination !== hears) return "passed-over";
    return { family: 6, linkIndex, ...message };
  }
}
