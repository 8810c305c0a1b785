/**
 * A process of its own in the client's namespace: sends an ICMP echo request on an absolute schedule, in real time, and
 * notes each answer with its TTL, by which every node is known. Arguments: addresses with commas in between, which are
 * asked in turn, interval in microseconds, file.
 *
 * A blocking loop without an event loop, as the agent's own: what it measures must not be its own lateness.
 */
import { openSync, writeSync } from "node:fs";
import { AF_INET, MSG_DONTWAIT, openSocket, receiveInto, SOCK_RAW } from "../../agent/linux/sockets/socket.ts";
import { monotonicMicros } from "../../agent/linux/system/clock.ts";
import { sendto } from "../../agent/linux/system/libc.ts";
import { PollSet } from "../../agent/linux/system/poll.ts";
import { removeTimerSlack, runInRealTime } from "../../agent/linux/system/scheduling.ts";
import { encodeRecord, RECORD_BYTES } from "./records.ts";

const IPPROTO_ICMP = 1;
const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
/** Above every daemon under comparison. */
const PRIORITY = 60;
/** After a stall of so many intervals the missed requests are not sent late, all at once. */
const MAX_BEHIND = 100;
const HEADER_BYTES = 8;

const [addresses = "", interval = "", path = ""] = process.argv.slice(2);
const intervalMicros = Number(interval);
const identifier = process.pid & 0xffff;
const destinations = addresses.split(",").map(socketAddress);
const file = openSync(path, "w");
const fd = openSocket(AF_INET, SOCK_RAW, IPPROTO_ICMP, "ICMP");
const arrivals = new PollSet([fd]);
const buffer = new Uint8Array(2_048);
/** Requests without an answer, by number. */
const waiting = new Map<number, number>();

/** `struct sockaddr_in`, ip(7). */
function socketAddress(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, true);
  bytes.set(text.split(".").map(Number), 4);
  return bytes;
}

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |   type 8, 0   |    code 0     |           checksum            |
 * +---------------+---------------+-------------------------------+
 * |          identifier           |    sequence, low 16 bits      |
 * +-------------------------------+-------------------------------+
 * |                    number of the request                      |
 * +---------------------------------------------------------------+   RFC 792, with four octets of data
 */
function request(number: number): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + 4);
  const view = new DataView(packet.buffer);
  view.setUint8(0, ECHO_REQUEST);
  view.setUint16(4, identifier);
  view.setUint16(6, number & 0xffff);
  view.setUint32(8, number);
  let sum = 0;
  for (let offset = 0; offset < packet.length; offset += 2) sum += view.getUint16(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(2, ~sum & 0xffff);
  return packet;
}

function send(number: number): void {
  const sentMicros = monotonicMicros();
  waiting.set(number, sentMicros);
  // An address that nobody has is refused at times; then there is no answer, which is what is counted.
  const packet = request(number);
  const destination = destinations[number % destinations.length] ?? socketAddress("");
  sendto(fd, packet, packet.length, MSG_DONTWAIT, destination, destination.length);
  writeSync(file, encodeRecord({ sentMicros, answeredMicros: 0, ttl: 0 }), 0, RECORD_BYTES, number * RECORD_BYTES);
}

/** Notes an answer of ours; a second one to the same request tells nothing. */
function hear(length: number): void {
  const answeredMicros = monotonicMicros();
  const headerLength = ((buffer[0] ?? 0) & 0x0f) * 4;
  if (length < headerLength + HEADER_BYTES + 4) return;
  const view = new DataView(buffer.buffer, headerLength);
  if (view.getUint8(0) !== ECHO_REPLY || view.getUint16(4) !== identifier) return;
  const number = view.getUint32(8);
  const sentMicros = waiting.get(number);
  if (sentMicros === undefined) return;
  waiting.delete(number);
  const record = encodeRecord({ sentMicros, answeredMicros, ttl: buffer[8] ?? 0 });
  writeSync(file, record, 0, RECORD_BYTES, number * RECORD_BYTES);
}

function hearAll(): void {
  for (;;) {
    const received = receiveInto(fd, buffer);
    if (received === "nothing") return;
    // An error the socket had stored is about a request that has no answer.
    if ("length" in received) hear(received.length);
  }
}

runInRealTime(PRIORITY);
removeTimerSlack();
let dueMicros = monotonicMicros();
for (let number = 0; ; ) {
  const nowMicros = monotonicMicros();
  if (nowMicros >= dueMicros) {
    send(number);
    number += 1;
    dueMicros += intervalMicros;
    if (dueMicros + MAX_BEHIND * intervalMicros < nowMicros) dueMicros = nowMicros + intervalMicros;
  }
  arrivals.wait(Math.max(0, dueMicros - monotonicMicros()));
  hearAll();
}
