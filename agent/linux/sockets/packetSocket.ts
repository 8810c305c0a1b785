/** Sends whole Ethernet frames, such as a gratuitous ARP, out of an interface (packet(7)). */
import { lastError, sendto } from "../system/libc.ts";
import { AF_PACKET, closeSocket, MSG_DONTWAIT, openSocket, SOCK_NONBLOCK, SOCK_RAW } from "./socket.ts";

/** Protocol 0: the socket receives nothing, so it costs nothing. */
const RECEIVE_NOTHING = 0;

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |    AF_PACKET, host order      |    protocol: of the frame     |
 * +-------------------------------+-------------------------------+
 * |                 interface index, host order                   |
 * +-------------------------------+---------------+---------------+
 * |     hardware type: unused     |  packet type  | address size  |
 * +-------------------------------+---------------+---------------+
 * |          address: in the frame already (8 octets)             |
 * +---------------------------------------------------------------+   struct sockaddr_ll, packet(7)
 */
export function linkAddress(linkIndex: number, protocol = 0): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, linkIndex, true);
  return bytes;
}

/** One socket serves every interface: the destination names it. */
export class PacketSocket {
  readonly #fd = openSocket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, RECEIVE_NOTHING, "packet socket");

  /** Sends a frame that carries its own Ethernet header. @throws SystemCallError, `ENETDOWN` when the link is down. */
  transmit(linkIndex: number, frame: Uint8Array): void {
    const address = linkAddress(linkIndex);
    if (sendto(this.#fd, frame, frame.length, MSG_DONTWAIT, address, address.length) < 0)
      throw lastError("sendto", `frame of ${frame.length} octets on interface ${linkIndex}`);
  }

  close(): void {
    closeSocket(this.#fd);
  }
}
