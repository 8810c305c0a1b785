/** The kernel as a node needs it: linuxKernel.ts is the real one, a simulation brings its own. */

import type { Link, LinkAddress } from "../linux/netlink/links.ts";
import type { PreferredSource } from "../linux/netlink/preferredSource.ts";
import type { WatchedAddresses } from "../linux/sockets/conflictFilter.ts";
import type { SocketPlace } from "../linux/sockets/rawSocket.ts";
import type { Audience } from "../linux/sockets/socketFilter.ts";
import type { Packet } from "../protocol/packet/packet.ts";

export { isMacvlanWith } from "../linux/netlink/macvlan.ts";
export type { Audience, Link, LinkAddress, PreferredSource, SocketPlace, WatchedAddresses };

/** The end of one own address on one interface, from which advertisements leave and to which they come. */
export interface ProtocolSocket {
  /** Sends one message to one peer, or to the group. @throws KernelError */
  send(destination: string, payload: Uint8Array): void;
  /** Hears these alone from now on; undefined: everybody. What is too much for the kernel to tell apart is heard. @throws KernelError */
  hearOnly(audience: Audience | undefined): void;
  close(): void;
}

/** What a node asks of the operating system. Every method returns at once. */
export interface Kernel {
  /** The interfaces with their addresses of both families, as they are now. @throws KernelError */
  links(): readonly Link[];
  /**
   * Puts an address on an interface. It answers as soon as this returns, and is not what this machine's own traffic has
   * as its source. @throws KernelError `EEXIST` when it is there: nothing about it changes.
   */
  addAddress(linkIndex: number, address: LinkAddress): void;
  /** Counts the lifetime of an address from now; puts it on the interface when it is not there. @throws KernelError */
  renewAddress(linkIndex: number, address: LinkAddress): void;
  /** Takes an address off an interface. @throws KernelError `EADDRNOTAVAIL` when it is not there. */
  removeAddress(linkIndex: number, address: LinkAddress): void;
  /** Opens a raw socket of IP protocol 112; what it receives is given to `Reactor.receive`. @throws KernelError */
  openProtocolSocket(place: SocketPlace): ProtocolSocket;
  /** Sends an Ethernet frame out of an interface. @throws KernelError */
  transmit(linkIndex: number, frame: Uint8Array): void;
  /**
   * Gives `Reactor.overhear` the frames in which a host says that it has one of these addresses, and no others. Some are
   * left out of thousands. @throws KernelError
   */
  watchAddresses(watched: WatchedAddresses): void;
  /**
   * Asks the segment which MAC has an address, and forgets what was known of it. Returns at once; `neighbourMac` knows
   * the answer later. @throws KernelError
   */
  askNeighbour(linkIndex: number, address: string): void;
  /** The MAC that was answered; undefined while there is no answer. @throws KernelError */
  neighbourMac(linkIndex: number, address: string): string | undefined;
  /**
   * Makes the default routes of one interface and family prefer a source, or no longer. Level-triggered: no change when
   * it is so already, and to be asked again when routes changed. Without a default route there is nothing to do. A
   * preference ends by itself with the address. @throws KernelError `EINVAL` when the source is not on this machine.
   */
  setPreferredSource(change: PreferredSource): void;
  /**
   * Creates an interface with a MAC of its own on top of another (macvlan in bridge mode), up and without addresses, or
   * makes the one of that name and MAC so. @returns its index. @throws KernelError `EEXIST` when another interface has
   * the name: that one is not touched.
   */
  ensureVirtualInterface(linkIndex: number, name: string, mac: string): number;
  /** Removes the macvlan of that name and MAC; no change when there is none. @throws KernelError */
  removeVirtualInterface(name: string, mac: string): void;
  /** Wall clock in milliseconds since 1970, for people to read; nothing is decided by it. */
  wallClockMs(): number;
  /** Octets that nobody can guess, other ones each time. */
  randomOctets(length: number): Uint8Array;
}

/** What the driver's loop feeds: an AgentNode, or the resignation of a dead one. Times are monotonic microseconds. */
export interface Reactor {
  /** A packet came. All that are pending are given before the next tick; its bytes are valid until this returns. */
  receive(packet: Packet, nowMicros: number): void;
  /** A frame came in which a host says that it has a watched address; its bytes are valid until this returns. */
  overhear?(frame: Uint8Array, nowMicros: number): void;
  /** A link or an address of this machine changed. */
  networkChanged(nowMicros: number): void;
  /** Time has passed; harmless before the deadline. */
  tick(nowMicros: number): void;
  /** When the next tick is due; undefined when nothing is. */
  deadline(): number | undefined;
  /** Nothing is left to do. */
  readonly finished: boolean;
}
