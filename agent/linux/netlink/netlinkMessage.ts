/** Netlink messages as bytes: header, attributes, and the walk over what the kernel answers (netlink(7), rtnetlink(7)). */

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
/** A dump that changed while it was read: to be asked for again. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
/** The two top bits of an attribute's type are flags: nested, network byte order. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const aligned = (length: number): number => (length + 3) & ~3;

/** One message as received; `body` is what follows the header. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** An attribute to send: its type and its bytes. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** A 32-bit attribute value in host order. */
export function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

/** A text with the zero octet that ends it. */
export function text(value: string): Uint8Array {
  return Buffer.from(`${value}\0`);
}

/** An attribute that holds attributes. */
export function nested(type: number, attributes: readonly Attribute[]): Attribute {
  return { type, value: encodeAttributes(attributes) };
}

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |              length of header, body and attributes            |
 * +-------------------------------+-------------------------------+
 * |             type              |             flags             |
 * +-------------------------------+-------------------------------+
 * |                        sequence number                        |
 * +---------------------------------------------------------------+
 * |               port: 0, the kernel knows the sender            |
 * +---------------------------------------------------------------+
 * |            body, then attributes, each padded to 4            |
 * +---------------------------------------------------------------+   struct nlmsghdr, all in host order
 */
export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  body: Uint8Array,
  attributes: readonly Attribute[],
): Buffer {
  const encoded = encodeAttributes(attributes);
  const length = HEADER_BYTES + aligned(body.length) + encoded.length;
  const message = Buffer.alloc(length);
  message.writeUInt32LE(length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(flags | NLM_F_REQUEST, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(body, HEADER_BYTES);
  message.set(encoded, HEADER_BYTES + aligned(body.length));
  return message;
}

/**
 * +-------------------------------+-------------------------------+
 * |  length of these 4 and value  |             type              |
 * +-------------------------------+-------------------------------+
 * |                      value, padded to 4                       |
 * +---------------------------------------------------------------+   struct rtattr, rtnetlink(7), host order
 */
function encodeAttributes(attributes: readonly Attribute[]): Buffer {
  const sizes = attributes.map(({ value }) => aligned(ATTRIBUTE_HEADER_BYTES + value.length));
  const encoded = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  for (const [index, { type, value }] of attributes.entries()) {
    encoded.writeUInt16LE(ATTRIBUTE_HEADER_BYTES + value.length, offset);
    encoded.writeUInt16LE(type, offset + 2);
    encoded.set(value, offset + ATTRIBUTE_HEADER_BYTES);
    offset += sizes[index] ?? 0;
  }
  return encoded;
}

/** The messages of one datagram; a length that does not fit ends the walk. */
export function* messagesOf(datagram: Buffer): Generator<NetlinkMessage> {
  let offset = 0;
  while (offset + HEADER_BYTES <= datagram.length) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_BYTES || offset + length > datagram.length) return;
    yield {
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      body: datagram.subarray(offset + HEADER_BYTES, offset + length),
    };
    offset += aligned(length);
  }
}

/** The attributes after the fixed part of a body (of a nested one: 0), by type; a length that does not fit ends the walk. */
export function attributesOf(body: Buffer, fixedBytes: number): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  let offset = aligned(fixedBytes);
  while (offset + ATTRIBUTE_HEADER_BYTES <= body.length) {
    const length = body.readUInt16LE(offset);
    if (length < ATTRIBUTE_HEADER_BYTES || offset + length > body.length) break;
    const type = body.readUInt16LE(offset + 2) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, body.subarray(offset + ATTRIBUTE_HEADER_BYTES, offset + length));
    offset += aligned(length);
  }
  return attributes;
}
