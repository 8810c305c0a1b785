/** The real kernel: what a node asks for, done with the system calls of linux/. */

import { SystemCallError } from "../linux/libc.ts";
import { addAddress, listLinks, removeAddress } from "../linux/links.ts";
import { PacketSocket } from "../linux/packetSocket.ts";
import { PollSet } from "../linux/poll.ts";
import { RawSocket } from "../linux/rawSocket.ts";
import { RouteMonitor, RouteSocket } from "../linux/rtnetlink.ts";
import { receiveInto } from "../linux/socket.ts";
import type { Kernel, Link, LinkAddress, VrrpSocket } from "./kernel.ts";

/** Longer than any advertisement: IP header with options, 8 octets, 255 addresses. What is longer is cut and refused. */
const DATAGRAM_BYTES = 2_048;
/** So many datagrams of one socket are read in a row before time is looked at again: a flood delays, it does not stop. */
const READS_PER_TURN = 256;
const LOOPBACK = 1;
/** No interface ever has this address. */
const NO_ADDRESS: LinkAddress = { address: "0.0.0.0", prefixLength: 32, origin: 0 };

/** What was ready when the wait ended. */
export interface Readiness {
  readonly sockets: readonly number[];
  readonly network: boolean;
  readonly woken: boolean;
}

export class LinuxKernel implements Kernel {
  readonly #route = new RouteSocket();
  readonly #monitor = new RouteMonitor();
  readonly #packets = new PacketSocket();
  readonly #vrrp = new Map<number, RawSocket>();
  readonly #buffer = Buffer.alloc(DATAGRAM_BYTES);
  readonly #wakeFd: number | undefined;
  #pollSet: PollSet | undefined;

  /**
   * @param wakeFd a descriptor that ends a wait when it becomes readable.
   * @throws SystemCallError `EPERM` without CAP_NET_RAW and CAP_NET_ADMIN, so that a node never starts without them.
   */
  constructor(wakeFd?: number) {
    this.#wakeFd = wakeFd;
    this.#refuseWithoutNetAdmin();
  }

  links(): Link[] {
    return listLinks(this.#route);
  }

  addAddress(linkIndex: number, address: LinkAddress): void {
    addAddress(this.#route, linkIndex, address);
  }

  removeAddress(linkIndex: number, address: LinkAddress): void {
    removeAddress(this.#route, linkIndex, address);
  }

  openVrrpSocket(link: Link, source: string): VrrpSocket {
    const socket = new RawSocket(link.name, source);
    this.#vrrp.set(socket.fd, socket);
    this.#pollSet = undefined;
    return {
      send: (destination, payload) => {
        socket.send(destination, payload);
      },
      close: () => {
        this.#vrrp.delete(socket.fd);
        this.#pollSet = undefined;
        socket.close();
      },
    };
  }

  transmit(linkIndex: number, frame: Uint8Array): void {
    this.#packets.transmit(linkIndex, frame);
  }

  wallClockMs(): number {
    return Date.now();
  }

  /** Blocks until something is there or the time is over; undefined waits for ever. */
  wait(timeoutMicros: number | undefined): Readiness {
    const wakeFds = this.#wakeFd === undefined ? [] : [this.#wakeFd];
    this.#pollSet ??= new PollSet([...wakeFds, this.#monitor.fd, ...this.#vrrp.keys()]);
    const ready = this.#pollSet.wait(timeoutMicros);
    const network = ready.includes(this.#monitor.fd);
    if (network) this.#monitor.drain();
    return {
      sockets: ready.filter((fd) => this.#vrrp.has(fd)),
      network,
      woken: this.#wakeFd !== undefined && ready.includes(this.#wakeFd),
    };
  }

  /** Reads what waits in a socket; each datagram is valid until the next one is given. */
  readEach(fd: number, take: (datagram: Uint8Array) => void): void {
    for (let count = 0; count < READS_PER_TURN && this.#vrrp.has(fd); count++) {
      const received = receiveInto(fd, this.#buffer);
      if (received === "nothing") return;
      // An error that the network caused, such as an unreachable host, is taken off the socket by this read.
      if ("error" in received) continue;
      take(this.#buffer.subarray(0, received.length));
    }
  }

  close(): void {
    for (const socket of this.#vrrp.values()) socket.close();
    this.#vrrp.clear();
    this.#route.close();
    this.#monitor.close();
    this.#packets.close();
  }

  /** The packet socket proves CAP_NET_RAW; this removes what is not there, which takes CAP_NET_ADMIN all the same. */
  #refuseWithoutNetAdmin(): void {
    try {
      this.removeAddress(LOOPBACK, NO_ADDRESS);
    } catch (error) {
      if (error instanceof SystemCallError && error.code === "EPERM") throw error;
    }
  }
}
