/** A raw socket that asks one host for echoes and hears its replies, of either family (icmp(7), raw(7), RFC 3542 3). */
import {
  decodeEchoReply,
  ECHO_REPLY,
  type Echo,
  encodeEchoRequest,
  ICMP_PROTOCOL,
} from "../../protocol/neighbours/icmpEcho.ts";
import { familyOf } from "../../protocol/packet/ip.ts";
import type { Family } from "../../protocol/packet/packet.ts";
import { checked, connect, lastError, sendto } from "../system/libc.ts";
import {
  AF_INET,
  AF_INET6,
  closeSocket,
  MSG_DONTWAIT,
  openSocket,
  receiveInto,
  SO_BINDTODEVICE,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  setBytesOption,
  setTextOption,
} from "./socket.ts";
import { socketAddress } from "./socketAddress.ts";

/** ICMP_FILTER of SOL_RAW and ICMP6_FILTER of IPPROTO_ICMPV6 have the same number. */
const FILTER = 1;
const SOL_RAW = 255;
const IPV6_FILTER_WORDS = 8;
/** More than any reply to a request of ours. */
const DATAGRAM_BYTES = 2_048;
/** The host is the one that the socket is connected to. */
const NOWHERE_ELSE = new Uint8Array(0);
/** Nobody floods us with good replies; a limit all the same. */
const MAX_READS = 256;

/**
 * Asks one host. The socket is connected to it and passes echo replies only, so nothing else that comes to this machine
 * wakes or fills it. Its owner looks for replies from time to time, or waits for `fd` to become readable.
 */
export class EchoSocket {
  readonly fd: number;
  readonly #family: Family;
  readonly #subject: string;
  readonly #buffer = Buffer.alloc(DATAGRAM_BYTES);

  /**
   * @param host an address in canonical text.
   * @param interfaceName the link to ask and hear over; a link-local address needs one. Undefined: as the routes say.
   * @throws SystemCallError `EPERM` without CAP_NET_RAW, `ENODEV`, `EINVAL` for a link-local host without an interface,
   *   `ENETUNREACH` when there is no route to it now: ask again later, with another socket.
   */
  constructor(host: string, interfaceName?: string) {
    this.#family = familyOf(host);
    this.#subject = `echo socket to ${host}${interfaceName === undefined ? "" : ` over ${interfaceName}`}`;
    const domain = this.#family === 4 ? AF_INET : AF_INET6;
    this.fd = openSocket(domain, SOCK_RAW | SOCK_NONBLOCK, ICMP_PROTOCOL[this.#family], this.#subject);
    try {
      if (interfaceName !== undefined)
        setTextOption(this.fd, SOL_SOCKET, SO_BINDTODEVICE, interfaceName, this.#subject);
      const level = this.#family === 4 ? SOL_RAW : ICMP_PROTOCOL[6];
      setBytesOption(this.fd, level, FILTER, repliesOnly(this.#family), this.#subject);
      const address = socketAddress(host, 0);
      checked(connect(this.fd, address, address.length), "connect", this.#subject);
    } catch (error) {
      closeSocket(this.fd);
      throw error;
    }
  }

  /** Sends one request, without waiting. @throws SystemCallError, e.g. `ENETUNREACH`, `EHOSTUNREACH`, `ENOBUFS`. */
  ask(echo: Echo): void {
    const request = encodeEchoRequest(this.#family, echo);
    if (sendto(this.fd, request, request.length, MSG_DONTWAIT, NOWHERE_ELSE, 0) < 0)
      throw lastError("sendto", this.#subject);
  }

  /** The replies that came since the last look, without waiting. Their requests may be another process's. */
  replies(): Echo[] {
    const replies: Echo[] = [];
    for (let count = 0; count < MAX_READS; count++) {
      const received = receiveInto(this.fd, this.#buffer);
      if (received === "nothing") break;
      // An error that the network caused, such as an unreachable host, is taken off by this read: it is no reply.
      if ("error" in received) continue;
      const reply = decodeEchoReply(this.#family, this.#buffer.subarray(0, received.length));
      if (reply.ok) replies.push({ ...reply.value, data: Uint8Array.from(reply.value.data) });
    }
    return replies;
  }

  close(): void {
    closeSocket(this.fd);
  }
}

/** A mask of types in host order, 32 of them for IPv4 and 256 for IPv6; what has its bit set does not pass. */
function repliesOnly(family: Family): Uint8Array {
  const words = new Uint32Array(family === 4 ? 1 : IPV6_FILTER_WORDS).fill(0xffff_ffff);
  const type = ECHO_REPLY[family];
  words[type >> 5] = ~(1 << (type & 31)) >>> 0;
  return new Uint8Array(words.buffer);
}
