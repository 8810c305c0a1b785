/** Numbers of 64 bits that count on from their largest to 0, and their order (RFC 1982). */

const BITS = 64;

/** The number after this one. */
export function serialAfter(serial: bigint): bigint {
  return BigInt.asUintN(BITS, serial + 1n);
}

/**
 * How far `left` is ahead of `right`, by the shorter way round: negative when it is behind. RFC 1982 3.2 leaves the
 * order of two numbers half the circle apart open; here `left` is then behind.
 */
export function serialDistance(left: bigint, right: bigint): bigint {
  return BigInt.asIntN(BITS, left - right);
}

/** The number in 8 octets, network byte order. */
export function serialBytes(serial: bigint): Uint8Array {
  const bytes = new Uint8Array(BITS / 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(BITS, serial));
  return bytes;
}

/** The number in the first 8 octets. @throws RangeError when there are fewer. */
export function serialOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
}
