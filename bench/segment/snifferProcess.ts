/**
 * A process of its own in the switch's namespace: writes down every frame of protocol 112, every ARP and every neighbour
 * advertisement that comes in at a port, with the kernel's time of it. Arguments: file, ports.
 * One line a frame: nanoseconds of CLOCK_MONOTONIC, port, the frame in hexadecimal.
 */
import { openSync, writeSync } from "node:fs";
import koffi from "koffi";
import { AF_PACKET, openSocket, receiveInto, SOCK_RAW, setOption } from "../../agent/linux/sockets/socket.ts";
import { bindSocket, checked } from "../../agent/linux/system/libc.ts";
import { PollSet } from "../../agent/linux/system/poll.ts";
import { runInRealTime } from "../../agent/linux/system/scheduling.ts";

const ETH_P_ALL = 0x0003;
/** packet(7): frames that leave at the port are not shown. */
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
/** socket(7): the kernel's time of the frame that was read last, CLOCK_REALTIME as `struct timespec`. */
const SIOCGSTAMPNS = 0x8907;
const CLOCK_REALTIME = 0;
const PRIORITY = 55;
const ETHERNET_HEADER = 14;

const libc = koffi.load(null);
const ioctl = libc.func("int ioctl(int fd, unsigned long request, _Out_ int64_t *time)") as unknown as (
  fd: number,
  request: number,
  time: BigInt64Array,
) => number;
const clockGettime = libc.func("int clock_gettime(int clock, _Out_ int64_t *time)") as unknown as (
  clock: number,
  time: BigInt64Array,
) => number;
const ifNametoindex = libc.func("unsigned int if_nametoindex(const char *name)") as unknown as (name: string) => number;
const time = new BigInt64Array(2);

function nanosOf(read: number): bigint {
  checked(read, "time", "of a frame");
  const [seconds = 0n, nanos = 0n] = time;
  return seconds * 1_000_000_000n + nanos;
}

/** When the frame that was read last came, by the monotonic clock. */
function arrivedNanos(fd: number): bigint {
  const stamp = nanosOf(ioctl(fd, SIOCGSTAMPNS, time));
  const realtime = nanosOf(clockGettime(CLOCK_REALTIME, time));
  return process.hrtime.bigint() - (realtime - stamp);
}

/** `struct sockaddr_ll`, packet(7): family, protocol in network order, interface. */
function portAddress(index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, true);
  return bytes;
}

/** Bytes of the frame that tell: EtherType, then the protocol of IPv4 or IPv6, then the type of ICMPv6. */
function isWorthALine(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < ETHERNET_HEADER + 20) return false;
  switch (view.getUint16(12)) {
    case 0x0806:
      return true;
    case 0x0800:
      return frame[ETHERNET_HEADER + 9] === 112;
    case 0x86dd:
      return frame[ETHERNET_HEADER + 6] === 112 || (frame[ETHERNET_HEADER + 6] === 58 && frame[54] === 136);
    default:
      return false;
  }
}

const [path = "", ...ports] = process.argv.slice(2);
const file = openSync(path, "w");
const buffer = new Uint8Array(2_048);
const listeners = new Map(ports.map((port) => [openPort(port), port]));

function openPort(port: string): number {
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0, `packet socket of ${port}`);
  setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, port);
  const address = portAddress(ifNametoindex(port));
  checked(bindSocket(fd, address, address.length), "bind", `packet socket to ${port}`);
  return fd;
}

runInRealTime(PRIORITY);
const arrivals = new PollSet([...listeners.keys()]);
for (;;) {
  for (const fd of arrivals.wait(undefined)) {
    const received = receiveInto(fd, buffer);
    if (received === "nothing" || !("length" in received)) continue;
    const frame = buffer.subarray(0, received.length);
    if (!isWorthALine(frame)) continue;
    writeSync(file, `${arrivedNanos(fd)} ${listeners.get(fd) ?? ""} ${Buffer.from(frame).toString("hex")}\n`);
  }
}
