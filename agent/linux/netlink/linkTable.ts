/**
 * The network interfaces and their addresses, kept in step with the kernel by what it tells (rtnetlink(7)), so that
 * looking costs one system call however many there are.
 *
 * The kernel queues what it tells of a change before the call that made it returns, except for a new IPv6 address, so
 * the caller says itself what it set. A table that may have missed something, or is a minute old, is read as a whole.
 */
import { isDeepStrictEqual } from "node:util";
import { monotonicMicros } from "../system/clock.ts";
import { type LinkAddress, placedAddressOf, RTM_DELADDR, RTM_NEWADDR } from "./addresses.ts";
import { type Link, linkOf, listLinks, RTM_DELLINK, RTM_NEWLINK, tellsOfInterface } from "./links.ts";
import type { NetlinkMessage } from "./netlinkMessage.ts";
import { RouteMonitor } from "./routeMonitor.ts";
import type { RouteSocket } from "./rtnetlink.ts";

/** Nothing is missed as far as is known; this bounds how long it would last. */
const TRUSTED_MICROS = 60_000_000;

/** One interface; `shown` is what was made of it for readers, until it changes. */
interface Entry {
  link: Link;
  /** By address with prefix length, in the order in which they came. */
  readonly addresses: Map<string, LinkAddress>;
  shown: Link | undefined;
}

export class LinkTable {
  readonly #route: RouteSocket;
  readonly #ownOrigin: number;
  readonly #monitor = new RouteMonitor(["links", "addresses"]);
  readonly #entries = new Map<number, Entry>();
  #shown: readonly Link[] | undefined;
  #readAtMicros = -Infinity;
  #hasChanged = false;

  /** @param ownOrigin the mark (IFA_PROTO) of addresses that the caller sets, and need not be told of when they are set. */
  constructor(route: RouteSocket, ownOrigin: number) {
    this.#route = route;
    this.#ownOrigin = ownOrigin;
  }

  /** Becomes readable when there may be a change. */
  get fd(): number {
    return this.#monitor.fd;
  }

  /** Every interface of this network namespace, now; the same array as long as nothing changes. @throws SystemCallError */
  links(): readonly Link[] {
    this.#follow();
    if (monotonicMicros() - this.#readAtMicros > TRUSTED_MICROS) this.#read();
    this.#shown ??= Array.from(this.#entries.values(), shownOf);
    return this.#shown;
  }

  /** Whether somebody else changed something since the last call, as far as the kernel has told. */
  takeChange(): boolean {
    this.#follow();
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }

  /** Something is known to have changed and was not taken yet. */
  get hasNews(): boolean {
    return this.#hasChanged;
  }

  /** The caller has set an address. */
  noteSet(linkIndex: number, address: LinkAddress): void {
    // What came before it: otherwise the news of an earlier removal would take it out again.
    this.#follow();
    this.#set(linkIndex, address);
  }

  /** The caller has taken an address off, or found it gone. */
  noteRemoved(linkIndex: number, address: LinkAddress): void {
    this.#remove(linkIndex, address);
  }

  close(): void {
    this.#monitor.close();
  }

  /** Takes over what the kernel has told so far. */
  #follow(): void {
    const isWhole = this.#monitor.drain((message) => {
      if (this.#take(message)) this.#hasChanged = true;
    });
    if (isWhole) return;
    this.#readAtMicros = -Infinity;
    this.#hasChanged = true;
  }

  #read(): void {
    // What is told meanwhile is taken over the next time: it makes no difference to what is in here already.
    const links = listLinks(this.#route);
    const before = this.#readAtMicros === -Infinity ? undefined : this.#fingerprint();
    this.#entries.clear();
    for (const link of links)
      this.#entries.set(link.index, {
        link,
        addresses: new Map(link.addresses.map((address) => [keyOf(address), address])),
        shown: link,
      });
    this.#shown = undefined;
    this.#readAtMicros = monotonicMicros();
    if (before !== undefined && before !== this.#fingerprint()) this.#hasChanged = true;
  }

  /** @returns whether it tells of a change that somebody else made. */
  #take({ type, body }: NetlinkMessage): boolean {
    switch (type) {
      case RTM_NEWLINK:
        return tellsOfInterface(body) && this.#setLink(linkOf(body, []));
      case RTM_DELLINK:
        return tellsOfInterface(body) && this.#removeLink(linkOf(body, []).index);
      case RTM_NEWADDR:
      case RTM_DELADDR: {
        const placed = placedAddressOf(body);
        if (placed === undefined) return false;
        const { linkIndex, ...address } = placed;
        if (type === RTM_DELADDR) return this.#remove(linkIndex, address);
        const isNew = this.#set(linkIndex, address);
        return isNew && (address.origin !== this.#ownOrigin || address.failed === true);
      }
      default:
        return false;
    }
  }

  #setLink(link: Link): boolean {
    const known = this.#entries.get(link.index);
    if (known !== undefined && isSameLink(known.link, link)) return false;
    this.#entries.set(link.index, {
      link,
      addresses: known?.addresses ?? new Map<string, LinkAddress>(),
      shown: undefined,
    });
    this.#shown = undefined;
    return true;
  }

  #removeLink(index: number): boolean {
    this.#shown = undefined;
    return this.#entries.delete(index);
  }

  /** A lifetime that is counted anew is no change to anybody. @returns whether anything else is different. */
  #set(linkIndex: number, address: LinkAddress): boolean {
    const entry = this.#entries.get(linkIndex);
    if (entry === undefined) return false;
    const known = entry.addresses.get(keyOf(address));
    if (known !== undefined && isSameAddress(known, address)) return false;
    entry.addresses.set(keyOf(address), address);
    this.#forgetShown(entry);
    return true;
  }

  #remove(linkIndex: number, address: LinkAddress): boolean {
    const entry = this.#entries.get(linkIndex);
    if (entry?.addresses.delete(keyOf(address)) !== true) return false;
    this.#forgetShown(entry);
    return true;
  }

  #forgetShown(entry: Entry): void {
    entry.shown = undefined;
    this.#shown = undefined;
  }

  /** What matters of everything. */
  #fingerprint(): string {
    return JSON.stringify(Array.from(this.#entries.values(), shownOf), (key, value: unknown) =>
      key === "lifetimeSeconds" ? value !== undefined : value,
    );
  }
}

function shownOf(entry: Entry): Link {
  entry.shown ??= { ...entry.link, addresses: [...entry.addresses.values()] };
  return entry.shown;
}

function keyOf({ address, prefixLength }: LinkAddress): string {
  return `${address}/${prefixLength}`;
}

/** Of the interfaces alone. */
function isSameLink(left: Link, right: Link): boolean {
  return isDeepStrictEqual({ ...left, addresses: [] }, { ...right, addresses: [] });
}

function isSameAddress(left: LinkAddress, right: LinkAddress): boolean {
  return left.origin === right.origin && left.failed === right.failed && isLeased(left) === isLeased(right);
}

const isLeased = ({ lifetimeSeconds }: LinkAddress): boolean => lifetimeSeconds !== undefined;
