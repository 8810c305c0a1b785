/** Tells how links, addresses or routes of this network namespace change (rtnetlink(7)). */

import { closeSocket, receiveInto, setReceiveBuffer } from "../sockets/socket.ts";
import { messagesOf, type NetlinkMessage } from "./netlinkMessage.ts";
import { openNetlink, READ_BYTES } from "./rtnetlink.ts";

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
/** Room for what the kernel tells of some thousand changes at once, as far as the machine allows it. */
const RECEIVE_BUFFER_BYTES = 1 << 22;

/** Its descriptor becomes readable when something of what it watches changed. */
export class RouteMonitor {
  readonly fd: number;
  readonly #buffer = Buffer.alloc(READ_BYTES);

  constructor(watched: readonly Watched[]) {
    const groups = watched.reduce((mask, what) => mask | GROUPS[what], 0);
    const subject = `monitor of ${watched.join(" and ")}`;
    this.fd = openNetlink(groups, subject);
    setReceiveBuffer(this.fd, RECEIVE_BUFFER_BYTES, subject);
  }

  /**
   * Takes every notification away, without waiting.
   * @param take is given each; its bytes are valid until the next one.
   * @returns whether none is missing; otherwise (`ENOBUFS`) the reader has to ask for the state itself.
   */
  drain(take: (message: NetlinkMessage) => void): boolean {
    let isWhole = true;
    for (let count = 0; count < MAX_DRAINED; count++) {
      const received = receiveInto(this.fd, this.#buffer);
      if (received === "nothing") return isWhole;
      if ("error" in received) isWhole = false;
      else for (const message of messagesOf(this.#buffer.subarray(0, received.length))) take(message);
    }
    return isWhole;
  }

  /** Takes every notification away, without waiting. @returns whether there was any, or may have been. */
  drainAll(): boolean {
    let count = 0;
    const isWhole = this.drain(() => {
      count += 1;
    });
    return count > 0 || !isWhole;
  }

  close(): void {
    closeSocket(this.fd);
  }
}
