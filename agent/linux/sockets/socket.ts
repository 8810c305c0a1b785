/** A socket by its file descriptor: opened, set up, read without waiting, closed. */
import { checked, close, lastErrno, recv, setsockopt, socket } from "../system/libc.ts";

/** include/linux/socket.h and asm-generic/socket.h; the same on every Linux but for alpha, mips, parisc and sparc. */
export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const MSG_DONTWAIT = 0x40;
export const SOL_SOCKET = 1;
export const SOL_IPV6 = 41;
const SO_RCVBUF = 8;
/** As SO_RCVBUF, beyond the limit of net.core.rmem_max: takes CAP_NET_ADMIN. */
const SO_RCVBUFFORCE = 33;
export const SO_BINDTODEVICE = 25;

/** Opens a socket that no child process inherits. @throws SystemCallError, `EPERM` without CAP_NET_RAW. */
export function openSocket(domain: number, type: number, protocol: number, subject: string): number {
  return checked(socket(domain, type | SOCK_CLOEXEC, protocol), "socket", subject);
}

/** Sets an integer option (setsockopt(2)). */
export function setOption(fd: number, level: number, option: number, value: number, subject: string): void {
  setBytesOption(fd, level, option, new Uint8Array(Int32Array.of(value).buffer), subject);
}

/** Gives a socket room for what arrives while nobody reads; without CAP_NET_ADMIN as much as net.core.rmem_max allows. */
export function setReceiveBuffer(fd: number, bytes: number, subject: string): void {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, new Uint8Array(Int32Array.of(bytes).buffer), 4) >= 0) return;
  setOption(fd, SOL_SOCKET, SO_RCVBUF, bytes, subject);
}

/** Sets an option whose value is text, such as the name of an interface. */
export function setTextOption(fd: number, level: number, option: number, value: string, subject: string): void {
  setBytesOption(fd, level, option, Buffer.from(`${value}\0`), subject);
}

/** Sets an option whose value is a structure. */
export function setBytesOption(fd: number, level: number, option: number, value: Uint8Array, subject: string): void {
  checked(setsockopt(fd, level, option, value, value.length), "setsockopt", subject);
}

/** What one read found: a datagram's length, nothing there now, or an error the socket had stored. */
export type Received = { readonly length: number } | "nothing" | { readonly error: string };

/** Reads one datagram into `buffer` without waiting; a longer one is cut off. */
export function receiveInto(fd: number, buffer: Uint8Array): Received {
  const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
  if (length >= 0) return { length };
  const code = lastErrno();
  return code === "EAGAIN" || code === "EINTR" ? "nothing" : { error: code };
}

/** So many datagrams are thrown away in a row at most, that a storm of them cannot hold the thread. */
const MAX_DISCARDED = 4_096;

/** Reads what waits and throws it away; errors that the socket had stored go with it. */
export function discardWaiting(fd: number, buffer: Uint8Array): void {
  for (let count = 0; count < MAX_DISCARDED; count++) if (receiveInto(fd, buffer) === "nothing") return;
}

/** Closes the socket; an error here has no remedy and is not reported. */
export function closeSocket(fd: number): void {
  close(fd);
}
