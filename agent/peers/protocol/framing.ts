/**
 * Cuts the octets of a connection into messages, and total: no length is trusted.
 *
 *    0                   1                   2                   3
 *   +-------------------------------+-------------------------------+
 *   |           Length of the text, big-endian, 1..262144           |
 *   +-------------------------------+-------------------------------+
 *   |                          UTF-8 text ...
 *   +---------------------------------------------------------------
 */
import { type Decoded, decoded, fault } from "../../protocol/packet/decoded.ts";

/** What 255 virtual routers take with the longest names there are. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;

/** A length of 0, or beyond MAX_MESSAGE_BYTES. After it the stream makes no sense any more. */
export type FramingFault = "bad-length";

/** One message with its length. @throws RangeError when it is empty or longer than MAX_MESSAGE_BYTES: a mistake of this program. */
export function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length === 0 || length > MAX_MESSAGE_BYTES)
    throw new RangeError(`a message of ${length} octets cannot be framed`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

/** Collects what arrives, however it is cut, and gives the messages that are complete. */
export class FrameDecoder {
  #chunks: Uint8Array[] = [];
  #pendingBytes = 0;
  /** So many octets make the next step: LENGTH_BYTES for a length, more for a whole message. */
  #neededBytes = LENGTH_BYTES;

  decode(chunk: Uint8Array): Decoded<readonly string[], FramingFault> {
    this.#chunks.push(chunk);
    this.#pendingBytes += chunk.length;
    // Joined only when it is of use: one octet at a time costs no more than all at once.
    if (this.#pendingBytes < this.#neededBytes) return decoded([]);
    return this.#cut(Buffer.concat(this.#chunks));
  }

  #cut(bytes: Buffer): Decoded<readonly string[], FramingFault> {
    const texts: string[] = [];
    let rest = bytes;
    while (rest.length >= this.#neededBytes) {
      if (this.#neededBytes > LENGTH_BYTES) {
        texts.push(rest.toString("utf8", LENGTH_BYTES, this.#neededBytes));
        rest = rest.subarray(this.#neededBytes);
        this.#neededBytes = LENGTH_BYTES;
      } else {
        const length = rest.readUInt32BE();
        if (length === 0 || length > MAX_MESSAGE_BYTES) return fault("bad-length");
        this.#neededBytes = LENGTH_BYTES + length;
      }
    }
    this.#chunks = [rest];
    this.#pendingBytes = rest.length;
    return decoded(texts);
  }
}
