/** The raw socket of one own address on one interface: IP protocol 112, which VRRP and CARP share (RFC 9568 5.1, raw(7)). */
import { familyOf } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import { MULTICAST_GROUP, PROTOCOL_NUMBER } from "../../protocol/packet/transport.ts";
import { bindSocket, checked, lastError, sendto } from "../system/libc.ts";
import { prepareIpv4 } from "./rawSocketIpv4.ts";
import { prepareIpv6 } from "./rawSocketIpv6.ts";
import {
  AF_INET,
  AF_INET6,
  closeSocket,
  MSG_DONTWAIT,
  openSocket,
  SO_BINDTODEVICE,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  setOption,
  setReceiveBuffer,
  setTextOption,
} from "./socket.ts";
import { socketAddress } from "./socketAddress.ts";
import { type Audience, attachFilter, detachFilter } from "./socketFilter.ts";

const SO_PRIORITY = 12;

/** The first band of a default qdisc (TC_PRIO_CONTROL), so that bulk traffic of this machine does not delay us. */
const PRIORITY_CONTROL = 7;
/** Room for some thousand advertisements: what arrives while a stalled machine does not read. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

/** Where a protocol socket is: its interface, its own address there, and whether it is a member of the group. */
export interface SocketPlace {
  readonly link: { readonly index: number; readonly name: string };
  /** An address of this machine; its family is the socket's. A link-local one must be on `link`. */
  readonly source: string;
  /**
   * True: hears what is sent to 224.0.0.18 or ff02::12, and nothing else; its own messages to the group do not come
   * back. False: hears what is sent to `source`, and nothing else.
   */
  readonly multicast: boolean;
}

/** Sends from one address; receives what comes to it, or to the group, on its interface only. PacketReader reads it. */
export class RawSocket {
  readonly fd: number;
  readonly family: Family;
  readonly linkIndex: number;
  /** The one destination whose packets are for this socket. */
  readonly hears: string;
  readonly #subject: string;
  #isFiltered = false;
  /** Destinations are few and used every interval, so each is encoded once. */
  readonly #destinations = new Map<string, Uint8Array>();

  /**
   * @throws SystemCallError `EPERM` without CAP_NET_RAW, `EADDRNOTAVAIL` when the address is not here (or is an IPv6 one
   *   that is still probed for duplicates), `ENODEV`.
   */
  constructor({ link, source, multicast }: SocketPlace) {
    this.family = familyOf(source);
    this.linkIndex = link.index;
    this.hears = multicast ? MULTICAST_GROUP[this.family] : source;
    this.#subject = `protocol socket of ${source} on ${link.name}`;
    const domain = this.family === 4 ? AF_INET : AF_INET6;
    this.fd = openSocket(domain, SOCK_RAW | SOCK_NONBLOCK, PROTOCOL_NUMBER, this.#subject);
    try {
      setTextOption(this.fd, SOL_SOCKET, SO_BINDTODEVICE, link.name, this.#subject);
      setOption(this.fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL, this.#subject);
      setReceiveBuffer(this.fd, RECEIVE_BUFFER_BYTES, this.#subject);
      const prepare = this.family === 4 ? prepareIpv4 : prepareIpv6;
      const end = prepare(this.fd, link.index, source, multicast ? this.hears : undefined, this.#subject);
      const local = socketAddress(end, link.index);
      checked(bindSocket(this.fd, local, local.length), "bind", this.#subject);
    } catch (error) {
      closeSocket(this.fd);
      throw error;
    }
  }

  /** Hands one message to the kernel, which adds the IP header. @throws SystemCallError, e.g. `ENETUNREACH`, `ENOBUFS`. */
  send(destination: string, payload: Uint8Array): void {
    let address = this.#destinations.get(destination);
    if (address === undefined) {
      address = socketAddress(destination, this.linkIndex);
      this.#destinations.set(destination, address);
    }
    if (sendto(this.fd, payload, payload.length, MSG_DONTWAIT, address, address.length) < 0)
      throw lastError("sendto", `${destination} from ${this.#subject}`);
  }

  /** Hears an audience alone from now on; undefined: everybody. @throws SystemCallError */
  hearOnly(audience: Audience | undefined): void {
    const isFiltered = this.#isFiltered;
    this.#isFiltered = audience !== undefined && attachFilter(this.fd, audience, this.family, this.#subject);
    if (isFiltered && !this.#isFiltered) detachFilter(this.fd, this.#subject);
  }

  close(): void {
    closeSocket(this.fd);
  }
}
