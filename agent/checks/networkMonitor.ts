/** The links, addresses and default routes of this machine as the main thread sees them, read once something asks. */

import { type Link, listLinks } from "../linux/netlink/links.ts";
import { RouteMonitor, type Watched } from "../linux/netlink/routeMonitor.ts";
import { type DefaultRoute, listDefaultRoutes } from "../linux/netlink/routes.ts";
import { RouteSocket } from "../linux/netlink/rtnetlink.ts";
import { monotonicMicros } from "../linux/system/clock.ts";
import { isKernelError } from "../linux/system/kernelError.ts";
import { ReadableWatch } from "../linux/system/readable.ts";

/** A storm of changes is read this often at most; a change that comes alone is read at once. */
const PAUSE_MICROS = 50_000;
const MICROS_PER_MS = 1_000;

/** What is known of the network. */
export interface NetworkFacts {
  readonly links: readonly Link[];
  /** Most preferred first; empty as long as nobody asked for routes. */
  readonly defaultRoutes: readonly DefaultRoute[];
}

const NOTHING: NetworkFacts = { links: [], defaultRoutes: [] };

/** Where checks and states learn of the network; a test brings its own. */
export interface NetworkSource {
  readonly facts: NetworkFacts;
  /** From now on routes are read too. They are not by default: a router's table may be long. */
  includeRoutes(): void;
  /** Calls back after every change, with the facts read. */
  onChange(listener: () => void): void;
}

export class NetworkWatch implements NetworkSource {
  readonly #route = new RouteSocket();
  readonly #listeners = new Set<() => void>();
  #closed = false;
  #unwatch: () => void = () => undefined;
  /** Undefined: nobody has asked yet, so nothing is watched. */
  #facts: NetworkFacts | undefined;
  #withRoutes = false;
  #readMicros = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @throws SystemCallError when the kernel gives no netlink sockets. */
  get facts(): NetworkFacts {
    return this.#facts ?? this.#begin();
  }

  includeRoutes(): void {
    if (this.#withRoutes) return;
    this.#withRoutes = true;
    this.#begin();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Watches no more. A second time changes nothing: descriptors may be somebody else's by then. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#route.close();
    this.#unwatch();
  }

  /** Watches, and reads everything. */
  #begin(): NetworkFacts {
    if (this.#closed) return NOTHING;
    this.#watch(this.#withRoutes ? ["links", "addresses", "routes"] : ["links", "addresses"]);
    this.#read();
    return this.#facts ?? NOTHING;
  }

  /** In place of what was watched before: each watch takes a thread of the pool. */
  #watch(watched: readonly Watched[]): void {
    const monitor = new RouteMonitor(watched);
    const readable = new ReadableWatch(monitor.fd, () => {
      if (monitor.drainAll()) this.#readSoon();
    });
    this.#unwatch();
    this.#unwatch = () => {
      readable.close(() => {
        monitor.close();
      });
    };
  }

  #readSoon(): void {
    if (this.#timer !== undefined) return;
    const waitMicros = Math.max(0, this.#readMicros + PAUSE_MICROS - monotonicMicros());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#read()) for (const listener of this.#listeners) listener();
      else this.#readSoon();
    }, waitMicros / MICROS_PER_MS);
  }

  /** @returns whether it could be read. A table that changes faster than it is read is read again. */
  #read(): boolean {
    this.#readMicros = monotonicMicros();
    try {
      const defaultRoutes = this.#withRoutes ? listDefaultRoutes(this.#route) : [];
      this.#facts = { links: listLinks(this.#route), defaultRoutes };
      return true;
    } catch (error) {
      if (!isKernelError(error)) throw error;
      return false;
    }
  }
}
