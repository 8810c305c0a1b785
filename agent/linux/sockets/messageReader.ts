/** Reads a datagram with what the kernel tells beside it: where from, where to, hop limit (recvmsg(2), cmsg(3)). */
import koffi from "koffi";
import { addressText } from "../../protocol/packet/ip.ts";
import { lastErrno, recvmsg } from "../system/libc.ts";
import { MSG_DONTWAIT, SOL_IPV6 } from "./socket.ts";
import { ipv6AddressIn } from "./socketAddress.ts";

const MSG_CTRUNC = 0x08;
const MSG_TRUNC = 0x20;
const IPV6_PKTINFO = 50;
const IPV6_HOPLIMIT = 52;
/** Lengths and addresses in these structures are of the machine's word size; every Linux that Node runs on here has 64 bits. */
const WORD = 8;
const HEADER_BYTES = 56;
const VECTOR_BYTES = 16;
const NAME_BYTES = 32;
const CONTROL_BYTES = 128;
const CONTROL_HEADER_BYTES = 16;
const IN6_PKTINFO_BYTES = 20;

const VECTOR = HEADER_BYTES;
const NAME = VECTOR + VECTOR_BYTES;
const CONTROL = NAME + NAME_BYTES;
const PAYLOAD = CONTROL + CONTROL_BYTES;

/** A received IPv6 datagram; its payload is valid until the next read. */
export interface Ipv6Message {
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly payload: Uint8Array;
}

/** What one read found; `incomplete` lacks something that was asked for, or was longer than the memory for it. */
export type MessageReceived = Ipv6Message | "nothing" | "incomplete" | { readonly error: string };

/**
 * One piece of memory that the kernel fills, made of four structures that point to each other. It lies outside of what
 * Node's garbage collector moves, so the pointers stay good.
 *
 *       0                               8
 *      +-------------------------------+-------------------------------+
 *    0 |        -> name at 72          |  length of name: 32 bits, pad |
 *      +-------------------------------+-------------------------------+   struct msghdr, recvmsg(2)
 *   16 |       -> vector at 56         |       number of vectors: 1    |
 *      +-------------------------------+-------------------------------+
 *   32 |       -> control at 104       |       length of control       |
 *      +-------------------------------+-------------------------------+
 *   48 |     flags: 32 bits, pad       |
 *      +-------------------------------+-------------------------------+
 *   56 |       -> payload at 232       |       room for payload        |   struct iovec, readv(2)
 *      +-------------------------------+-------------------------------+
 *   72 |                  name: struct sockaddr_in6                    |
 *      +---------------------------------------------------------------+
 *  104 |               control: the ancillary data, cmsg(3)            |
 *      +---------------------------------------------------------------+
 *  232 |                            payload                            |
 *      +---------------------------------------------------------------+
 */
export class MessageReader {
  readonly #address: bigint;
  readonly #view: DataView;
  readonly #bytes: Buffer;

  /** @param payloadBytes room for one payload. */
  constructor(payloadBytes: number) {
    const size = PAYLOAD + payloadBytes;
    this.#address = koffi.alloc("uint8_t", size) as bigint;
    const memory = koffi.view(this.#address, size);
    this.#bytes = Buffer.from(memory);
    this.#bytes.fill(0);
    this.#view = new DataView(memory);
    this.#setPointer(0, NAME);
    this.#setPointer(16, VECTOR);
    this.#setWord(24, 1);
    this.#setPointer(32, CONTROL);
    this.#setPointer(VECTOR, PAYLOAD);
    this.#setWord(VECTOR + WORD, payloadBytes);
  }

  /** Reads one datagram without waiting. */
  read(fd: number): MessageReceived {
    // The kernel wrote the lengths it used here.
    this.#view.setUint32(8, NAME_BYTES, true);
    this.#setWord(40, CONTROL_BYTES);
    const length = recvmsg(fd, this.#address, MSG_DONTWAIT);
    if (length < 0) {
      const code = lastErrno();
      return code === "EAGAIN" || code === "EINTR" ? "nothing" : { error: code };
    }
    return this.#message(length);
  }

  /** Gives the memory back; no use of the reader, nor of a payload it gave, is allowed after it. */
  close(): void {
    koffi.free(this.#address);
  }

  #message(length: number): MessageReceived {
    const isCutOff = (this.#view.getUint32(48, true) & (MSG_TRUNC | MSG_CTRUNC)) !== 0;
    const source = ipv6AddressIn(this.#bytes.subarray(NAME, CONTROL));
    const controlLength = Math.min(Number(this.#view.getBigUint64(40, true)), CONTROL_BYTES);
    const { destination, hopLimit } = ancillaryOf(this.#bytes.subarray(CONTROL, CONTROL + controlLength));
    if (isCutOff || source === undefined || destination === undefined || hopLimit === undefined) return "incomplete";
    return { source, destination, hopLimit, payload: this.#bytes.subarray(PAYLOAD, PAYLOAD + length) };
  }

  #setPointer(offset: number, target: number): void {
    this.#view.setBigUint64(offset, this.#address + BigInt(target), true);
  }

  #setWord(offset: number, value: number): void {
    this.#view.setBigUint64(offset, BigInt(value), true);
  }
}

/**
 *       0                               8               12
 *      +-------------------------------+---------------+---------------+
 *    0 |   length of these 16 and data |     level     |     type      |
 *      +-------------------------------+---------------+---------------+
 *   16 |  data, padded to 8. IPV6_PKTINFO: destination (16 octets),    |
 *      |  index of the interface (4). IPV6_HOPLIMIT: 4 octets.         |
 *      +---------------------------------------------------------------+   struct cmsghdr, cmsg(3), host order
 *
 * A length that does not fit ends the walk.
 */
export function ancillaryOf(control: Buffer): { readonly destination?: string; readonly hopLimit?: number } {
  let destination: string | undefined;
  let hopLimit: number | undefined;
  let offset = 0;
  while (offset + CONTROL_HEADER_BYTES <= control.length) {
    const length = Number(control.readBigUInt64LE(offset));
    if (length < CONTROL_HEADER_BYTES || offset + length > control.length) break;
    const data = control.subarray(offset + CONTROL_HEADER_BYTES, offset + length);
    const type = control.readInt32LE(offset + 8) === SOL_IPV6 ? control.readInt32LE(offset + 12) : undefined;
    if (type === IPV6_PKTINFO && data.length >= IN6_PKTINFO_BYTES) destination = addressText(data.subarray(0, 16));
    if (type === IPV6_HOPLIMIT && data.length >= 4) hopLimit = data.readInt32LE(0);
    offset += Math.ceil(length / WORD) * WORD;
  }
  return { ...(destination === undefined ? {} : { destination }), ...(hopLimit === undefined ? {} : { hopLimit }) };
}
