/** The kernel's routing socket: requests with their answer, and dumps (rtnetlink(7)). */

import {
  AF_NETLINK,
  closeSocket,
  discardWaiting,
  openSocket,
  receiveInto,
  SOCK_NONBLOCK,
  SOCK_RAW,
} from "../sockets/socket.ts";
import { bindSocket, checked, errnoName, lastError, SystemCallError, sendto } from "../system/libc.ts";
import {
  type Attribute,
  encodeMessage,
  messagesOf,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from "./netlinkMessage.ts";

const NETLINK_ROUTE = 0;
/** The kernel fills at most 32 KiB a read of a dump, when it is offered that much. */
export const READ_BYTES = 64 * 1024;
/** A table that changes under each of so many dumps is being flooded; the last answer is not to be trusted then. */
const MAX_DUMP_ATTEMPTS = 10;
/** The kernel addresses itself as port 0. */
const KERNEL = Buffer.from([AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** `struct sockaddr_nl` of this socket with the groups it wants to hear. */
function netlinkAddress(groups: number): Uint8Array {
  const bytes = Buffer.from(KERNEL);
  bytes.writeUInt32LE(groups, 8);
  return bytes;
}

/** Opens a routing socket that hears the groups of a mask (RTMGRP_*); 0: only answers. */
export function openNetlink(groups: number, subject: string): number {
  const fd = openSocket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE, subject);
  try {
    const address = netlinkAddress(groups);
    checked(bindSocket(fd, address, address.length), "bind", subject);
    return fd;
  } catch (error) {
    closeSocket(fd);
    throw error;
  }
}

/** What the rest of linux/ needs of the routing socket. */
export type Rtnetlink = Pick<RouteSocket, "change" | "dump">;

/** Asks the kernel and reads its answer. rtnetlink is synchronous: when the request is sent the answer is there. */
export class RouteSocket {
  readonly #fd = openNetlink(0, "route socket");
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #sequence = 0;
  /** Whether a request threw halfway, so that the rest of its answer may wait to be read. */
  #isUnread = false;

  /** Makes a change. @throws SystemCallError with the kernel's errno, e.g. `EPERM` without CAP_NET_ADMIN. */
  change(type: number, flags: number, body: Uint8Array, attributes: readonly Attribute[], subject: string): void {
    this.#ask(type, flags | NLM_F_ACK, body, attributes, subject);
    const answer = this.#read(subject);
    this.#isUnread = false;
    for (const message of answer) refuseError(message, subject);
  }

  /** Reads a whole table, again when it changed meanwhile. Bodies are the caller's to keep. */
  dump(type: number, body: Uint8Array, attributes: readonly Attribute[], subject: string): Buffer[] {
    for (let attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      const bodies = this.#dumpOnce(type, body, attributes, subject);
      if (bodies !== "interrupted") return bodies;
    }
    throw new SystemCallError("rtnetlink", `${subject}: changed during ${MAX_DUMP_ATTEMPTS} dumps`, "EINTR");
  }

  close(): void {
    closeSocket(this.#fd);
  }

  #dumpOnce(
    type: number,
    body: Uint8Array,
    attributes: readonly Attribute[],
    subject: string,
  ): Buffer[] | "interrupted" {
    this.#ask(type, NLM_F_DUMP, body, attributes, subject);
    const bodies: Buffer[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of this.#read(subject)) {
        interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
        if (message.type === NLMSG_DONE) {
          this.#isUnread = false;
          return interrupted ? "interrupted" : bodies;
        }
        refuseError(message, subject);
        bodies.push(Buffer.from(message.body));
      }
    }
  }

  #ask(type: number, flags: number, body: Uint8Array, attributes: readonly Attribute[], subject: string): void {
    if (this.#isUnread) discardWaiting(this.#fd, this.#buffer);
    this.#isUnread = true;
    this.#sequence = (this.#sequence + 1) >>> 0;
    const request = encodeMessage(type, flags, this.#sequence, body, attributes);
    if (sendto(this.#fd, request, request.length, 0, KERNEL, KERNEL.length) < 0) throw lastError("sendto", subject);
  }

  /** The messages of the next datagram that answer the request at hand. */
  #read(subject: string): NetlinkMessage[] {
    const received = receiveInto(this.#fd, this.#buffer);
    if (received === "nothing") throw new SystemCallError("recv", `${subject}: no answer`, "EAGAIN");
    if ("error" in received) throw new SystemCallError("recv", subject, received.error);
    const messages = [...messagesOf(this.#buffer.subarray(0, received.length))];
    return messages.filter((message) => message.sequence === this.#sequence);
  }
}

/** The kernel's refusal as an error; an errno of 0 is its acknowledgement. */
function refuseError(message: NetlinkMessage, subject: string): void {
  if (message.type !== NLMSG_ERROR) return;
  const errno = -message.body.readInt32LE(0);
  if (errno !== 0) throw new SystemCallError("rtnetlink", subject, errnoName(errno));
}
