/** Tells that links, addresses or routes of this network namespace changed (rtnetlink(7)). */
import { placedAddressOf, RTM_NEWADDR } from "./addresses.ts";
import { messagesOf, type NetlinkMessage } from "./netlinkMessage.ts";
import { openNetlink, READ_BYTES } from "./rtnetlink.ts";
import { closeSocket, receiveInto } from "./socket.ts";

const RTMGRP_LINK = 0x1;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV4_ROUTE = 0x40;
const RTMGRP_IPV6_IFADDR = 0x100;
const RTMGRP_IPV6_ROUTE = 0x400;

/** What can be watched, as rtnetlink's groups. */
const GROUPS = {
  links: RTMGRP_LINK,
  addresses: RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
  routes: RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
} as const;
export type Watched = keyof typeof GROUPS;

/** So many notifications are taken in a row at most, that a storm of them cannot hold the thread. */
const MAX_DRAINED = 4_096;

/** Its descriptor becomes readable when something of what it watches changed. */
export class RouteMonitor {
  readonly fd: number;
  readonly #ownOrigin: number | undefined;
  readonly #buffer = Buffer.alloc(READ_BYTES);

  /**
   * @param ownOrigin the mark of addresses (IFA_PROTO) that the caller sets itself, and need not be told of when they
   *   are set or renewed; when they go it is.
   */
  constructor(watched: readonly Watched[] = ["links", "addresses"], ownOrigin?: number) {
    this.#ownOrigin = ownOrigin;
    const groups = watched.reduce((mask, what) => mask | GROUPS[what], 0);
    this.fd = openNetlink(groups, `monitor of ${watched.join(" and ")}`);
  }

  /**
   * Takes every notification away, without waiting.
   * @returns whether something may have changed. What changed is not told: the reader asks for the state itself, which
   *   is right also when notifications were lost (`ENOBUFS`).
   */
  drain(): boolean {
    let changed = false;
    for (let count = 0; count < MAX_DRAINED; count++) {
      const received = receiveInto(this.fd, this.#buffer);
      if (received === "nothing") break;
      changed ||= "error" in received || this.#tellsOfChange(this.#buffer.subarray(0, received.length));
    }
    return changed;
  }

  close(): void {
    closeSocket(this.fd);
  }

  #tellsOfChange(datagram: Buffer): boolean {
    for (const message of messagesOf(datagram)) if (!this.#isOwnSetting(message)) return true;
    return false;
  }

  #isOwnSetting({ type, body }: NetlinkMessage): boolean {
    if (this.#ownOrigin === undefined || type !== RTM_NEWADDR) return false;
    const address = placedAddressOf(body);
    return address?.origin === this.#ownOrigin && address.failed !== true;
  }
}
