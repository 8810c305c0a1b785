/** The sockets a node has open: for each own address that virtual routers speak from, on its link, one a way of sending. */

import type { VirtualRouterConfig } from "../config/schema/document.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { addressesNamed } from "./addressPlan.ts";
import type { FailedOperations } from "./failedOperations.ts";
import { type Audience, type Kernel, type Link, type ProtocolSocket } from "./kernel.ts";

/** What a virtual router speaks from. */
export interface SocketNeed {
  readonly sourceAddress: string;
  /** Name of the interface; undefined: the one that has the source address. */
  readonly interface?: string | undefined;
  readonly multicast: boolean;
}

interface Endpoint {
  readonly need: SocketNeed;
  readonly link: Link;
  readonly socket: ProtocolSocket;
}

/** Keeps the open sockets in step with what the links look like. */
export class ProtocolSockets {
  readonly #kernel: Kernel;
  readonly #failedOperations: FailedOperations;
  readonly #open = new Map<string, Endpoint>();

  constructor(kernel: Kernel, failedOperations: FailedOperations) {
    this.#kernel = kernel;
    this.#failedOperations = failedOperations;
  }

  /**
   * Opens what is needed and can be, closes the rest. A socket is bound to its interface, so an interface that was made
   * anew needs a new one.
   */
  reconcile(needs: readonly SocketNeed[], links: readonly Link[], nowMicros: number): void {
    const needed = new Map(needs.map((need) => [keyOf(need), need]));
    for (const [key, { need, link, socket }] of this.#open) {
      const still = needed.has(key) ? linkOf(need, links) : undefined;
      if (still?.index === link.index && still.name === link.name) continue;
      socket.close();
      this.#open.delete(key);
    }
    const refused = new Map<string, string>();
    for (const [key, need] of needed) {
      const link = linkOf(need, links);
      if (link === undefined || this.#open.has(key)) continue;
      try {
        const { sourceAddress: source, multicast } = need;
        this.#open.set(key, { need, link, socket: this.#kernel.openProtocolSocket({ link, source, multicast }) });
      } catch (error) {
        if (!isKernelError(error)) throw error;
        refused.set(`open the protocol's socket of ${need.sourceAddress} on ${link.name}`, error.code);
      }
    }
    this.#failedOperations.replace("sockets", refused, nowMicros);
  }

  /** The socket for a need, if its address is on this machine. */
  socketOf(need: SocketNeed): ProtocolSocket | undefined {
    return this.#open.get(keyOf(need))?.socket;
  }

  /** Lets each socket hear its audience alone; without one it hears everybody. */
  hearOnly(audienceOf: (need: SocketNeed) => Audience | undefined): void {
    for (const { need, socket } of this.#open.values()) {
      try {
        socket.hearOnly(audienceOf(need));
      } catch (error) {
        // A kernel without room for a filter lets everybody be heard: that is slower, and as right.
        if (!isKernelError(error)) throw error;
      }
    }
  }

  close(): void {
    for (const { socket } of this.#open.values()) socket.close();
    this.#open.clear();
  }
}

/** Whom the virtual routers of one socket listen to; where one of them hears everybody, whoever speaks of theirs. */
export function audienceOf(need: SocketNeed, configs: readonly VirtualRouterConfig[]): Audience {
  const own = configs.filter((config) => keyOf(config) === keyOf(need));
  if (own.some(({ peers }) => peers.length === 0))
    return { kind: "virtual-routers", ids: [...new Set(own.map(({ virtualRouterId }) => virtualRouterId))] };
  // An own one that comes back tells of a loop, or of an address used twice.
  return { kind: "senders", addresses: [...new Set([need.sourceAddress, ...own.flatMap(({ peers }) => peers)])] };
}

/** The link that has the address as its own; with an interface named, that one and no other. */
export function linkOf(
  need: Pick<SocketNeed, "sourceAddress" | "interface">,
  links: readonly Link[],
): Link | undefined {
  return links.find(
    (link) =>
      (need.interface === undefined || link.name === need.interface) &&
      addressesNamed(link, need.sourceAddress).length > 0,
  );
}

function keyOf({ sourceAddress, interface: link, multicast }: SocketNeed): string {
  return `${sourceAddress}%${link ?? ""} ${multicast ? "multicast" : "unicast"}`;
}
