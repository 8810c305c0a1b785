/** Sends whole Ethernet frames, such as a gratuitous ARP, out of an interface (packet(7)). */
import type { Family } from "../../protocol/packet/packet.ts";
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

/** The packet sockets of a process by their descriptors, none of which hears anything yet. */
export interface PacketFds {
  /** For sending. */
  readonly frames: number;
  /** For hearing who else has an address. */
  readonly conflicts: Readonly<Record<Family, number>>;
}

/**
 * Opens the packet sockets of a process, before its connections. The kernel closes the files of a process that died by
 * falling numbers, and spends some 15 ms on each packet socket, until no processor looks at it any more. Peers learn of
 * the death by the connections, so these need the higher numbers. @throws SystemCallError `EPERM` without CAP_NET_RAW
 */
export function openPacketSockets(): PacketFds {
  return {
    frames: openPacketSocket("packet socket"),
    conflicts: { 4: openPacketSocket("packet socket of IPv4"), 6: openPacketSocket("packet socket of IPv6") },
  };
}

export function openPacketSocket(subject: string): number {
  return openSocket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, RECEIVE_NOTHING, subject);
}

/** One socket serves every interface: the destination names it. */
export class PacketSocket {
  readonly #fd: number;

  /** @param fd of a packet socket, which is this one's to close. */
  constructor(fd: number = openPacketSocket("packet socket")) {
    this.#fd = fd;
  }

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
