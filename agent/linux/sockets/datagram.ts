/** One datagram to a local service: to systemd as sd_notify(3) does, to the system's log as syslog(3) does. */
import { lastError, sendto } from "../system/libc.ts";
import { AF_UNIX, closeSocket, MSG_DONTWAIT, openSocket, SOCK_DGRAM } from "./socket.ts";

/** `sun_path` of unix(7) holds 108 octets. */
const PATH_BYTES = 108;

/** `struct sockaddr_un`; a leading `@` means the abstract namespace, whose names start with a zero octet. */
function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > PATH_BYTES)
    throw new RangeError(`socket path "${path}" has ${name.length} octets, at most ${PATH_BYTES} fit`);
  const bytes = Buffer.alloc(2 + name.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  name.copy(bytes, 2);
  return bytes;
}

/**
 * Sends one text without waiting.
 * @param socketPath path of a datagram socket of unix(7), such as `NOTIFY_SOCKET` of the environment.
 * @throws SystemCallError when nobody listens there, or does not read.
 */
export function sendDatagram(socketPath: string, text: string): void {
  const subject = `socket ${socketPath}`;
  const address = unixAddress(socketPath);
  const fd = openSocket(AF_UNIX, SOCK_DGRAM, 0, subject);
  try {
    const data = Buffer.from(text);
    if (sendto(fd, data, data.length, MSG_DONTWAIT, address, address.length) < 0) throw lastError("sendto", subject);
  } finally {
    closeSocket(fd);
  }
}
