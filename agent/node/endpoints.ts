/** The VRRP sockets a node has open: one for each own address that virtual routers speak from, on the link that has it. */
import { isKernelError, type Kernel, type Link, type VrrpSocket } from "./kernel.ts";
import type { Refusals } from "./refusals.ts";

interface Endpoint {
  readonly link: Link;
  readonly socket: VrrpSocket;
}

/** Keeps the open sockets in step with what the links look like. */
export class Endpoints {
  readonly #kernel: Kernel;
  readonly #refusals: Refusals;
  readonly #open = new Map<string, Endpoint>();

  constructor(kernel: Kernel, refusals: Refusals) {
    this.#kernel = kernel;
    this.#refusals = refusals;
  }

  /**
   * Opens what is needed and can be, closes the rest. A socket is bound to its interface, so an interface that was made
   * anew needs a new one.
   */
  reconcile(sources: ReadonlySet<string>, links: readonly Link[], nowMicros: number): void {
    for (const [source, { link, socket }] of this.#open) {
      const still = sources.has(source) ? linkOf(source, links) : undefined;
      if (still?.index === link.index && still.name === link.name) continue;
      socket.close();
      this.#open.delete(source);
    }
    const refused = new Map<string, string>();
    for (const source of sources) {
      const link = linkOf(source, links);
      if (link === undefined || this.#open.has(source)) continue;
      try {
        this.#open.set(source, { link, socket: this.#kernel.openVrrpSocket(link, source) });
      } catch (error) {
        if (!isKernelError(error)) throw error;
        refused.set(`open the VRRP socket of ${source} on ${link.name}`, error.code);
      }
    }
    this.#refusals.replace("sockets", refused, nowMicros);
  }

  /** The socket that speaks from an own address, if that address is on this machine. */
  socketOf(source: string): VrrpSocket | undefined {
    return this.#open.get(source)?.socket;
  }

  close(): void {
    for (const { socket } of this.#open.values()) socket.close();
    this.#open.clear();
  }
}

/** The link that has the address as its own. */
export function linkOf(source: string, links: readonly Link[]): Link | undefined {
  return links.find((link) => link.addresses.some(({ address }) => address === source));
}
