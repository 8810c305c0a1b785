/** The kernel as a node needs it: linuxKernel.ts is the real one, a simulation brings its own. */
import type { Link, LinkAddress } from "../linux/links.ts";

export type { Link, LinkAddress };

/** The end of one own address on one interface, from which advertisements leave and to which they come. */
export interface VrrpSocket {
  /** Sends one VRRP message to one peer. @throws KernelError */
  send(destination: string, payload: Uint8Array): void;
  close(): void;
}

/** What a node asks of the operating system. Every method returns at once. */
export interface Kernel {
  /** The interfaces with their IPv4 addresses, as they are now. @throws KernelError */
  links(): readonly Link[];
  /** Puts an address on an interface; no change when it is there. @throws KernelError */
  addAddress(linkIndex: number, address: LinkAddress): void;
  /** Takes an address off an interface. @throws KernelError `EADDRNOTAVAIL` when it is not there. */
  removeAddress(linkIndex: number, address: LinkAddress): void;
  /** Opens the VRRP socket of an own address; what it receives is given to `Reactor.receive`. @throws KernelError */
  openVrrpSocket(link: Link, source: string): VrrpSocket;
  /** Sends an Ethernet frame out of an interface. @throws KernelError */
  transmit(linkIndex: number, frame: Uint8Array): void;
  /** Wall clock in milliseconds since 1970, for people to read; nothing is decided by it. */
  wallClockMs(): number;
}

/** What the driver's loop feeds: an AgentNode, or the resignation of a dead one. Times are monotonic microseconds. */
export interface Reactor {
  /** A datagram came, with its IP header. All that are pending are given before the next tick. */
  receive(datagram: Uint8Array, nowMicros: number): void;
  /** A link or an address of this machine changed. */
  networkChanged(nowMicros: number): void;
  /** Time has passed; harmless before the deadline. */
  tick(nowMicros: number): void;
  /** When the next tick is due; undefined when nothing is. */
  deadline(): number | undefined;
  /** Nothing is left to do. */
  readonly finished: boolean;
}

/** An error of the operating system: `code` is the errno's name. */
export type KernelError = Error & { readonly code: string };

/** Tells the operating system's refusals, which a node lives with, from mistakes of this program, which it does not. */
export function isKernelError(error: unknown): error is KernelError {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
}
