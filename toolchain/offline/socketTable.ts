// The kernel's table of TCP sockets, as far as it says whose end of a connection is whose.
import { endianness } from "node:os";
import ipaddr from "ipaddr.js";

/** An end of a connection, with the other one as it sees it. */
export interface SocketPair {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** What the table says of a socket. */
export interface SocketEntry {
  readonly isEstablished: boolean;
  /** Of the process that made the socket; meaningless where no process has it open. */
  readonly uid: number;
  /** 0: no process has the socket open, and the kernel says uid 0 of it whoever had. */
  readonly inode: number;
}

/** TCP_ESTABLISHED, include/net/tcp_states.h. */
const ESTABLISHED = "01";
const HEX_DIGITS_PER_WORD = 8;

/**
 * Finds a socket in /proc/net/tcp or /proc/net/tcp6, proc_net_tcp(5):
 *
 *     sl  local_address  rem_address   st  tx:rx  tr:when  retrnsmt   uid  timeout  inode
 *      0: 0100007F:9C40  0100007F:1F90 01  ...                       1000        0  31415
 *
 * An address is its 32-bit words in hexadecimal, each in the machine's own byte order; a port is a plain number. An IPv4
 * address that a socket of IPv6 writes as ::ffff:a.b.c.d is the same address.
 */
export function findSocket(
  table: string,
  { localAddress, localPort, remoteAddress, remotePort }: SocketPair,
  byteOrder: "LE" | "BE" = endianness(),
): SocketEntry | undefined {
  const local = ipaddr.process(localAddress).toNormalizedString();
  const remote = ipaddr.process(remoteAddress).toNormalizedString();
  for (const line of table.split("\n")) {
    const [, one = "", other = "", state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (portOf(one) !== localPort || portOf(other) !== remotePort) continue;
    if (addressOf(one, byteOrder) !== local || addressOf(other, byteOrder) !== remote) continue;
    return { isEstablished: state === ESTABLISHED, uid: Number(uid), inode: Number(inode) };
  }
  return undefined;
}

function portOf(end: string): number {
  return Number.parseInt(end.slice(end.indexOf(":") + 1), 16);
}

function addressOf(end: string, byteOrder: "LE" | "BE"): string | undefined {
  const digits = end.slice(0, end.indexOf(":"));
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(digits)) return undefined;
  const bytes = Buffer.from(digits, "hex");
  if (byteOrder === "LE") {
    for (let at = 0; at < bytes.length; at += HEX_DIGITS_PER_WORD / 2) bytes.subarray(at, at + 4).reverse();
  }
  return ipaddr.process(ipaddr.fromByteArray([...bytes]).toString()).toNormalizedString();
}
