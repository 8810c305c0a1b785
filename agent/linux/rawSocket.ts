/** The VRRP socket of one address on one interface: raw IPv4, protocol 112 (RFC 9568 5.1, raw(7), ip(7)). */
import { bindSocket, checked, lastError, sendto } from "./libc.ts";
import {
  AF_INET,
  closeSocket,
  MSG_DONTWAIT,
  openSocket,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  setOption,
  setTextOption,
} from "./socket.ts";

const IPPROTO_IP = 0;
const IPPROTO_VRRP = 112;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_DO = 2;
const SO_RCVBUF = 8;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;

/** RFC 9568 5.1.1.3: proof that the packet crossed no router. */
const TTL = 255;
/** Class selector 6, internetwork control, as every router sends its routing protocols (RFC 4594). */
const TOS_INTERNETWORK_CONTROL = 0xc0;
/** The first band of a default qdisc (TC_PRIO_CONTROL), so that bulk traffic of this machine does not delay us. */
const PRIORITY_CONTROL = 7;
/** Room for some thousand advertisements: what arrives while a stalled machine does not read. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |     AF_INET, host order       |       port: no use here       |
 * +-------------------------------+-------------------------------+
 * |                         IPv4 address                          |
 * +---------------------------------------------------------------+
 * |                        zero (8 octets)                        |
 * +---------------------------------------------------------------+   struct sockaddr_in, ip(7)
 */
function socketAddress(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, true);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

/** Sends advertisements from one address and receives what comes to it, on its interface only. */
export class RawSocket {
  readonly fd: number;
  readonly #subject: string;
  /** Destinations are few and used every interval, so each is encoded once. */
  readonly #destinations = new Map<string, Uint8Array>();

  /**
   * @param interfaceName the link that must carry the packets; others are neither used nor heard.
   * @param source the address to send from, which must be on this machine.
   * @throws SystemCallError `EPERM` without CAP_NET_RAW, `EADDRNOTAVAIL` when the address is not here, `ENODEV`.
   */
  constructor(interfaceName: string, source: string) {
    this.#subject = `VRRP socket of ${source} on ${interfaceName}`;
    this.fd = openSocket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_VRRP, this.#subject);
    try {
      setTextOption(this.fd, SOL_SOCKET, SO_BINDTODEVICE, interfaceName, this.#subject);
      setOption(this.fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL, this.#subject);
      setOption(this.fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES, this.#subject);
      setOption(this.fd, IPPROTO_IP, IP_TTL, TTL, this.#subject);
      setOption(this.fd, IPPROTO_IP, IP_TOS, TOS_INTERNETWORK_CONTROL, this.#subject);
      // Don't-fragment: an advertisement always fits, and receivers refuse fragments.
      setOption(this.fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, this.#subject);
      const local = socketAddress(source);
      checked(bindSocket(this.fd, local, local.length), "bind", this.#subject);
    } catch (error) {
      closeSocket(this.fd);
      throw error;
    }
  }

  /** Hands one packet to the kernel, which adds the IP header. @throws SystemCallError, e.g. `ENETUNREACH`, `ENOBUFS`. */
  send(destination: string, payload: Uint8Array): void {
    let address = this.#destinations.get(destination);
    if (address === undefined) {
      address = socketAddress(destination);
      this.#destinations.set(destination, address);
    }
    if (sendto(this.fd, payload, payload.length, MSG_DONTWAIT, address, address.length) < 0)
      throw lastError("sendto", `${destination} from ${this.#subject}`);
  }

  close(): void {
    closeSocket(this.fd);
  }
}
